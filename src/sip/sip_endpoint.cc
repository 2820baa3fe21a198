#include "sip/sip_endpoint.h"

#include "sip/endpoint_core.h"
#include "sip/nat.h"
#include "sip/responding.h"

#include <algorithm>
#include <array>

namespace parley::sip {

SipEndpoint::SipEndpoint(SipEndpointSettings settings, IdSource ids, Log log)
    : core_(std::make_unique<Core>(std::move(settings), std::move(ids), std::move(log)))
{
}

SipEndpoint::~SipEndpoint() = default;
SipEndpoint::SipEndpoint(SipEndpoint&&) noexcept = default;
SipEndpoint& SipEndpoint::operator=(SipEndpoint&&) noexcept = default;

void SipEndpoint::handle(const Event& event, Instant now, Commands& out)
{
    core_->handle(event, now, out);
}
void SipEndpoint::handle_timeout(Instant now, Commands& out)
{
    core_->handle_timeout(now, out);
}
std::optional<Instant> SipEndpoint::deadline() const
{
    return core_->deadline();
}
std::vector<DialRoute> SipEndpoint::routes(std::string_view to, Instant now) const
{
    return core_->routes(to, now);
}
std::vector<RegistrationStatus> SipEndpoint::registrations() const
{
    return core_->registrations();
}
const Doorkeeper* SipEndpoint::door() const
{
    return core_->door();
}
const Counters& SipEndpoint::counters() const
{
    return core_->counters();
}
std::size_t SipEndpoint::leg_count() const
{
    return core_->leg_count();
}
std::size_t SipEndpoint::transaction_count() const
{
    return core_->transaction_count();
}

void SipEndpoint::Core::handle(const Event& event, Instant now, Commands& out)
{
    handle_timeout(now, out); // What was due before this event happens before it.
    std::visit([&](const auto& e) { on(e, now, out); }, event);
    work_off_news(now, out);
}

void SipEndpoint::Core::handle_timeout(Instant now, Commands& out)
{
    while (const auto due = deadline()) {
        if (*due > now)
            return;
        if (layer_.deadline() == due) { // Of two at the same moment, transactions go first.
            layer_.handle_timeout(now, pending_);
            collect(out);
        } else {
            const LegNumber number = *schedule_.due(now);
            if (lines_.contains(number)) {
                on_line_timer(number, now, out);
                continue;
            }
            SipLeg& leg = legs_.at(number);
            while (const auto fired = leg.timers.take_due(now))
                on_leg_timer(leg, fired->timer, fired->when, now, out);
            settle(number);
        }
        work_off_news(now, out);
    }
}

std::optional<Instant> SipEndpoint::Core::deadline() const
{
    const auto a = layer_.deadline();
    const auto b = schedule_.next();
    return a && b ? std::min(a, b) : (a ? a : b);
}

void SipEndpoint::Core::on(const MessageReceived& received, Instant now, Commands& out)
{
    // RFC 5626 3.5.1 and what routers' keepalives look like in practice.
    if (std::ranges::all_of(received.bytes, [](char c) { return c == '\r' || c == '\n' || c == '\0'; })) {
        ++counters_.keepalives;
        return;
    }
    if (door_ && door_->is_deaf_to(received.source, now))
        return;
    auto message = parse_message(received.bytes);
    if (!message) {
        ++counters_.messages_dropped;
        return;
    }
    if (auto* request = std::get_if<Request>(&*message))
        on_request(std::move(*request), received.source, now, out);
    else
        on_response(std::move(std::get<Response>(*message)), received.source, now, out);
}

void SipEndpoint::Core::on_request(Request request, const Hop& source, Instant now, Commands& out)
{
    const auto via = read_return_path(request.headers);
    if (!via || source.address.port == 0) {
        ++counters_.messages_dropped;
        return;
    }
    Hop reply_to = response_destination(*via, source);
    mark_source(request, source.address);
    auto envelope = read_envelope(request.headers);
    if (!envelope)
        return turn_away(request, source, reply_to, 400, envelope.error().what, now, out);
    if (const auto bounded = bound_body(request.headers, request.body); !bounded)
        return turn_away(request, source, reply_to, 400, bounded.error().what, now, out);
    if (layer_.absorb(request, *envelope, now, pending_)) {
        ++counters_.retransmissions_absorbed;
        collect(out);
        return;
    }
    Received received { std::move(request), std::move(*envelope), source, std::move(reply_to) };
    if (!enter(received, now, out))
        return;
    if (const auto defect = find_defect(received.request, received.envelope, source.transport)) {
        refuse(received.request, received.reply_to, defect->status, defect->what, out);
        return;
    }
    on_new_request(received, now, out);
}

void SipEndpoint::Core::on_new_request(const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    if (request.method == "ACK") {
        on_ack(received, now, out);
        return;
    }
    if (request.method == "CANCEL") {
        on_cancel(received, now, out);
        return;
    }
    static constexpr std::array within { "UPDATE", "INFO", "PRACK" }; // Of a dialog alone.
    const bool refers = request.method == "REFER" && takes_referrals();
    const bool needs_dialog = refers || std::ranges::find(within, request.method) != within.end();
    const bool registers = request.method == "REGISTER" && door_ && door_->has_users();
    if (!needs_dialog && !registers && request.method != "INVITE" && request.method != "BYE"
        && request.method != "OPTIONS") {
        refuse(request, received.reply_to, 405, {}, out, "Allow", allowed_methods());
        return;
    }
    if (refuse_extensions(received, out))
        return;
    if (registers)
        return on_register(received, now, out);
    if (!received.envelope.within_dialog()) {
        on_outside_dialog(received, now, out);
        return;
    }
    SipLeg* leg = find_dialog(received.envelope);
    if (leg == nullptr)
        return turn_away(request, received.source, received.reply_to, 481, {}, now, out);
    on_within_dialog(*leg, received, now, out);
}

void SipEndpoint::Core::on_outside_dialog(const Received& received, Instant now, Commands& out)
{
    if (received.request.method == "OPTIONS")
        answer_options(received, out);
    else if (received.request.method == "REFER") // To begin calls for somebody else is nothing that we do.
        refuse(received.request, received.reply_to, 403, {}, out);
    else if (received.request.method != "INVITE")
        refuse(received.request, received.reply_to, 481, {}, out);
    else if (layer_.is_merged(received.envelope))
        refuse(received.request, received.reply_to, 482, {}, out);
    else
        on_invite(received, now, out);
}

// RFC 3261 8.2.2.3: extensions that are required and unknown here are named back.
bool SipEndpoint::Core::refuse_extensions(const Received& received, Commands& out)
{
    const auto required = received.request.headers.list("Require");
    if (!required) {
        refuse(received.request, received.reply_to, 400, "Require", out);
        return true;
    }
    std::string unsupported;
    for (const std::string& tag : *required)
        if (!is_supported(tag))
            unsupported += (unsupported.empty() ? "" : ", ") + tag;
    if (unsupported.empty())
        return false;
    refuse(received.request, received.reply_to, 420, {}, out, "Unsupported", unsupported);
    return true;
}

void SipEndpoint::Core::answer_options(const Received& received, Commands& out)
{
    Response response = make_response(received.request, 200, stateless_tag(received.request));
    add_abilities(response.headers);
    response.headers.add("Accept", "application/sdp");
    response.headers.add("Contact", contact(received.source));
    response.headers.add("Server", settings_.product);
    send({ write(response), received.reply_to }, out);
}

bool SipEndpoint::Core::is_ours(const Via& via) const
{
    const auto matches = [&](const SocketAddress& address) {
        const std::string port = ':' + std::to_string(address.port);
        return via.sent_by() == lower(address.ip) + port
            || (!settings_.inner_ip.empty() && via.sent_by() == lower(settings_.inner_ip) + port);
    };
    return matches(settings_.local) || (settings_.local_tls && matches(*settings_.local_tls));
}

void SipEndpoint::Core::on_response(Response response, const Hop& source, Instant now, Commands& out)
{
    const auto envelope = read_envelope(response.headers);
    const auto vias = response.headers.list("Via");
    const bool ours = envelope && vias->size() == 1 // RFC 3261 8.1.3.3
        && is_ours(envelope->via);                  // 18.1.2
    if (!ours || !bound_body(response.headers, response.body)) {
        ++counters_.messages_dropped;
        return;
    }
    const auto delivery = layer_.receive(response, *envelope, now, pending_);
    collect(out);
    if (!delivery) {
        ++counters_.retransmissions_absorbed;
        return;
    }
    if (on_line_response(delivery->leg, delivery->transaction, response, now, out))
        return;
    const auto found = legs_.find(delivery->leg);
    if (found == legs_.end())
        return;
    SipLeg& leg = found->second;
    if (answer_challenge(leg, delivery->transaction, response, now, out))
        return settle(delivery->leg);
    if (delivery->transaction == leg.transaction)
        on_invite_response(leg, response, *envelope, source, now, out);
    else if (leg.own && delivery->transaction == leg.own->transaction)
        on_own_response(leg, response, now, out);
    else if (leg.referral && leg.referral->open && delivery->transaction == leg.referral->notify
        && response.status >= 200) // RFC 6665 4.2.2: a failure ends the subscription.
        on_notify_answered(leg, response.status >= 300, now, out);
    else if (delivery->transaction == leg.reinvite && leg.reinvite_ack && response.status >= 200)
        send(*leg.reinvite_ack, out); // It was lost.
    settle(delivery->leg);            // What a BYE or CANCEL brings changes nothing.
}

// Without a transaction (RFC 3261 8.2.7): a peer cannot make us remember what we refused. A lost response is made good
// by the next retransmission of the request.
void SipEndpoint::Core::refuse(const Request& request, const Hop& to, std::uint16_t status, std::string_view what,
    Commands& out, std::string_view field, std::string_view value)
{
    if (request.method == "ACK") { // RFC 3261 17.1.1.3: nothing answers an ACK.
        ++counters_.messages_dropped;
        return;
    }
    ++counters_.requests_refused;
    Response response = make_response(request, status, stateless_tag(request));
    if (!what.empty())
        response.reason = "Bad " + std::string(what);
    if (!field.empty())
        response.headers.add(field, value);
    if (status == 503)
        response.headers.add("Retry-After", std::to_string(to_milliseconds(settings_.retry_after) / 1'000));
    response.headers.add("Server", settings_.product);
    send({ write(response), to }, out);
}

void SipEndpoint::Core::on(const FlowLost& event, Instant now, Commands& out)
{
    if (door_)
        door_->registrar.flow_closed(event.flow.flow);
    layer_.lose_flow(event.flow, now, pending_);
    collect(out);
}

void SipEndpoint::Core::on(const MessageNotSent& event, Instant now, Commands& out)
{
    layer_.fail_transport(event.destination, now, pending_);
    collect(out);
    // An INVITE that lost its transaction before it was answered can never be: nobody waits for its leg any more.
    std::vector<LegNumber> lost;
    for (const auto& [transaction, number] : invites_)
        if (!layer_.is_open(transaction))
            lost.push_back(number);
    std::ranges::sort(lost);
    for (const LegNumber number : lost) {
        end(legs_.at(number), LegState::ended, LegEndReason::error, "cannot be reached", out);
        settle(number);
    }
}

bool SipEndpoint::Core::is_full() const
{
    return layer_.size() >= settings_.limits.max_transactions
        || layer_.kept_bytes() >= settings_.limits.max_transaction_bytes;
}

SipLeg* SipEndpoint::Core::find_leg(const LegId& id)
{
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? nullptr : &legs_.at(found->second);
}

SipLeg* SipEndpoint::Core::find_dialog(const Envelope& envelope)
{
    const auto found = dialogs_.find(dialog_key(envelope.call_id, envelope.to.tag(), envelope.from.tag()));
    return found == dialogs_.end() ? nullptr : &legs_.at(found->second);
}

SipLeg& SipEndpoint::Core::add_leg(LegId id, LegRole role)
{
    VERIFY(!numbers_.contains(id));
    const LegNumber number = ++last_leg_;
    SipLeg& leg = legs_[number];
    leg.number = number;
    leg.role = role;
    leg.id = std::move(id);
    numbers_.emplace(leg.id, number);
    return leg;
}

void SipEndpoint::Core::settle(LegNumber number)
{
    const auto found = legs_.find(number);
    if (found == legs_.end())
        return;
    const SipLeg& leg = found->second;
    // An outgoing leg stays as long as its INVITE may bring more answers (RFC 6026), and every one until its BYE is
    // answered.
    const bool awaited = (leg.role == LegRole::outgoing && layer_.is_open(leg.transaction)) || layer_.is_open(leg.bye)
        || layer_.is_open(leg.reinvite);
    if (leg.state != LegState::ended || awaited) {
        schedule_.set(number, leg.timers.next());
        return;
    }
    dialogs_.erase(leg.dialog.key());
    schedule_.set(number, {});
    legs_.erase(found);
}

void SipEndpoint::Core::collect(Commands& out)
{
    for (Packet& packet : pending_.packets)
        send(std::move(packet), out);
    pending_.packets.clear();
    counters_.retransmissions += pending_.retransmissions;
    pending_.retransmissions = 0;
}

void SipEndpoint::Core::work_off_news(Instant now, Commands& out)
{
    while (!pending_.news.empty()) {
        const std::vector<ClientNews> news = std::move(pending_.news);
        pending_.news.clear();
        for (const ClientNews& item : news)
            on_client_news(item, now, out);
    }
}

void SipEndpoint::Core::send(Packet packet, Commands& out)
{
    out.emplace_back(SendMessage { std::move(packet.bytes), std::move(packet.destination) });
}

void SipEndpoint::Core::add_via(Request& request, const Hop& next)
{
    Headers headers;
    headers.add("Via",
        "SIP/2.0/" + std::string(via_name(next.transport)) + ' ' + host_port(local(next))
            + ";rport;branch=" + std::string(magic_cookie) + ids_.token(20));
    for (const Header& header : request.headers.fields())
        headers.add(header.name, header.value);
    request.headers = std::move(headers);
}

SocketAddress SipEndpoint::Core::local(const Hop& peer) const
{
    SocketAddress address
        = peer.transport == Transport::tls && settings_.local_tls ? *settings_.local_tls : settings_.local;
    if (is_inside(settings_.local_networks, peer.address.ip))
        address.ip = settings_.inner_ip;
    return address;
}

sdp::LocalMedia SipEndpoint::Core::as_reached(sdp::LocalMedia media, const Hop& peer) const
{
    if (is_inside(settings_.local_networks, peer.address.ip))
        media.rtp.ip = settings_.inner_ip;
    return media;
}

std::string SipEndpoint::Core::contact(const Hop& peer) const
{
    return '<' + sip_uri({}, local(peer), peer.transport) + '>';
}

std::string SipEndpoint::Core::contact(const SipDialog& dialog) const
{
    if (dialog.secure)
        return "<sips:" + host_port(local({ dialog.peer.address, Transport::tls })) + '>';
    return contact(dialog.peer);
}

void SipEndpoint::Core::add_abilities(Headers& headers) const
{
    headers.add("Allow", allowed_methods());
    std::string supported;
    for (const std::string_view option : { "100rel", "timer", "norefersub" })
        if (is_supported(option))
            supported += (supported.empty() ? "" : ", ") + std::string(option);
    headers.add("Supported", supported);
}

std::string SipEndpoint::Core::allowed_methods() const
{
    return std::string("INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK") + (takes_referrals() ? ", REFER" : "");
}

bool SipEndpoint::Core::is_supported(std::string_view option) const
{
    return same_word(option, "100rel") || (same_word(option, "timer") && settings_.session_interval != Duration {})
        || (same_word(option, "norefersub") && takes_referrals());
}

TransactionId SipEndpoint::Core::open_server(const Received& received)
{
    return layer_.open_server(received.request, received.envelope, received.reply_to);
}

void SipEndpoint::Core::respond(TransactionId id, Response response, Instant now, Commands& out)
{
    response.headers.add("Server", settings_.product);
    layer_.respond(id, response, now, pending_);
    collect(out);
}

Response SipEndpoint::Core::local_response(const SipLeg& leg, const Request& request, std::uint16_t status) const
{
    return make_response(request, status, leg.dialog.local_tag);
}

BodyResult read_description(const Headers& headers, const std::string& body)
{
    if (body.empty())
        return std::monostate {};
    const std::string* type = headers.find("Content-Type");
    const std::string_view media_type
        = type != nullptr ? trim(std::string_view(*type).substr(0, type->find(';'))) : std::string_view();
    if (!same_word(media_type, "application/sdp"))
        return BodyError { 415, {} };
    if (const std::string* encoding = headers.find("Content-Encoding");
        encoding != nullptr && !encoding->empty() && !same_word(*encoding, "identity"))
        return BodyError { 415, {} };
    auto description = sdp::parse(body);
    if (!description)
        return BodyError { 400, description.error().what };
    return std::move(*description);
}

} // namespace parley::sip
