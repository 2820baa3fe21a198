#pragma once

#include "sip/dialog.h"
#include "sip/dialog_fields.h"
#include "sip/digest_client.h"
#include "sip/fields.h"
#include "sip/referral.h"
#include "sip/server_location.h"
#include "sip/sip_endpoint.h"
#include "sip/timer_table.h"
#include "sip/transaction_layer.h"

#include <deque>
#include <map>
#include <string>
#include <unordered_map>

namespace parley::sip {

enum class LegState : std::uint8_t {
    offered,     // Incoming; nothing but 100 was said.
    ringing,     // Incoming; 180 was sent.
    calling,     // Outgoing; no response yet.
    proceeding,  // Outgoing; a provisional response came.
    established, // Answered.
    giving_up,   // Outgoing, over for its user; CANCEL waits for a provisional response (RFC 3261 9.1).
    cancelling,  // Outgoing, over for its user; CANCEL was sent.
    closing,     // Over for its user; BYE waits for the ACK (RFC 3261 15), or for the answer to a NOTIFY.
    ended,       // Over; late answers to its INVITE are still acknowledged, and a BYE that crosses ours is answered.
};

enum class LegRole : std::uint8_t { incoming, outgoing };

enum class LegTimer : std::uint8_t {
    repeat_success,     // Send the 2xx again (RFC 3261 13.3.1.4).
    no_ack,             // The ACK does not come.
    no_answer,          // The other side does not answer.
    next_server,        // This server does not say a word, and there is another.
    no_final,           // A cancelled INVITE gets no final response (9.1).
    offer_again,        // After a glare (14.1), or when the other side asked for a pause.
    refresh,            // The session (RFC 4028 10).
    expired,            // The session: nobody refreshed it.
    referral_ends,      // Nobody said what became of a REFER.
    repeat_provisional, // Send the reliable response again (RFC 3262 3).
    no_prack,           // Nobody acknowledges it.
    count,
};

// A 2xx that was not acknowledged yet.
struct PendingAck {
    std::uint32_t cseq = 0;
    Packet packet;
    Duration interval {};
    bool first = true;      // Of the INVITE that set up the leg.
    bool our_offer = false; // The ACK brings the answer.
};

// A re-INVITE or UPDATE of ours that has no final response yet.
struct OwnRequest {
    TransactionId transaction = 0;
    bool update = false;
    std::optional<sdp::SessionDescription> offer = {};
    sdp::LocalMedia media = {}; // What the offer was made of.
    bool wanted = false;        // By `OfferSipLeg`: the user is told if it is refused.
    std::size_t challenges = 0; // That it got.
};

// Another request of ours within a dialog, which may be challenged.
struct Challengeable {
    TransactionId transaction = 0;
    Request request; // Without Via.
    Hop next;
    std::size_t challenges = 0;
};

// A provisional response that the caller has to acknowledge.
struct ReliableResponse {
    std::uint32_t rseq = 0;
    Packet packet;
    Duration interval {};
    bool describes = false; // It carries our description:
    bool offers = false;    // an offer, for the PRACK to answer.
};

// One fork of an outgoing leg that has not answered yet.
struct EarlyDialog {
    SipDialog dialog;
    std::uint32_t rseq = 0; // Of its latest reliable response.
    bool answered = false;  // One of them answered our offer: later descriptions do not count.
    std::optional<sdp::AgreedMedia> media = {};
};

// RFC 4028: who keeps the session alive, and how long it lasts without it.
struct SessionTimer {
    Duration interval {}; // Zero: it does not expire.
    bool we_refresh = false;
    Duration least = min_session_interval; // The other side's Min-SE included.
};

// One leg as SIP sees it.
struct SipLeg {
    LegNumber number = 0;
    LegId id;
    LegRole role = LegRole::incoming;
    LegState state = LegState::offered;
    SipDialog dialog;

