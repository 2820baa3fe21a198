#include "providers/listen_wire.h"

#include "base/json.h"
#include "net/http_message.h"

#include <algorithm>
#include <cmath>

namespace parley {
namespace {

constexpr double longest_stream = 100.0 * 3'600; // Seconds. A later time is no time.
constexpr std::size_t max_error_text = 300;

std::optional<Duration> seconds(const Json* value)
{
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    const double number = value->as_number();
    if (!std::isfinite(number) || number < 0 || number > longest_stream)
        return std::nullopt;
    return Duration(std::llround(number * 1e6));
}

float confidence(const Json& alternative)
{
    const auto* value = alternative.find("confidence");
    if (value == nullptr || !value->is_number() || !std::isfinite(value->as_number()))
        return 0;
    return static_cast<float>(std::clamp(value->as_number(), 0.0, 1.0));
}

Error wrong(std::string_view field)
{
    return { ErrorKind::unavailable, "speech recognition: Results." + std::string(field) + " is missing or wrong" };
}

Result<std::vector<TimedWord>> words_of(const Json& alternative)
{
    std::vector<TimedWord> words;
    const auto* list = alternative.find("words");
    if (list == nullptr || list->is_null())
        return words;
    if (!list->is_array() || list->as_array().size() > max_listen_words)
        return wrong("channel.alternatives[0].words");
    for (const auto& entry : list->as_array()) {
        const auto start = seconds(entry.find("start"));
        const auto end = seconds(entry.find("end"));
        auto word = entry.string_or("punctuated_word", entry.string_or("word"));
        if (!start || !end || *end < *start || word.empty())
            return wrong("channel.alternatives[0].words");
        words.push_back({ std::move(word), *start, *end });
    }
    return words;
}

Result<ListenMessage> parse_results(const Json& message)
{
    ListenResult result;
    const auto* channel = message.find("channel");
    const auto* alternatives = channel != nullptr ? channel->find("alternatives") : nullptr;
    if (alternatives == nullptr || !alternatives->is_array() || alternatives->as_array().empty())
        return wrong("channel.alternatives");
    const Json& best = alternatives->as_array().front();
    const auto* text = best.find("transcript");
    if (text == nullptr || !text->is_string())
        return wrong("channel.alternatives[0].transcript");
    result.text = text->as_string();
    const auto* final = message.find("is_final");
    if (final == nullptr || !final->is_bool())
        return wrong("is_final");
    result.final = final->as_bool();
    const auto start = seconds(message.find("start"));
    const auto length = seconds(message.find("duration"));
    if (!start || !length)
        return wrong(start ? "duration" : "start");
    result.start = *start;
    result.end = *start + *length;
    result.confidence = confidence(best);
    auto words = words_of(best);
    if (!words)
        return words.error();
    result.words = std::move(*words);
    return ListenMessage(std::move(result));
}

// The model's generation decides how it wants to be told of words: terms, or words with a weight.
std::string_view hint_parameter(std::string_view model)
{
    return model.starts_with("nova-3") || model.starts_with("flux") ? "keyterm" : "keywords";
}

} // namespace

std::string listen_url(const ListenOptions& options, const SttOptions& stream)
{
    std::string url = options.url;
    const auto add = [&](std::string_view name, std::string_view value) {
        url += url.find('?') == std::string::npos ? '?' : '&';
        url += std::string(name) + '=' + percent_encode(value);
    };
    if (!options.model.empty())
        add("model", options.model);
    add("language", options.language.empty() ? stream.language : options.language);
    add("encoding", "linear16");
    add("sample_rate", std::to_string(stream.sample_rate));
    add("channels", "1");
    add("interim_results", "true");
    add("punctuate", "true");
    add("smart_format", "true");
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const auto& hint : stream.hints) {
        bytes += percent_encode(hint).size();
        if (++count > max_listen_hints || bytes > max_listen_hint_bytes)
            break;
        if (!hint.empty())
            add(hint_parameter(options.model), hint);
    }
    return url;
}

Result<ListenMessage> parse_listen_message(std::string_view text)
{
    auto message = Json::parse(text);
    if (!message)
        return Error { ErrorKind::unavailable, "speech recognition: no JSON: " + message.error().what };
    if (!message->is_object())
        return Error { ErrorKind::unavailable, "speech recognition: a message is no object" };
    const auto type = message->string_or("type");
    if (type == "Results")
        return parse_results(*message);
    if (type == "Error") {
        auto what = message->string_or("description", message->string_or("message", "no reason given"));
        return ListenMessage(ListenError { "speech recognition: " + what.substr(0, max_error_text) });
    }
    if (type.empty())
        return Error { ErrorKind::unavailable, "speech recognition: a message has no type" };
    return ListenMessage(ListenNotice {});
}

} // namespace parley
