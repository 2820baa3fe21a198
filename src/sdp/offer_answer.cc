#include "sdp/offer_answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace parley::sdp {
namespace {

struct KnownCodec {
    Codec codec;
    std::string_view name;
    std::uint8_t static_payload_type; // RFC 3551 6
};

constexpr std::array known_codecs { KnownCodec { Codec::pcmu, "PCMU", 0 }, KnownCodec { Codec::pcma, "PCMA", 8 } };

Error unsupported(std::string what)
{
    return Error { ErrorKind::unsupported, "SDP: " + std::move(what) };
}

std::optional<unsigned> number(std::string_view text, unsigned limit)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > limit)
        return {};
    return value;
}

bool same_name(std::string_view a, std::string_view b)
{
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    return std::ranges::equal(a, b, {}, upper, upper);
}

// What `a=rtpmap` says of a payload type: "PCMU/8000".
std::optional<std::string_view> mapping_of(const MediaDescription& media, std::string_view payload_type)
{
    for (const Attribute& attribute : media.attributes) {
        if (attribute.name != "rtpmap" || !attribute.value)
            continue;
        const std::string_view value = *attribute.value;
        const auto space = value.find(' ');
        if (space != std::string_view::npos && value.substr(0, space) == payload_type)
            return value.substr(space + 1);
    }
    return {};
}

bool maps_to(std::string_view mapping, std::string_view name)
{
    const auto slash = mapping.find('/');
    if (slash == std::string_view::npos || !same_name(mapping.substr(0, slash), name))
        return false;
    const std::string_view rest = mapping.substr(slash + 1);
    return rest == "8000" || rest == "8000/1";
}

std::optional<Codec> codec_of(const MediaDescription& media, std::string_view format)
{
    const auto mapping = mapping_of(media, format);
    const auto payload_type = number(format, 127);
    for (const KnownCodec& known : known_codecs)
        if (mapping ? maps_to(*mapping, known.name) : payload_type == known.static_payload_type)
            return known.codec;
    return {};
}

const KnownCodec& known(Codec codec)
{
    return *std::ranges::find(known_codecs, codec, &KnownCodec::codec);
}

struct Chosen {
    Codec codec;
    std::string payload_type;
    std::optional<std::string> telephone_event;
};

// The other side's first choice that we know (RFC 3264 6.1), and its telephone-event if it has one.
std::optional<Chosen> choose(const MediaDescription& media)
{
    std::optional<Chosen> chosen;
    std::optional<std::string> telephone_event;
    for (const std::string& format : media.formats) {
        if (!number(format, 127))
            continue;
        const auto mapping = mapping_of(media, format);
        if (mapping && maps_to(*mapping, "telephone-event")) {
            if (!telephone_event)
                telephone_event = format;
        } else if (const auto codec = codec_of(media, format); codec && !chosen) {
            chosen = Chosen { *codec, format, {} };
        }
    }
    if (chosen)
        chosen->telephone_event = std::move(telephone_event);
    return chosen;
}

bool is_sound(const MediaDescription& media)
{
    return media.type == "audio" && media.protocol == "RTP/AVP" && media.port != 0;
}

// What the description says of its own side; the medium's word counts before the session's.
Direction direction_of(const SessionDescription& description, const MediaDescription& media)
{
    struct Word {
        std::string_view name;
        Direction direction;
    };
    static constexpr std::array words { Word { "sendrecv", Direction::send_receive },
        Word { "sendonly", Direction::send_only }, Word { "recvonly", Direction::receive_only },
        Word { "inactive", Direction::inactive } };
    for (const auto* attributes : { &media.attributes, &description.attributes })
        for (const Word& word : words)
            if (find_attribute(*attributes, word.name) != nullptr)
                return word.direction;
    return Direction::send_receive;
}

// What they say of themselves, seen from here.
Direction mirrored(Direction theirs)
{
    switch (theirs) {
    case Direction::send_only: return Direction::receive_only;
    case Direction::receive_only: return Direction::send_only;
    case Direction::send_receive:
    case Direction::inactive: break;
    }
    return theirs;
}

std::string_view word_of(Direction direction)
{
    switch (direction) {
    case Direction::send_receive: return "sendrecv";
    case Direction::send_only: return "sendonly";
    case Direction::receive_only: return "recvonly";
    case Direction::inactive: break;
    }
    return "inactive";
}

