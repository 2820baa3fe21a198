// What is posted for an utterance, and what the answer means.
#include "base/json.h"
#include "providers/transcription.h"

#include <cmath>
#include <optional>

namespace parley {
namespace {

constexpr double longest_utterance_seconds = 3'600;
constexpr std::size_t max_words = 2'000;

void append(std::string& bytes, std::uint32_t value, int size)
{
    for (int i = 0; i < size; ++i)
        bytes += static_cast<char>(value >> (8 * i) & 0xffU);
}

Error wrong(std::string_view what)
{
    return { ErrorKind::unavailable, "speech recognition: " + std::string(what) };
}

std::optional<Duration> seconds(const Json* value)
{
    if (value == nullptr || !value->is_number() || !std::isfinite(value->as_number()) || value->as_number() < 0
        || value->as_number() > longest_utterance_seconds)
        return std::nullopt;
    return Duration(std::llround(value->as_number() * 1e6));
}

} // namespace

std::string wav_file(const std::vector<std::int16_t>& samples, int sample_rate)
{
    const auto size = static_cast<std::uint32_t>(samples.size() * 2);
    const auto rate = static_cast<std::uint32_t>(sample_rate);
    std::string bytes = "RIFF";
    append(bytes, 36 + size, 4);
    bytes += "WAVEfmt ";
    append(bytes, 16, 4);
    append(bytes, 1, 2); // PCM
    append(bytes, 1, 2); // One channel.
    append(bytes, rate, 4);
    append(bytes, rate * 2, 4);
    append(bytes, 2, 2);
    append(bytes, 16, 2);
    bytes += "data";
    append(bytes, size, 4);
    for (const auto sample : samples)
        append(bytes, static_cast<std::uint16_t>(sample), 2);
    return bytes;
}

// RFC 7578. The boundary is no part of anything that is sent: field values are the operator's, sound is not text.
std::string transcription_form(const TranscriptionOptions& options, const SttOptions& stream, std::string_view wav)
{
    const std::string line = "--" + std::string(transcription_boundary) + "\r\n";
    std::string form;
    const auto add = [&](std::string_view name, std::string_view value) {
        form += line + "Content-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value)
            + "\r\n";
    };
    add("model", options.model);
    // Two letters: what the models know.
    const auto& language = options.language.empty() ? stream.language : options.language;
    if (!language.empty())
        add("language", std::string_view(language).substr(0, language.find('-')));
    add("response_format", options.word_times ? "verbose_json" : "json");
    if (options.word_times)
        add("timestamp_granularities[]", "word");
    if (!stream.hints.empty()) {
        constexpr std::size_t max_prompt = 800; // Models read about the last 200 words.
        std::string prompt;
        for (const auto& hint : stream.hints) {
            if (prompt.size() + hint.size() > max_prompt)
                break;
            prompt += (prompt.empty() ? "" : ", ") + hint;
        }
        add("prompt", prompt);
    }
    form += line + "Content-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n"
        + "Content-Type: audio/wav\r\n\r\n" + std::string(wav) + "\r\n--" + std::string(transcription_boundary)
        + "--\r\n";
    return form;
}

Result<Transcribed> parse_transcription(std::string_view body)
{
    auto json = Json::parse(body);
    if (!json)
        return wrong("no JSON: " + json.error().what);
    const auto* text = json->find("text");
    if (text == nullptr || !text->is_string())
        return wrong("text is missing or wrong");
    Transcribed transcribed;
    const auto first = text->as_string().find_first_not_of(" \t\r\n");
    if (first == std::string::npos)
        return transcribed;
    transcribed.text = text->as_string().substr(first, text->as_string().find_last_not_of(" \t\r\n") - first + 1);
    const auto* words = json->find("words");
    if (words == nullptr || words->is_null())
        return transcribed;
    if (!words->is_array() || words->as_array().size() > max_words)
        return wrong("words is wrong");
    for (const auto& word : words->as_array()) {
        const auto start = seconds(word.find("start"));
        const auto end = seconds(word.find("end"));
        if (!start || !end || *end < *start || word.string_or("word").empty())
            return wrong("words is wrong");
        transcribed.words.push_back({ word.string_or("word"), *start, *end });
    }
    return transcribed;
}

} // namespace parley
