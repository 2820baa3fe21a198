// Who may begin something, and REGISTER (RFC 3261 10.3, 22).

#include "sip/endpoint_core.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {

namespace {

constexpr std::uint64_t log_each = 1'000; // Strangers are many: the first line of a row is worth reading.

} // namespace

// The source that nobody knows may ask a little, not much.
void SipEndpoint::Core::turn_away(const Request& request, const Hop& source, const Hop& to, std::uint16_t status,
    std::string_view what, Instant now, Commands& out)
{
    if (!door_ || door_->answers(source, now))
        refuse(request, to, status, what, out);
}

bool SipEndpoint::Core::enter(Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const bool registers = request.method == "REGISTER"; // No dialog, whatever tag it brings.
    if ((received.envelope.within_dialog() && !registers) || request.method == "ACK" || request.method == "CANCEL")
        return true;
    if (!door_) {
        received.admission.called = called_user(request, received.envelope, {});
        return true;
    }
    door_->registrar.handle_timeout(now);
    received.admission = door_->admit(request, received.envelope, received.source, now);
    const Admission& admission = received.admission;
    const auto from = host_port(received.source.address);
    switch (admission.kind) {
    case Admission::Kind::admitted: break;
    case Admission::Kind::dropped:
        if (const auto dropped = door_->counters().strangers_dropped; dropped % log_each == 1)
            log_.info("sip stranger not answered", { { "source", from }, { "dropped", dropped } });
        return false;
    case Admission::Kind::refused:
        if (admission.locks_out)
            log_.warning("sip source locked out", { { "source", from } });
        refuse(request, received.reply_to, admission.status, {}, out);
        return false;
    case Admission::Kind::challenged: {
        Response response = make_response(request, 401, stateless_tag(request));
        response.headers.add_all("WWW-Authenticate", admission.challenges);
        response.headers.add("Server", settings_.product);
        send({ write(response), received.reply_to }, out);
        return false;
    }
    }
    if (request.method == "INVITE" && !door_->has_room(admission.party, admission.trunk)) {
        refuse(request, received.reply_to, 503, {}, out);
        return false;
    }
    return true;
}

void SipEndpoint::Core::on_register(const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const Envelope& envelope = received.envelope;
    if (envelope.to.uri.user != received.admission.user) // RFC 3261 10.3 step 4: for themselves alone.
        return refuse(request, received.reply_to, 403, {}, out);
    if (is_full())
        return refuse(request, received.reply_to, 503, {}, out);
    const bool was_there = !door_->registrar.lookup(received.admission.user, now).empty();
    Registrar::Answer answer
        = door_->registrar.handle(received.admission.user, request, envelope, received.source, now);
    Response response = make_response(request, answer.status, ids_.token(16));
    if (!answer.what.empty())
        response.reason = "Bad " + answer.what;
    for (const Header& field : answer.fields)
        response.headers.add(field.name, field.value);
    if (answer.status == 503)
        response.headers.add("Retry-After", std::to_string(to_milliseconds(settings_.retry_after) / 1'000));
    respond(open_server(received), std::move(response), now, out);
    const bool is_there = !door_->registrar.lookup(received.admission.user, now).empty();
    if (was_there != is_there)
        log_.info(is_there ? "phone registered" : "phone left",
            { { "user", Pii<std::string>(received.admission.user) },
                { "source", host_port(received.source.address) } });
}

void SipEndpoint::Core::count_call(SipLeg& leg, std::string party)
{
    leg.party = std::move(party);
    if (door_)
        door_->call_began(leg.party);
}

std::vector<DialRoute> SipEndpoint::Core::routes(std::string_view to, Instant now) const
{
    const std::string scheme = lower(to.substr(0, to.find(':') + 1));
    const bool is_uri = scheme == "sip:" || scheme == "sips:" || scheme == "tel:";
    const auto uri = is_uri ? parse_uri(to) : Result<Uri>(Uri {});
    if (!uri)
        return {};
    const std::string user = is_uri ? uri->user : std::string(to);
    const bool is_our_address = is_uri && same_word(uri->host, settings_.local.ip)
        && uri->port.value_or(settings_.local.port) == settings_.local.port;
    const bool here = !is_uri || scheme == "tel:" || is_our_address
        || (door_ && same_word(uri->host, door_->settings().digest.realm));
    if (!here)
        return { { uri->text } };
    if (!door_ || user.empty())
        return {};
    std::vector<DialRoute> found;
    for (const Binding& binding : door_->registrar.lookup(user, now))
        found.push_back({ binding.contact, { binding.hop }, {}, true });
    if (!found.empty() || door_->settings().users.contains(user))
        return found; // A user of ours whose phone is off is not looked for elsewhere.
    const Trunk* trunk = door_->trunks.for_number(user);
    if (trunk == nullptr)
        return {};
    return { { sip_address(user, trunk->host()), door_->trunks.hops(trunk->name), trunk->name } };
}

} // namespace parley::sip
