#include "sdp/offer_answer.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace parley::sdp {
namespace {

Error unsupported(std::string what)
{
    return Error { ErrorKind::unsupported, "SDP: " + std::move(what) };
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
        if (!is_sound(media) || !choose_formats(media, local.sound.codecs))
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
        const auto port = whole_number(value.substr(0, value.find(' ')), 65'535);
        if (!port)
            return Error { ErrorKind::invalid_request, "SDP: a=rtcp line" };
        agreed.remote_rtcp.port = static_cast<std::uint16_t>(*port);
        if (const auto last = value.rfind(' '); last != std::string_view::npos) {
            agreed.remote_rtcp.ip = value.substr(last + 1);
            if (!is_ipv4(agreed.remote_rtcp.ip) && !is_ipv6(agreed.remote_rtcp.ip))
                return Error { ErrorKind::invalid_request, "SDP: a=rtcp line" };
        }
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

// What stands in every description beside its formats.
void describe_rest(Duration ptime, Direction direction, MediaDescription& media)
{
    media.attributes.push_back({ "ptime", std::to_string(to_milliseconds(ptime)) });
    media.attributes.push_back({ "maxptime", std::to_string(to_milliseconds(longest_ptime)) });
    media.attributes.push_back({ std::string(word_of(direction)), {} });
}

// What the formats of the other side say of both ways; in an answer to our offer the numbers of what we receive are
// ours.
void agree_on_formats(const ChosenFormats& theirs, const ChosenFormats& ours, AgreedMedia& agreed)
{
    agreed.codec = theirs.codec;
    agreed.send_payload_type = theirs.payload_type; // RFC 3264 6.1: each side names what it receives.
    agreed.receive_payload_type = ours.payload_type;
    agreed.send_telephone_event = theirs.telephone_event;
    agreed.receive_telephone_event = ours.telephone_event;
    agreed.telephone_event_rate = theirs.telephone_event_rate;
    if (ours.comfort_noise)
        agreed.send_comfort_noise = theirs.comfort_noise;
    agreed.receive_comfort_noise = ours.comfort_noise;
    // Some send it unasked; by its static number it is known all the same.
    const bool free
        = ours.payload_type != comfort_noise_payload_type && ours.telephone_event != comfort_noise_payload_type;
    if (!agreed.receive_comfort_noise && free && facts(ours.codec).clock_rate == 8'000)
        agreed.receive_comfort_noise = comfort_noise_payload_type;
    agreed.opus = theirs.opus;
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
    MediaDescription sound { "audio", local.rtp.port, "RTP/AVP", {}, {}, {} };
    describe_offer(local.sound, sound);
    describe_rest(local.sound.ptime, local.direction, sound);
    offer.media.push_back(std::move(sound));
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
        auto chosen = &media == taken->media ? choose_formats(media, local.sound.codecs) : std::nullopt;
        if (!chosen) {
            // RFC 3264 6: refused, yet named, so that the lines of both sides match.
            answer.description.media.push_back({ media.type, 0, media.protocol, { media.formats.front() }, {}, {} });
            continue;
        }
        auto read = read_remote(offer, media, answer.agreed);
        if (!read)
            return read.error();
        answer.agreed.direction = common(answer.agreed.direction, local.direction);
        if (!local.sound.comfort_noise)
            chosen->comfort_noise.reset();
        const auto ptime = agree_on_ptime(media, chosen->codec);
        if (!ptime)
            return ptime.error();
        answer.agreed.ptime = *ptime;
        agree_on_formats(*chosen, *chosen, answer.agreed);
        MediaDescription sound { "audio", local.rtp.port, media.protocol, {}, {}, {} };
        describe_formats(*chosen, sound);
        describe_rest(*ptime, answer.agreed.direction, sound); // Most phones send as long packets as they receive.
        answer.description.media.push_back(std::move(sound));
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
    const auto used = std::ranges::find_if(offer.media, [](const MediaDescription& media) { return media.port != 0; });
    if (used == offer.media.end())
        return Error { ErrorKind::invalid_request, "SDP: the offer has no line in use" };
    const MediaDescription& ours = *used;
    const MediaDescription& theirs = answer.media[static_cast<std::size_t>(used - offer.media.begin())];
    if (!is_sound(theirs))
        return unsupported("the answer takes no codec");
    std::vector<Codec> offered;
    for (const Codec codec : all_codecs)
        if (choose_formats(ours, { codec }))
            offered.push_back(codec);
    const auto chosen = choose_formats(theirs, offered);
    if (!chosen)
        return unsupported("the answer takes no codec that was offered");
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
    const auto ptime = agree_on_ptime(theirs, chosen->codec);
    if (!ptime)
        return ptime.error();
    agreed.ptime = *ptime;
    agree_on_formats(*chosen, *choose_formats(ours, { chosen->codec }, chosen->telephone_event_rate), agreed);
    return agreed;
}

} // namespace parley::sdp
