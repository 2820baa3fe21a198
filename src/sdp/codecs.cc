#include "sdp/codecs.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace parley::sdp {

namespace {

constexpr unsigned max_payload_type = 127;
constexpr std::array telephone_event_types { std::pair { 8'000, 101 }, std::pair { 48'000, 102 } };
constexpr std::string_view comfort_noise_name = "CN";
constexpr std::string_view telephone_event_name = "telephone-event";

const std::vector<Duration> any_ptime { 10ms, 20ms, 30ms, 40ms, 60ms };
const std::vector<Duration> opus_ptime { 10ms, 20ms, 40ms, 60ms }; // RFC 6716 2.1.4: one frame a packet.

const std::array<CodecFacts, 4> codec_table { {
    { Codec::pcmu, "PCMU", 8'000, 1, 8'000, 0, true, any_ptime },
    { Codec::pcma, "PCMA", 8'000, 1, 8'000, 8, true, any_ptime },
    { Codec::g722, "G722", 8'000, 1, 16'000, 9, true, any_ptime },
    { Codec::opus, "opus", 48'000, 2, 16'000, 111, false, opus_ptime },
} };

bool same_name(std::string_view a, std::string_view b)
{
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    return std::ranges::equal(a, b, {}, upper, upper);
}

// What `a=<attribute>` says of a payload type: "PCMU/8000".
std::optional<std::string_view> said_of(
    const MediaDescription& media, std::string_view attribute, std::string_view payload_type)
{
    for (const Attribute& each : media.attributes) {
        if (each.name != attribute || !each.value)
            continue;
        const std::string_view value = *each.value;
        const auto space = value.find(' ');
        if (space != std::string_view::npos && value.substr(0, space) == payload_type)
            return value.substr(space + 1);
    }
    return {};
}

struct Mapping {
    std::string_view name;
    int clock_rate = 0;
    int channels = 1;
};

std::optional<Mapping> parse_mapping(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return {};
    std::string_view rest = text.substr(slash + 1);
    const auto second = rest.find('/');
    const auto rate = whole_number(rest.substr(0, second), 384'000);
    const auto channels
        = second == std::string_view::npos ? std::optional<unsigned>(1) : whole_number(rest.substr(second + 1), 255);
    if (!rate || !channels)
        return {};
    return Mapping { text.substr(0, slash), static_cast<int>(*rate), static_cast<int>(*channels) };
}

struct Format {
    std::string text; // The payload type.
    std::uint8_t payload_type;
    std::optional<Mapping> mapping; // A static one need not have it (RFC 3551 6).
};

std::optional<Codec> codec_of(const Format& format)
{
    for (const CodecFacts& known : codec_table) {
        const bool same = format.mapping ? same_name(format.mapping->name, known.name)
                && format.mapping->clock_rate == known.clock_rate && format.mapping->channels == known.channels
                                         : known.static_payload_type && format.payload_type == known.payload_type;
        if (same)
            return known.codec;
    }
    return {};
}

// Only formats that are numbers and, unless their number says it all, mapped to a name.
std::vector<Format> formats_of(const MediaDescription& media)
{
    std::vector<Format> formats;
    for (const std::string& text : media.formats) {
        const auto number = whole_number(text, max_payload_type);
        if (!number)
            continue;
        Format format { text, static_cast<std::uint8_t>(*number), {} };
        if (const auto mapping = said_of(media, "rtpmap", text)) {
            format.mapping = parse_mapping(*mapping);
            if (!format.mapping)
                continue;
        }
        formats.push_back(std::move(format));
    }
    return formats;
}

bool is_named(const Format& format, std::string_view name)
{
    return format.mapping && same_name(format.mapping->name, name) && format.mapping->channels == 1;
}

bool is_comfort_noise(const Format& format, int clock_rate)
{
    return format.mapping ? is_named(format, comfort_noise_name) && format.mapping->clock_rate == clock_rate
                          : format.payload_type == comfort_noise_payload_type && clock_rate == 8'000;
}

void add_mapping(
    std::uint8_t payload_type, std::string_view name, int clock_rate, int channels, MediaDescription& media)
{
    const std::string number = std::to_string(payload_type);
    media.formats.push_back(number);
    media.attributes.push_back({ "rtpmap",
        number + ' ' + std::string(name) + '/' + std::to_string(clock_rate)
            + (channels > 1 ? '/' + std::to_string(channels) : "") });
}

void add_codec(Codec codec, std::uint8_t payload_type, MediaDescription& media)
{
    const CodecFacts& known = facts(codec);
    add_mapping(payload_type, known.name, known.clock_rate, known.channels, media);
    if (codec == Codec::opus)
        media.attributes.push_back({ "fmtp", std::to_string(payload_type) + ' ' + std::string(our_opus_format) });
}

void add_telephone_event(std::uint8_t payload_type, int rate, MediaDescription& media)
{
    add_mapping(payload_type, telephone_event_name, rate, 1, media);
    media.attributes.push_back({ "fmtp", std::to_string(payload_type) + " 0-15" });
}

} // namespace

std::optional<unsigned> whole_number(std::string_view text, unsigned limit)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > limit)
        return {};
    return value;
}

