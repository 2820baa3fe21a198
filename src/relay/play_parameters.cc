#include "relay/play_parameters.h"

#include "relay/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace parley::relay {

namespace {

using Params = Json::Object;

constexpr double lowest_volume_db = -40;
constexpr double highest_volume_db = 40;

Error wrong(std::string field, std::string_view rule)
{
    return { ErrorKind::invalid_request, std::move(field) + ": " + std::string(rule) };
}

// What a text is spoken with unless it says so itself.
struct Voice {
    std::string language;
    std::string gender;
    std::string voice;
};

Result<Voice> voice_of(const Params& params, std::string_view where, const Voice& fallback)
{
    Voice voice = fallback;
    for (const auto& [key, member] :
        { std::pair { "language", &voice.language }, { "gender", &voice.gender }, { "voice", &voice.voice } }) {
        auto text = optional_string(params, key, where);
        if (!text)
            return std::move(text.error());
        if (!text->empty())
            *member = std::move(*text);
    }
    if (voice.gender != "female" && voice.gender != "male")
        return wrong(std::string(where) + "gender", "must be male or female");
    return voice;
}

Result<Duration> seconds_of(const Params& params, std::string_view where)
{
    auto seconds = optional_number(params, "duration", where);
    if (!seconds)
        return std::move(seconds.error());
    if (!*seconds)
        return wrong(std::string(where) + "duration", "is missing");
    if (!(**seconds > 0) || **seconds > longest_silence_seconds)
        return wrong(std::string(where) + "duration", "must be above 0 and at most 3600 seconds");
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(**seconds));
}

Result<PlayItem> speech_item(const Params& params, std::string_view where, const Voice& fallback)
{
    auto text = required_string(params, "text", where);
    if (!text)
        return std::move(text.error());
    if (text->size() > max_play_text)
        return wrong(std::string(where) + "text", "must be at most 16384 bytes");
    auto voice = voice_of(params, where, fallback);
    if (!voice)
        return std::move(voice.error());
    return PlayItem { SpeechItem { std::move(*text), std::move(voice->language),
        std::move(voice->voice.empty() ? voice->gender : voice->voice) } };
}

Result<PlayItem> file_item(const Params& params, std::string_view where, const Voice&)
{
    auto url = required_string(params, "url", where);
    if (!url)
        return std::move(url.error());
    if (!url->starts_with("http://") && !url->starts_with("https://"))
        return wrong(std::string(where) + "url", "must begin with http:// or https://");
    if (url->size() > max_url_size)
        return wrong(std::string(where) + "url", "must be at most 2048 bytes");
    return PlayItem { FileItem { std::move(*url) } };
}

Result<PlayItem> silence_item(const Params& params, std::string_view where, const Voice&)
{
    auto duration = seconds_of(params, where);
    if (!duration)
        return std::move(duration.error());
    return PlayItem { SilenceItem { *duration } };
}

// A country, with "bong" before or behind it if the tone is wanted: "us", "bong+us", "us bong".
Result<PlayItem> ringtone_item(const Params& params, std::string_view where, const Voice&)
{
    auto name = required_string(params, "name", where);
    if (!name)
        return std::move(name.error());
    std::ranges::transform(
        *name, name->begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    RingtoneItem item;
    if (const auto bong = name->find("bong"); bong != std::string::npos) {
        item.bong = true;
        name->erase(bong, 4);
        std::erase_if(*name, [](char c) { return c == '+' || c == ' ' || c == ','; });
    }
    item.country = name->empty() ? "us" : std::move(*name);
    if (!is_ringtone(item.country))
        return wrong(std::string(where) + "name", "is no country with a ringtone");
    if (const auto* duration = params.find("duration"); duration != nullptr && !duration->is_null()) {
        auto seconds = seconds_of(params, where);
        if (!seconds)
            return std::move(seconds.error());
        item.duration = *seconds;
    }
    return PlayItem { std::move(item) };
}

using ReadItem = Result<PlayItem> (*)(const Params&, std::string_view where, const Voice&);

constexpr std::array<std::pair<std::string_view, ReadItem>, 4> item_types { {
    { "tts", speech_item },
    { "audio", file_item },
    { "silence", silence_item },
    { "ringtone", ringtone_item },
} };

// The members stand in `params`, or, as some programs write it, beside `type`.
Result<PlayItem> play_item(const Json& item, const std::string& where, const Voice& fallback)
{
    if (!item.is_object())
        return wrong(where, "must be an object");
    auto type = required_string(item.as_object(), "type", where + ".");
    if (!type)
        return std::move(type.error());
    const auto* const known = std::ranges::find(item_types, *type, &std::pair<std::string_view, ReadItem>::first);
    if (known == item_types.end())
        return wrong(where + ".type", "must be tts, audio, silence or ringtone");
    const auto* nested = item.as_object().find("params");
    if (nested == nullptr || nested->is_null())
        return known->second(item.as_object(), where + ".", fallback);
    if (!nested->is_object())
        return wrong(where + ".params", "must be an object");
    return known->second(nested->as_object(), where + ".params.", fallback);
}

Result<int> loop_of(const Params& params)
{
    auto loop = optional_number(params, "loop");
    if (!loop)
        return std::move(loop.error());
    if (!*loop)
        return 1;
    if (**loop < 0 || **loop > max_play_loop || std::trunc(**loop) != **loop)
        return wrong("loop", "must be a whole number of at least 0");
    return static_cast<int>(**loop);
}

// There is one party: it hears what is played.
Result<void> check_direction(const Params& params)
{
    auto direction = optional_string(params, "direction");
    if (!direction)
        return std::move(direction.error());
    if (*direction == "speak")
        return Error { ErrorKind::unsupported, "direction: speak needs a second party, which is not available yet" };
    if (!direction->empty() && *direction != "listen" && *direction != "both")
        return wrong("direction", "must be listen, speak or both");
    return {};
}

} // namespace

Result<double> play_volume(const Params& params)
{
    auto volume = optional_number(params, "volume");
    if (!volume)
        return std::move(volume.error());
    if (!*volume)
        return 0.0;
    if (**volume < lowest_volume_db || **volume > highest_volume_db)
        return wrong("volume", "must be between -40 and 40 dB");
    return **volume;
}

Result<PlaySpec> play_spec(const Params& params)
{
    const auto* items = params.find("play");
    if (items == nullptr || items->is_null())
        return wrong("play", "is missing");
    if (!items->is_array() || items->as_array().empty() || items->as_array().size() > max_play_items)
        return wrong("play", "must be an array of 1 to 100 objects");
    auto voice = voice_of(params, "", { "en-US", "female", "" });
    if (!voice)
        return std::move(voice.error());
    PlaySpec spec;
    for (std::size_t n = 0; n < items->as_array().size(); ++n) {
        auto item = play_item(items->as_array()[n], "play[" + std::to_string(n) + "]", *voice);
        if (!item)
            return std::move(item.error());
        spec.items.push_back(std::move(*item));
    }
    auto volume = play_volume(params);
    if (!volume)
        return std::move(volume.error());
    spec.gain_db = *volume;
    auto loop = loop_of(params);
    if (!loop)
        return std::move(loop.error());
    spec.loop = *loop;
    if (auto direction = check_direction(params); !direction)
        return std::move(direction.error());
    return spec;
}

} // namespace parley::relay