    Request invite;                // Incoming: for its responses. Outgoing: for CANCEL. Without body.
    TransactionId transaction = 0; // Of that INVITE.
    TransactionId bye = 0;         // Of our BYE.
    TimerTable<LegTimer> timers;

    std::optional<sdp::SessionDescription> remote_offer;
    sdp::LocalMedia media;
    std::optional<sdp::SessionDescription> local_description;
    std::optional<sdp::AgreedMedia> agreed;

    std::optional<PendingAck> pending_ack;
    std::map<std::string, Packet> acks; // Outgoing: by the tag of who answered.
    Hops servers;                       // Outgoing: to be tried yet (RFC 3263 4.3).
    std::string party;                  // Whose calls it is counted with; empty: nobody's.
    std::optional<DigestClient> digest; // Outgoing, over a trunk with an account.
    std::size_t challenges = 0;         // That its INVITE got.
    std::string asserted_identity;      // Outgoing: P-Asserted-Identity (RFC 3325), if the trunk wants it.

    std::vector<Challengeable> challengeable; // On their way; empty without an account.
    std::optional<OwnRequest> own;
    std::optional<sdp::LocalMedia> wanted; // By `OfferSipLeg`, until it was answered.
    TransactionId reinvite = 0;            // Our latest one; its 2xx may be repeated.
    std::optional<Packet> reinvite_ack;
    SessionTimer session;
    bool takes_update = false;        // Their Allow said so.
    bool held = false;                // `LegHeld` was said.
    bool trusted = false;             // The other side is a trunk or the phone of a user.
    std::optional<Referral> referral; // While one is under way.
    bool was_referred = false;        // There was one.
    std::vector<Header> more;         // Outgoing: further fields of its INVITE.

    std::uint32_t rseq = 0; // Incoming: of the latest reliable response.
    std::optional<ReliableResponse> unacknowledged;
    std::deque<Response> provisional_queue;
    std::optional<AnswerSipLeg> answer_later; // When the reliable response is acknowledged.
    bool previewed = false;                   // Our description went out before the answer,
    bool early_session = false;               // and the caller acknowledged it: the 200 carries none.
    std::map<std::string, EarlyDialog> early; // Outgoing: by the tag of the fork.

    std::vector<std::string> redirects; // Outgoing: URIs that were not tried yet, the best one last.
    bool locating = false;              // Outgoing: `LocateTarget` has no answer yet; no INVITE is on its way.
    std::size_t attempts = 0;           // INVITEs that were sent for it.
    std::optional<Duration> retry_after;
    bool answered_elsewhere = false; // Outgoing: why it is cancelled.
    bool rang = false;               // Outgoing: `LegRinging` was said.
};

// A trunk's server, and the registration with it if there is one.
struct TrunkLine {
    std::string trunk;
    bool leaves = false; // Its trunk is gone or another one: it unregisters. A new line follows it.
    std::optional<Registration> registration;
    TransactionId transaction = 0; // Of its latest REGISTER.
    std::optional<Instant> locate; // When the server is looked up again.
};

// The machine behind `SipEndpoint`. Its functions stand in several files: `sip_endpoint.cc` (messages and their
// transactions), `incoming_leg.cc`, `outgoing_leg.cc`, `established_leg.cc`, `provisional.cc` (before the answer),
// `renegotiation.cc` (offers on an answered leg), `referred_leg.cc` and `session_timer.cc`.
class SipEndpoint::Core {
public:
    Core(SipEndpointSettings settings, IdSource ids, Log log)
        : settings_(std::move(settings))
        , ids_(std::move(ids))
        , log_(std::move(log))
        , layer_(settings_.timers, settings_.limits.max_datagram)
    {
        if (settings_.access)
            door_.emplace(*settings_.access);
    }

    [[nodiscard]] std::vector<DialRoute> routes(std::string_view to, Instant now) const;
    [[nodiscard]] std::vector<RegistrationStatus> registrations() const;
    [[nodiscard]] const Doorkeeper* door() const { return door_ ? &*door_ : nullptr; }