const CodecFacts& facts(Codec codec)
{
    return *std::ranges::find(codec_table, codec, &CodecFacts::codec);
}

std::optional<Codec> codec_named(std::string_view name)
{
    for (const CodecFacts& known : codec_table)
        if (same_name(known.name, name))
            return known.codec;
    return {};
}

OpusWishes parse_opus_format(std::string_view parameters)
{
    OpusWishes wishes;
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        std::string_view parameter = parameters.substr(0, end);
        parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
        while (parameter.starts_with(' '))
            parameter.remove_prefix(1);
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos)
            continue;
        const std::string_view name = parameter.substr(0, equals);
        const auto value = whole_number(parameter.substr(equals + 1), 510'000);
        if (!value)
            continue;
        if (name == "maxplaybackrate" && *value >= 8'000 && *value <= 48'000)
            wishes.max_playback_rate = static_cast<int>(*value);
        else if (name == "maxaveragebitrate" && *value >= 6'000)
            wishes.max_average_bitrate = static_cast<int>(*value);
        else if (name == "useinbandfec")
            wishes.in_band_fec = *value == 1;
        else if (name == "usedtx")
            wishes.dtx = *value == 1;
        else if (name == "cbr")
            wishes.cbr = *value == 1;
    }
    return wishes;
}

std::optional<ChosenFormats> choose_formats(
    const MediaDescription& media, const std::vector<Codec>& codecs, std::optional<int> event_rate)
{
    const std::vector<Format> formats = formats_of(media);
    std::optional<ChosenFormats> chosen;
    for (const Format& format : formats) {
        const auto codec = codec_of(format);
        if (!codec || std::ranges::find(codecs, *codec) == codecs.end())
            continue;
        chosen = ChosenFormats { *codec, format.payload_type };
        if (*codec == Codec::opus)
            chosen->opus = parse_opus_format(said_of(media, "fmtp", format.text).value_or(""));
        break;
    }
    if (!chosen)
        return {};
    const int clock_rate = facts(chosen->codec).clock_rate;
    for (const Format& format : formats) {
        if (!chosen->comfort_noise && is_comfort_noise(format, clock_rate))
            chosen->comfort_noise = format.payload_type;
        if (!is_named(format, telephone_event_name))
            continue;
        // RFC 4733 2.1 wants the clock of the sound. Phones that offer Opus often name 8000 alone.
        const int wanted = event_rate.value_or(clock_rate);
        const bool better = format.mapping->clock_rate == wanted && chosen->telephone_event_rate != wanted;
        if (!chosen->telephone_event || better) {
            chosen->telephone_event = format.payload_type;
            chosen->telephone_event_rate = format.mapping->clock_rate;
        }
    }
    if (chosen->telephone_event_rate < 1'000) { // No clock at all.
        chosen->telephone_event.reset();
        chosen->telephone_event_rate = clock_rate;
    }
    return chosen;
}

void describe_formats(const ChosenFormats& chosen, MediaDescription& media)
{
    add_codec(chosen.codec, chosen.payload_type, media);
    if (chosen.comfort_noise)
        add_mapping(*chosen.comfort_noise, comfort_noise_name, facts(chosen.codec).clock_rate, 1, media);
    if (chosen.telephone_event)
        add_telephone_event(*chosen.telephone_event, chosen.telephone_event_rate, media);
}

void describe_offer(const SoundPreferences& wanted, MediaDescription& media)
{
    const auto some_codec_ticks = [&](int rate) {
        return std::ranges::any_of(wanted.codecs, [&](Codec codec) { return facts(codec).clock_rate == rate; });
    };
    for (const Codec codec : wanted.codecs)
        add_codec(codec, facts(codec).payload_type, media);
    if (wanted.comfort_noise && some_codec_ticks(8'000))
        add_mapping(comfort_noise_payload_type, comfort_noise_name, 8'000, 1, media);
    for (const auto& [rate, payload_type] : telephone_event_types)
        if (some_codec_ticks(rate))
            add_telephone_event(static_cast<std::uint8_t>(payload_type), rate, media);
}

Result<Duration> agree_on_ptime(const MediaDescription& theirs, Codec codec)
{
    Duration wanted = 20ms;
    Duration most = longest_ptime;
    for (const auto& [name, into] : { std::pair { "ptime", &wanted }, std::pair { "maxptime", &most } }) {
        const Attribute* attribute = find_attribute(theirs.attributes, name);
        if (attribute == nullptr || !attribute->value)
            continue;
        const auto milliseconds = whole_number(*attribute->value, 1'000);
        if (!milliseconds || *milliseconds == 0)
            return Error { ErrorKind::invalid_request, std::string("SDP: a=") + name + " line" };
        *into = std::chrono::milliseconds(*milliseconds);
    }
    // The longest that is no longer than they ask for; one that asks for less than we have gets the shortest.
    const std::vector<Duration>& ptimes = facts(codec).ptimes;
    const auto longer = std::ranges::upper_bound(ptimes, std::min(wanted, most));
    return longer == ptimes.begin() ? ptimes.front() : *std::prev(longer);
}

} // namespace parley::sdp