// Fills in where and how the other side wants its packets.
Result<void> read_remote(const SessionDescription& description, const MediaDescription& media, AgreedMedia& agreed)
{
    const std::string& address = media.connection.empty() ? description.connection : media.connection;
    if (address.empty())
        return Error { ErrorKind::invalid_request, "SDP: c= line missing" };
    if (!is_ipv4(address) && !is_ipv6(address))
        return unsupported("c= address is a name"); // Nobody here resolves names.
    agreed.remote_rtp = { address, media.port };
    agreed.remote_rtcp = { address, static_cast<std::uint16_t>(media.port == 65'535 ? 0 : media.port + 1) };
    if (const Attribute* rtcp = find_attribute(media.attributes, "rtcp"); rtcp != nullptr && rtcp->value) {
        // RFC 3605: a=rtcp:port [IN IP4 address].
        const std::string_view value = *rtcp->value;
        const auto port = number(value.substr(0, value.find(' ')), 65'535);
        if (!port)
            return Error { ErrorKind::invalid_request, "SDP: a=rtcp line" };
        agreed.remote_rtcp.port = static_cast<std::uint16_t>(*port);
        if (const auto last = value.rfind(' '); last != std::string_view::npos) {
            agreed.remote_rtcp.ip = value.substr(last + 1);
            if (!is_ipv4(agreed.remote_rtcp.ip) && !is_ipv6(agreed.remote_rtcp.ip))
                return Error { ErrorKind::invalid_request, "SDP: a=rtcp line" };
        }
    }
    if (const Attribute* ptime = find_attribute(media.attributes, "ptime"); ptime != nullptr && ptime->value) {
        const auto milliseconds = number(*ptime->value, 1'000);
        if (!milliseconds || *milliseconds == 0)
            return Error { ErrorKind::invalid_request, "SDP: a=ptime line" };
        agreed.ptime = std::chrono::milliseconds(*milliseconds);
    }
    agreed.direction = mirrored(direction_of(description, media));
    // RFC 2543's hold, still spoken (RFC 3264 8.4): 0.0.0.0 wants no packets.
    if (address == "0.0.0.0") {
        if (agreed.direction == Direction::send_receive)
            agreed.direction = Direction::receive_only;
        else if (agreed.direction == Direction::send_only)
            agreed.direction = Direction::inactive;
    }
    return {};
}

std::uint8_t payload_number(const std::string& text)
{
    return static_cast<std::uint8_t>(*number(text, 127));
}

MediaDescription describe(const LocalMedia& local, const std::vector<Chosen>& codecs,
    const std::optional<std::string>& telephone_event, Direction direction)
{
    MediaDescription media { "audio", local.rtp.port, "RTP/AVP", {}, {}, {} };
    for (const Chosen& codec : codecs) {
        media.formats.push_back(codec.payload_type);
        media.attributes.push_back(
            { "rtpmap", codec.payload_type + ' ' + std::string(known(codec.codec).name) + "/8000" });
    }
    if (telephone_event) {
        media.formats.push_back(*telephone_event);
        media.attributes.push_back({ "rtpmap", *telephone_event + " telephone-event/8000" });
        media.attributes.push_back({ "fmtp", *telephone_event + " 0-15" });
    }
    media.attributes.push_back({ "ptime", std::to_string(to_milliseconds(packet_time)) });
    media.attributes.push_back({ std::string(word_of(direction)), {} });
    return media;
}

SessionDescription describe_session(const LocalMedia& local)
{
    SessionDescription description;
    description.origin = { "-", local.session_id, local.session_version, local.rtp.ip };
    description.connection = local.rtp.ip;
    return description;
}

} // namespace

SessionDescription make_offer(const LocalMedia& local)
{
    SessionDescription offer = describe_session(local);
    std::vector<Chosen> codecs;
    for (const KnownCodec& codec : known_codecs)
        codecs.push_back({ codec.codec, std::to_string(codec.static_payload_type), {} });
    offer.media.push_back(
        describe(local, codecs, std::to_string(telephone_event_payload_type), Direction::send_receive));
    return offer;
}

Result<Answer> make_answer(const SessionDescription& offer, const LocalMedia& local)
{
    Answer answer { describe_session(local), {} };
    bool taken = false;
    for (const MediaDescription& media : offer.media) {
        const auto chosen = !taken && is_sound(media) ? choose(media) : std::nullopt;
        if (!chosen) {
            // RFC 3264 6: refused, yet named, so that the lines of both sides match.
            answer.description.media.push_back({ media.type, 0, media.protocol, { media.formats.front() }, {}, {} });
            continue;
        }
        auto read = read_remote(offer, media, answer.agreed);
        if (!read)
            return read.error();
        answer.agreed.codec = chosen->codec;
        answer.agreed.send_payload_type = answer.agreed.receive_payload_type = payload_number(chosen->payload_type);
        if (chosen->telephone_event) {
            answer.agreed.send_telephone_event = payload_number(*chosen->telephone_event);
            answer.agreed.receive_telephone_event = answer.agreed.send_telephone_event;
        }
        answer.description.media.push_back(
            describe(local, { *chosen }, chosen->telephone_event, answer.agreed.direction));
        taken = true;
    }
    if (!taken)
        return unsupported("no common codec");
    return answer;
}

Result<AgreedMedia> accept_answer(const SessionDescription& offer, const SessionDescription& answer)
{
    if (answer.media.size() != offer.media.size() || answer.media.empty())
        return Error { ErrorKind::invalid_request, "SDP: m= lines of the answer do not match the offer" };
    const MediaDescription& ours = offer.media.front();
    const MediaDescription& theirs = answer.media.front();
    const auto chosen = is_sound(theirs) ? choose(theirs) : std::nullopt;
    if (!chosen)
        return unsupported("the answer takes no codec");
    AgreedMedia agreed;
    auto read = read_remote(answer, theirs, agreed);
    if (!read)
        return read.error();
    agreed.codec = chosen->codec;
    agreed.send_payload_type = payload_number(chosen->payload_type); // RFC 3264 6.1: each side names what it receives.
    const auto offered = std::ranges::find_if(
        ours.formats, [&](const std::string& format) { return codec_of(ours, format) == chosen->codec; });
    if (offered == ours.formats.end())
        return unsupported("the answer takes a codec that was not offered");
    agreed.receive_payload_type = payload_number(*offered);
    if (chosen->telephone_event) {
        agreed.send_telephone_event = payload_number(*chosen->telephone_event);
        agreed.receive_telephone_event = telephone_event_payload_type;
    }
    return agreed;
}

} // namespace parley::sdp