    void handle(const Event&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] std::size_t leg_count() const { return numbers_.size(); }
    [[nodiscard]] std::size_t transaction_count() const { return layer_.size(); }

private:
    // A request with everything that its handlers need.
    struct Received {
        Request request; // Marked with its source.
        Envelope envelope;
        Hop source;
        Hop reply_to;
        Admission admission = {}; // Of a request outside of a dialog.
    };

    // Messages.
    void on(const MessageReceived&, Instant now, Commands& out);
    void on_request(Request, const Hop& source, Instant now, Commands& out);
    void on_new_request(const Received&, Instant now, Commands& out);
    void on_outside_dialog(const Received&, Instant now, Commands& out);
    [[nodiscard]] bool is_ours(const Via&) const;
    void on_response(Response, const Hop& source, Instant now, Commands& out);
    void refuse(const Request&, const Hop& to, std::uint16_t status, std::string_view what, Commands& out,
        std::string_view field = {}, std::string_view value = {});
    void answer_options(const Received&, Commands& out);
    [[nodiscard]] bool refuse_extensions(const Received&, Commands& out);

    // Who may (`endpoint_access.cc`).
    [[nodiscard]] bool enter(Received&, Instant now, Commands& out); // False: it was turned away.
    void turn_away(const Request&, const Hop& source, const Hop& to, std::uint16_t status, std::string_view what,
        Instant now, Commands& out);
    void on_register(const Received&, Instant now, Commands& out);
    void count_call(SipLeg&, std::string party);

    // Trunks (`trunk_lines.cc`).
    void on(const StartTrunks&, Instant now, Commands& out);
    void on(const StopTrunks&, Instant now, Commands& out);
    void on(const SettingsChanged&, Instant now, Commands& out);
    void open_line(const Trunk&, Instant now, Commands& out);
    void close_line(LegNumber, Instant now, Commands& out);
    void drop_closed_line(LegNumber, Instant now, Commands& out);
    void on(const TrunkLocated&, Instant now, Commands& out);
    [[nodiscard]] bool has_room_on_trunk(std::string_view trunk) const;
    void use_trunk(SipLeg&, const DialSipLeg&); // Its account, and how it wants to be told who calls.
    void authorize(SipLeg&, Request&);          // Within a call over a trunk that has challenged us.
    TransactionId send_within(SipLeg&, Request, const Hop& next, Instant now, Commands& out); // `challenged.cc`
    [[nodiscard]] bool answer_challenge(SipLeg&, TransactionId, const Response&, Instant now, Commands& out);
    [[nodiscard]] static std::uint32_t cseq_after(SipLeg&, const Request&);
    void on_line_timer(LegNumber, Instant now, Commands& out);
    [[nodiscard]] bool on_line_response(LegNumber, TransactionId, const Response&, Instant now, Commands& out);
    [[nodiscard]] bool on_line_news(const ClientNews&, Instant now, Commands& out);
    void tell_line(LegNumber, const RegistrationEvent&, Instant now, Commands& out);
    void carry_out(LegNumber, const RegistrationCommands&, Instant now, Commands& out);

    // Incoming legs.
    void on_invite(const Received&, Instant now, Commands& out);
    void on_cancel(const Received&, Instant now, Commands& out);
    void on(const RingLeg&, Instant now, Commands& out);
    void on(const AnswerSipLeg&, Instant now, Commands& out);
    void on(const RejectLeg&, Instant now, Commands& out);
    void accept_invite(SipLeg&, const Request& invite, TransactionId, std::optional<sdp::SessionDescription>,
        bool our_offer, bool first, Instant now, Commands& out);
    void add_dialog_fields(Response&, const SipLeg&, const Request& invite) const;
    void reject(SipLeg&, std::uint16_t status, LegEndReason, std::string detail, Instant now, Commands& out);

