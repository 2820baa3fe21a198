#pragma once

#include "base/id.h"
#include "base/log.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "call/leg.h"
#include "sdp/offer_answer.h"
#include "sip/access_events.h"
#include "sip/doorkeeper.h"
#include "sip/hop.h"
#include "sip/keys.h"
#include "sip/limits.h"
#include "sip/referrers.h"
#include "sip/timers.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// A SIP user agent, both roles: messages in, messages out, and between them the words of `call/leg.h`.
// Owns transactions (RFC 3261 17, RFC 6026), dialogs (12) and the SDP of each leg. Knows no socket, no clock, no name
// service. Who may call is the business of its doorkeeper, if it has one (`doorkeeper.h`).
//
// A carrier feeds it every datagram of one UDP socket and every message of its connections, carries out the commands in
// order and calls `handle_timeout` at `deadline()`.
namespace parley::sip {

struct SipEndpointSettings {
    SocketAddress local;            // Our SIP address as others reach it: goes into Via and Contact. UDP and TCP.
    std::string product = "Parley"; // Server and User-Agent.
    Timers timers = {};
    Limits limits = {};
    Duration retry_after = 10s;         // Sent with each 503.
    Duration session_interval = 1'800s; // RFC 4028; zero: sessions do not expire.
    Duration server_patience = 4s; // A server that says nothing for so long: the next one is asked, if there is one.
    std::optional<SocketAddress> local_tls = {}; // The same for TLS, if we listen there.
    // Peers there are told `inner_ip` instead of the address in `local`: they do not come in from outside.
    std::vector<IpNetwork> local_networks = {};
    std::string inner_ip = {};
    std::optional<AccessSettings> access = {};   // Nothing: everybody may call, nobody can register.
    sdp::SoundPreferences sound = {};            // The same as in each leg's `media`: can an offer be answered at all?
    sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off; // Likewise.
    KeysOver keys_over = KeysOver::tls;
    Referrers referrers = Referrers::trusted;
};

// Events.

// One datagram, or one message of a stream.
struct MessageReceived {
    std::string bytes;
    Hop source; // With its flow if it came over a connection.
};

// The socket refused a datagram to this address, or no connection to it came about. Transactions with it end as if 503
// had come (RFC 3261 8.1.3.1).
struct MessageNotSent {
    Hop destination;
};

// A connection is gone. Requests that were sent over it and have no response yet end likewise.
struct FlowLost {
    Hop flow; // Where it led, and its number.
};

// The carrier has an RTP socket for the leg: 200 with our SDP.
struct AnswerSipLeg {
    LegId leg;
    sdp::LocalMedia media;
};

// Sound before the answer (RFC 3960): 183 with our SDP, then `MediaAgreed`. The `media` of the answer is the same.
// Without effect for a caller that leaves the offer to us and cannot acknowledge a 183 (RFC 3262).
struct PreviewSipLeg {
    LegId leg;
    sdp::LocalMedia media;
};

// `dial.to` is a `sip:` or `sips:` URI, or a user at the first server.
struct DialSipLeg {
    DialLeg dial;
    Hops servers; // Where the INVITE is sent, best first; the carrier has looked them up.
    sdp::LocalMedia media;
    std::string trunk = {};  // Whose account answers challenges and whose form the caller's number takes.
    bool registered = false; // To the phone of a user.
};

// Offer this on an answered leg from now on: another address or codec, a hold of our own (`media.direction`). What the
// other side says to it comes as `MediaAgreed` if anything changes, or as `OfferRefused`. The latest of several counts.
struct OfferSipLeg {
    LegId leg;
    sdp::LocalMedia media;
};

// The answer to `LocateTarget`; no hops: it leads nowhere.
struct TargetLocated {
    LegId leg;
    Hops hops;
};

using Event = std::variant<MessageReceived, MessageNotSent, FlowLost, RingLeg, AnswerSipLeg, RejectLeg, HangUpLeg,
    DialSipLeg, PreviewSipLeg, OfferSipLeg, TellReferral, StartTrunks, StopTrunks, TrunkLocated, TargetLocated,
    SettingsChanged>;

// Commands.

struct SendMessage {
    std::string bytes;
    Hop destination;
};

// A caller is there. It hears nothing until `RingLeg`, `AnswerSipLeg` or `RejectLeg`.
struct LegOffered {
    LegIncoming incoming;
    std::string sip_call_id;               // For logs.
    Hop source;                            // For routing by trunk and for logs.
    std::optional<sdp::AgreedMedia> media; // What an answer will agree on; empty if the caller leaves the offer to us.
    std::string trunk = {};                // The line that it came over; empty: none.
    std::string user = {};                 // Who authenticated; empty: nobody.
};

// Sound may flow as said here: comes before `LegAnswered`, and again when the other side changes it (hold, new
// address).
struct MediaAgreed {
    LegId leg;
    sdp::AgreedMedia media;
    bool is_early = false; // The leg is not answered: in what is said here, it flows all the same.
};

// Where is this URI (RFC 3263)? The leg was redirected there.
struct LocateTarget {
    LegId leg;
    std::string uri;
};

// The other side did not take an `OfferSipLeg`; the session is as it was.
struct OfferRefused {
    LegId leg;
    std::uint16_t status = 0;
};

using Command = std::variant<SendMessage, LegOffered, LegRinging, MediaAgreed, LegAnswered, LegEnded, LegHeld,
    LegResumed, LegDigit, LegReferred, OfferRefused, LocateTarget, LocateTrunk, RegistrationChanged>;
using Commands = std::vector<Command>;

// Counted since the start; for metrics.
struct Counters {
    std::uint64_t messages_dropped = 0; // Not SIP, or too broken to answer.
    std::uint64_t keepalives = 0;       // RFC 5626 3.5.1: CRLF.
    std::uint64_t requests_refused = 0; // Answered by us with 4xx or 5xx without telling anyone.
    std::uint64_t retransmissions = 0;  // Sent by our timers.
    std::uint64_t retransmissions_absorbed = 0;
};

class SipEndpoint {
public:
    // `ids` is where tags, branches and leg identifiers come from; seeded in tests.
    SipEndpoint(SipEndpointSettings, IdSource ids, Log);
    ~SipEndpoint();
    SipEndpoint(SipEndpoint&&) noexcept;
    SipEndpoint& operator=(SipEndpoint&&) noexcept;

    void handle(const Event&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    // Where a call to `to` goes: each phone of a registered user (the one to try first is first), the trunk of a
    // number, or the URI itself. Nothing: nobody of that name is here, and no trunk takes the number.
    [[nodiscard]] std::vector<DialRoute> routes(std::string_view to, Instant now) const;

    [[nodiscard]] std::vector<RegistrationStatus> registrations() const; // Of trunks.
    [[nodiscard]] const Doorkeeper* door() const;                        // For metrics; nullptr: there is none.
    [[nodiscard]] const Counters& counters() const;
    [[nodiscard]] std::size_t leg_count() const;         // Legs that were announced or dialled and are not over.
    [[nodiscard]] std::size_t transaction_count() const; // Zero when everything that was said is forgotten.

private:
    class Core;
    std::unique_ptr<Core> core_;
};

} // namespace parley::sip
