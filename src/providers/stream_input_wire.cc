#include "providers/stream_input_wire.h"

#include "base/base64.h"
#include "base/json.h"
#include "net/http_message.h"

#include <algorithm>
#include <cmath>

namespace parley {
namespace {

constexpr double longest_sound = 3'600'000; // Milliseconds. A later time is no time.
constexpr std::size_t max_error_text = 300;

Error wrong(std::string_view what)
{
    return { ErrorKind::unavailable, "speech synthesis: " + std::string(what) };
}

std::optional<Duration> milliseconds(const Json& value)
{
    if (!value.is_number())
        return std::nullopt;
    const double number = value.as_number();
    if (!std::isfinite(number) || number < 0 || number > longest_sound)
        return std::nullopt;
    return Duration(std::llround(number * 1e3));
}

const Json::Array* array_of(const Json& object, std::string_view name)
{
    const auto* member = object.find(name);
    return member != nullptr && member->is_array() ? &member->as_array() : nullptr;
}

Result<std::vector<TimedCharacter>> characters_of(const Json& alignment)
{
    std::vector<TimedCharacter> characters;
    const auto* chars = array_of(alignment, "chars");
    const auto* starts = array_of(alignment, "charStartTimesMs");
    const auto* lengths = array_of(alignment, "charDurationsMs");
    if (chars == nullptr || starts == nullptr || lengths == nullptr || chars->size() != starts->size()
        || chars->size() != lengths->size() || chars->size() > max_alignment)
        return wrong("alignment is not as long as its text");
    for (std::size_t i = 0; i < chars->size(); ++i) {
        const auto start = milliseconds((*starts)[i]);
        const auto length = milliseconds((*lengths)[i]);
        if (!start || !length || !(*chars)[i].is_string())
            return wrong("alignment holds what is no time or no text");
        characters.push_back({ (*chars)[i].as_string(), *start, *start + *length });
    }
    return characters;
}

bool is_true(const Json& message, std::string_view name)
{
    const auto* value = message.find(name);
    return value != nullptr && value->is_bool() && value->as_bool();
}

} // namespace

std::string stream_input_url(const StreamInputOptions& options, const std::string& voice)
{
    std::string url = options.url;
    while (url.ends_with('/'))
        url.pop_back();
    url += '/' + percent_encode(voice) + "/multi-stream-input";
    url += "?output_format=pcm_" + std::to_string(options.sample_rate);
    // Whole sentences come: nothing to wait for. The longest time that a call may be silent.
    url += "&auto_mode=true&sync_alignment=true&inactivity_timeout=180";
    if (!options.model.empty())
        url += "&model_id=" + percent_encode(options.model);
    if (!options.language.empty())
        url += "&language_code=" + percent_encode(options.language);
    return url;
}

std::vector<std::string> stream_input_sentence(const std::string& context, const std::string& text)
{
    return { Json(Json::Object { { "text", " " }, { "context_id", context } }).dump(),
        Json(Json::Object { { "text", text + " " }, { "context_id", context }, { "flush", true } }).dump(),
        stream_input_close(context) };
}

std::string stream_input_close(const std::string& context)
{
    return Json(Json::Object { { "context_id", context }, { "close_context", true } }).dump();
}

Result<StreamInputMessage> parse_stream_input(std::string_view text)
{
    auto json = Json::parse(text);
    if (!json)
        return wrong("no JSON: " + json.error().what);
    if (!json->is_object())
        return wrong("a message is no object");
    StreamInputMessage message;
    message.context = json->string_or("contextId", json->string_or("context_id"));
    message.final = is_true(*json, "isFinal") || is_true(*json, "is_final");
    if (const auto* error = json->find("error"); error != nullptr && !error->is_null()) {
        const auto what = json->string_or("message", error->is_string() ? error->as_string() : "no reason given");
        message.error = what.substr(0, max_error_text);
        return message;
    }
    if (const auto* audio = json->find("audio"); audio != nullptr && !audio->is_null()) {
        auto sound = audio->is_string() ? base64_decode(audio->as_string()) : std::nullopt;
        if (!sound)
            return wrong("audio is no base64");
        message.sound = std::move(*sound);
    }
    if (const auto* alignment = json->find("alignment"); alignment != nullptr && !alignment->is_null()) {
        auto characters = characters_of(*alignment);
        if (!characters)
            return characters.error();
        message.characters = std::move(*characters);
    }
    return message;
}

void WordTimes::add(const std::vector<TimedCharacter>& characters, Duration before)
{
    for (const auto& [character, start, end] : characters) {
        if (character.find_first_not_of(" \t\r\n") == std::string::npos) {
            open_ = false;
            continue;
        }
        if (!open_)
            words_.push_back({ "", before + start, {} });
        open_ = true;
        words_.back().word += character;
        words_.back().end = std::max(words_.back().end, before + end);
    }
}

std::vector<TimedWord> WordTimes::words(Duration earlier) const
{
    auto shifted = words_;
    for (auto& word : shifted) {
        word.start = std::max<Duration>(0ms, word.start - earlier);
        word.end = std::max<Duration>(0ms, word.end - earlier);
    }
    return shifted;
}

} // namespace parley