    // Outgoing legs.
    void on(const DialSipLeg&, Instant now, Commands& out);
    void send_invite(SipLeg&, Instant now, Commands& out);
    void redirect(SipLeg&, const Response&); // `redirected_leg.cc`
    [[nodiscard]] bool follow_redirect(SipLeg&, Instant now, Commands& out);
    [[nodiscard]] bool invite_redirected(SipLeg&, Hops, Instant now, Commands& out);
    void on(const TargetLocated&, Instant now, Commands& out);
    [[nodiscard]] bool try_again(SipLeg&, const Response&, Instant now, Commands& out);
    void on_invite_response(SipLeg&, const Response&, const Envelope&, const Hop&, Instant, Commands&);
    void on_provisional(SipLeg&, const Response&, const Envelope&, const Hop&, Instant now, Commands& out);
    void on_success(SipLeg&, const Response&, const Envelope&, const Hop& source, Instant, Commands&);
    void on_failure(SipLeg&, const Response&, Instant now, Commands& out);
    void on_client_news(const ClientNews&, Instant now, Commands& out);
    [[nodiscard]] bool try_next_server(SipLeg&, Instant now, Commands& out); // `failover.cc`
    void await_server(SipLeg&, Instant now);
    void give_up(SipLeg&, LegEndReason, std::string detail, Instant now, Commands& out);
    void send_cancel(SipLeg&, Instant now, Commands& out);

    // Both.
    void on(const HangUpLeg&, Instant now, Commands& out);
    void on(const MessageNotSent&, Instant now, Commands& out);
    void on(const FlowLost&, Instant now, Commands& out);
    void on_within_dialog(SipLeg&, const Received&, Instant now, Commands& out);
    void on_bye(SipLeg&, const Received&, Instant now, Commands& out);
    void on_info(SipLeg&, const Received&, Instant now, Commands& out);
    void on_ack(const Received&, Instant now, Commands& out);
    void on_leg_timer(SipLeg&, LegTimer, Instant when, Instant now, Commands& out);
    void answer_request(const Received&, Response, Instant now, Commands& out);
    void send_bye(SipLeg&, Instant now, Commands& out, std::string_view reason = {});
    void close_if_free(SipLeg&, Instant now, Commands& out);
    void agree(SipLeg&, const sdp::AgreedMedia&, Commands& out);
    void tell_hold(SipLeg&, Commands& out);
    void break_off(SipLeg&, std::uint16_t why, std::string detail, Instant now, Commands& out); // BYE, `error`.
    void end(SipLeg&, LegState, LegEndReason, std::string detail, Commands& out);

    // Before the answer.
    void on(const PreviewSipLeg&, Instant now, Commands& out);
    void send_provisional(SipLeg&, Response, Instant now, Commands& out);
    void on_prack(SipLeg&, const Received&, Instant now, Commands& out);
    [[nodiscard]] SipDialog dialog_of(const SipLeg&, const Response&, const Envelope&, const Hop& source) const;
    bool meet_early_dialog(SipLeg&, const Response&, const Envelope&, const Hop&, Instant now, Commands& out);

    // Offers on an answered leg.
    struct Reanswer {
        std::optional<sdp::SessionDescription> description; // Nothing: a request that offered nothing.
        std::optional<sdp::AgreedMedia> agreed;             // Nothing: our own offer, or none.
    };
    void on_reinvite(SipLeg&, const Received&, Instant now, Commands& out);
    void on_update(SipLeg&, const Received&, Instant now, Commands& out);
    void refuse_outside_session(const SipLeg&, const Received&, Commands& out);
    [[nodiscard]] std::optional<Reanswer> take_offer(SipLeg&, const Received&, Commands& out);
    [[nodiscard]] bool refuse_glare(const SipLeg&, const Received&, Commands& out);
    [[nodiscard]] std::optional<Reanswer> reanswer(SipLeg&, const Received&, Commands& out);
    void number_version(SipLeg&, sdp::SessionDescription&);
    void on(const OfferSipLeg&, Instant now, Commands& out);
    void offer_if_free(SipLeg&, Instant now, Commands& out);
    void send_own(SipLeg&, OwnRequest, Instant now, Commands& out);
    void on_own_response(SipLeg&, const Response&, Instant now, Commands& out);
    void on_own_success(SipLeg&, OwnRequest, const Response&, Instant now, Commands& out);
    void on_own_failure(SipLeg&, OwnRequest, const Response&, Instant now, Commands& out);

