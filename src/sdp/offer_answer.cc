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

struct Profile {
    std::string_view name;
    bool secure;
};
// RFC 3551, 4585, 3711 and 5124. We send no feedback, which those with an F allow.
constexpr std::array profiles { Profile { "RTP/AVP", false }, Profile { "RTP/AVPF", false },
    Profile { "RTP/SAVP", true }, Profile { "RTP/SAVPF", true } };

bool is_sound(const MediaDescription& media)
{
    return media.type == "audio" && std::ranges::find(profiles, media.protocol, &Profile::name) != profiles.end()
        && media.port != 0;
}

bool is_secure(const MediaDescription& media)
{
    const auto profile = std::ranges::find(profiles, media.protocol, &Profile::name);
    return profile != profiles.end() && profile->secure;
}

// The keys of one line that we can use, in its order; a broken one breaks the description.
Result<std::vector<CryptoLine>> usable_keys(const MediaDescription& media)
{
    std::vector<CryptoLine> usable;
    for (const Attribute& attribute : media.attributes) {
        if (attribute.name != "crypto")
            continue;
        auto line = parse_crypto(attribute.value.value_or(""));
        if (line)
            usable.push_back(std::move(*line));
        else if (line.error().kind != ErrorKind::unsupported)
            return std::move(line.error());
    }
    return usable;
}

// Which line of an offer is taken.
struct Taken {
    const MediaDescription* media = nullptr; // None will do.
    std::optional<CryptoLine> crypto = {};   // Theirs, with the tag that our answer repeats.
};

Result<Taken> take_line(const SessionDescription& offer, const LocalMedia& local)
{
    Taken taken;
    for (const MediaDescription& media : offer.media) {
        if (!is_sound(media) || !choose(media))
            continue;
        if (local.srtp != SrtpPolicy::off) {
            auto keys = usable_keys(media);
            if (!keys)
                return std::move(keys.error());
            for (const CryptoLine& line : *keys)
                if (std::ranges::find(local.crypto, line.crypto.suite, &Crypto::suite) != local.crypto.end())
                    return Taken { &media, line }; // RFC 4568 7.1.2: the first one that we can use.
        }
        if (taken.media == nullptr && local.srtp != SrtpPolicy::required && !is_secure(media))
            taken.media = &media;
    }
    return taken;
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

// RFC 4568 7.1.2: the tag of the offer, the key of the answerer.
void agree_on_keys(const CryptoLine& theirs, const LocalMedia& local, Answer& answer)
{
    const Crypto& ours = *std::ranges::find(local.crypto, theirs.crypto.suite, &Crypto::suite);
    answer.agreed.srtp = SrtpKeys { ours, theirs.crypto };
    answer.description.media.back().attributes.push_back({ "crypto", write_crypto({ theirs.tag, ours }) });
}

// RFC 4568 7.1.3: the answer takes one of the keys that were offered, under its tag.
Result<std::optional<SrtpKeys>> accept_keys(const MediaDescription& ours, const MediaDescription& theirs)
{
    const auto offered = usable_keys(ours);
    auto answered = usable_keys(theirs);
    if (!answered)
        return std::move(answered.error());
    if (answered->empty()) {
        if (is_secure(theirs))
            return unsupported("the answer has no key");
        return std::optional<SrtpKeys>();
    }
    for (const CryptoLine& line : *offered)
        if (line.tag == answered->front().tag && line.crypto.suite == answered->front().crypto.suite)
            return std::optional(SrtpKeys { line.crypto, answered->front().crypto });
    return unsupported("the answer has a key for what was not offered");
}

SessionDescription describe_session(const LocalMedia& local)
{
    SessionDescription description;
    description.origin = { "-", local.session_id, local.session_version, local.rtp.ip };
    description.connection = local.rtp.ip;
    return description;
}

} // namespace

bool may_send(Direction direction)
{
    return direction == Direction::send_receive || direction == Direction::send_only;
}

bool may_receive(Direction direction)
{
    return direction == Direction::send_receive || direction == Direction::receive_only;
}

Direction common(Direction a, Direction b)
{
    const bool send = may_send(a) && may_send(b);
    const bool receive = may_receive(a) && may_receive(b);
    if (send)
        return receive ? Direction::send_receive : Direction::send_only;
    return receive ? Direction::receive_only : Direction::inactive;
}

bool can_be_protected(const LocalMedia& local)
{
    return local.srtp != SrtpPolicy::off && !local.crypto.empty();
}

SessionDescription make_offer(const LocalMedia& local)
{
    SessionDescription offer = describe_session(local);
    std::vector<Chosen> codecs;
    for (const KnownCodec& codec : known_codecs)
        codecs.push_back({ codec.codec, std::to_string(codec.static_payload_type), {} });
    offer.media.push_back(describe(local, codecs, std::to_string(telephone_event_payload_type), local.direction));
    if (can_be_protected(local)) {
        MediaDescription& media = offer.media.back();
        if (local.srtp == SrtpPolicy::required)
            media.protocol = "RTP/SAVP";
        std::uint32_t tag = 0;
        for (const Crypto& crypto : local.crypto)
            media.attributes.push_back({ "crypto", write_crypto({ ++tag, crypto }) });
    }
    return offer;
}

Result<Answer> make_answer(const SessionDescription& offer, const LocalMedia& local)
{
    Answer answer { describe_session(local), {} };
    const auto taken = take_line(offer, local);
    if (!taken)
        return taken.error();
    if (taken->media == nullptr)
        return unsupported(
            local.srtp == SrtpPolicy::required ? "no common codec, or no protection" : "no common codec");
    for (const MediaDescription& media : offer.media) {
        const auto chosen = &media == taken->media ? choose(media) : std::nullopt;
        if (!chosen) {
            // RFC 3264 6: refused, yet named, so that the lines of both sides match.
            answer.description.media.push_back({ media.type, 0, media.protocol, { media.formats.front() }, {}, {} });
            continue;
        }
        auto read = read_remote(offer, media, answer.agreed);
        if (!read)
            return read.error();
        answer.agreed.direction = common(answer.agreed.direction, local.direction);
        answer.agreed.codec = chosen->codec;
        answer.agreed.send_payload_type = answer.agreed.receive_payload_type = payload_number(chosen->payload_type);
        if (chosen->telephone_event) {
            answer.agreed.send_telephone_event = payload_number(*chosen->telephone_event);
            answer.agreed.receive_telephone_event = answer.agreed.send_telephone_event;
        }
        answer.description.media.push_back(
            describe(local, { *chosen }, chosen->telephone_event, answer.agreed.direction));
        answer.description.media.back().protocol = media.protocol;
        if (taken->crypto)
            agree_on_keys(*taken->crypto, local, answer);
        if (find_attribute(media.attributes, "rtcp-mux") != nullptr) { // RFC 5761 5.1.1
            answer.agreed.rtcp_mux = true;
            answer.agreed.remote_rtcp = answer.agreed.remote_rtp;
            answer.description.media.back().attributes.push_back({ "rtcp-mux", {} });
        }
    }
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
    if (is_secure(ours) != is_secure(theirs))
        return unsupported("the answer has another profile than the offer");
    auto keys = accept_keys(ours, theirs);
    if (!keys)
        return std::move(keys.error());
    AgreedMedia agreed;
    agreed.srtp = *keys;
    auto read = read_remote(answer, theirs, agreed);
    if (!read)
        return read.error();
    agreed.direction = common(agreed.direction, direction_of(offer, ours));
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