    // REFER (`referred_leg.cc`).
    [[nodiscard]] bool takes_referrals() const { return settings_.referrers != Referrers::refuse; }
    void on_refer(SipLeg&, const Received&, Instant now, Commands& out);
    void on(const TellReferral&, Instant now, Commands& out);
    void report_referral(SipLeg&, std::uint16_t status, Instant now, Commands& out);
    void send_notify(SipLeg&, std::uint16_t status, std::string_view reason, Instant now, Commands& out);
    void on_notify_answered(SipLeg&, bool is_gone, Instant now, Commands& out);
    void end_referral(SipLeg&, Instant now, Commands& out); // The call never said what became of it.

    // Session timers.
    [[nodiscard]] bool refuse_short_session(const Received&, Commands& out);
    void agree_on_session(SipLeg&, const Request&, Response&, Instant now);
    void ask_for_session(const SipLeg&, Request&) const;
    void learn_session(SipLeg&, const Response&, Instant now);
    void set_session_timers(SipLeg&, Instant now);
    void refresh_session(SipLeg&, Instant now, Commands& out);

    // Small services.
    [[nodiscard]] bool is_full() const; // No room for another transaction.
    SipLeg* find_leg(const LegId&);
    SipLeg* find_dialog(const Envelope&);
    SipLeg& add_leg(LegId, LegRole);
    void settle(LegNumber);      // Sets its alarm, or forgets it if nothing can follow.
    void collect(Commands& out); // What the transactions want to send goes out.
    void work_off_news(Instant now, Commands& out);
    void send(Packet, Commands& out);
    void add_via(Request&, const Hop& next);
    void add_abilities(Headers&) const; // Allow and Supported.
    [[nodiscard]] std::string allowed_methods() const;
    [[nodiscard]] bool is_supported(std::string_view option) const;
    [[nodiscard]] SocketAddress local(const Hop& peer) const; // Our address as that peer reaches it.
    [[nodiscard]] sdp::LocalMedia as_reached(sdp::LocalMedia, const Hop& peer) const;
    [[nodiscard]] std::string contact(const Hop& peer) const;
    [[nodiscard]] std::string contact(const SipDialog&) const;
    TransactionId open_server(const Received&);
    void respond(TransactionId, Response, Instant now, Commands& out);
    [[nodiscard]] Response local_response(const SipLeg&, const Request&, std::uint16_t status) const;

    SipEndpointSettings settings_;
    IdSource ids_;
    Log log_;
    TransactionLayer layer_;
    LayerOutput pending_;
    Counters counters_;
    LegNumber last_leg_ = 0;
    std::map<LegNumber, SipLeg> legs_;
    std::unordered_map<LegId, LegNumber> numbers_;         // Legs that are not over for their user.
    std::unordered_map<std::string, LegNumber> dialogs_;   // By `dialog_key`.
    std::unordered_map<TransactionId, LegNumber> invites_; // Incoming INVITEs without a final response.
    Schedule schedule_;
    FailedHops failed_hops_;
    std::optional<Doorkeeper> door_;
    std::map<LegNumber, TrunkLine> lines_; // Numbered among the legs: transactions tell both.
    bool trunks_started_ = false;          // And not stopped.
};

// The body of a request or response as SDP: nothing without a body, an error (with its status) if it is another type.
struct BodyError {
    std::uint16_t status = 400;
    std::string what;
};
using BodyResult = std::variant<std::monostate, sdp::SessionDescription, BodyError>;
[[nodiscard]] BodyResult read_description(const Headers&, const std::string& body);

} // namespace parley::sip
