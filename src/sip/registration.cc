#include "sip/registration.h"

#include "sip/fields.h"

#include <algorithm>
#include <utility>

namespace parley::sip {
namespace {

constexpr std::uint64_t max_seconds = 0xFFFF'FFFF; // RFC 3261 20.19
constexpr Duration refresh_margin = 60s;           // Before the end, when the time granted allows it.

std::int64_t to_seconds(Duration duration)
{
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

// RFC 3261 10.2.4: what the registrar granted to our contact; it may list those of others too.
Duration granted(const Response& response, std::string_view contact, Duration asked)
{
    std::optional<std::uint64_t> seconds;
    const auto ours = parse_uri(contact);
    if (const auto values = response.headers.list("Contact"); values && ours) {
        for (const std::string& value : *values) {
            const auto listed = parse_name_addr(value);
            if (!listed)
                continue;
            const Parameter* expires = find_parameter(listed->parameters, "expires");
            const bool same = listed->uri.user == ours->user && same_word(listed->uri.host, ours->host)
                && listed->uri.port == ours->port;
            // A proxy in between may have rewritten our address: a single contact is ours in any case.
            if (expires != nullptr && expires->value && (same || values->size() == 1))
                seconds = parse_number(*expires->value, max_seconds);
        }
    }
    if (!seconds)
        if (const std::string* field = response.headers.find("Expires"))
            seconds = parse_number(*field, max_seconds);
    return seconds ? Duration(std::chrono::seconds(*seconds)) : asked;
}

} // namespace

std::string_view to_string(RegistrationState state)
{
    switch (state) {
    case RegistrationState::locating: return "locating";
    case RegistrationState::registering: return "registering";
    case RegistrationState::registered: return "registered";
    case RegistrationState::failed: return "failed";
    case RegistrationState::unregistering: return "unregistering";
    case RegistrationState::stopped: break;
    }
    return "stopped";
}

Registration::Registration(const Trunk& trunk, const RegistrationSettings& settings, Contact contact, IdSource ids)
    : registrar_("sip:" + trunk.host())
    , identity_('<' + sip_address(trunk.username, trunk.host()) + '>')
    , settings_(settings)
    , wanted_(trunk.expires)
    , contact_(std::move(contact))
    , ids_(std::move(ids))
    , digest_({ trunk.username, trunk.password })
    , has_account_(!trunk.username.empty())
    , call_id_(ids_.token(24))
    , tag_(ids_.token(16))
    , asked_(trunk.expires)
{
    status_.trunk = trunk.name;
}

void Registration::start(RegistrationCommands& out)
{
    locate(out);
}

void Registration::locate(RegistrationCommands& out)
{
    locating_ = true;
    out.emplace_back(LocateServer {});
}

void Registration::handle(const RegistrationEvent& event, Instant now, RegistrationCommands& out)
{
    handle_timeout(now, out); // What was due before this event happens before it.
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void Registration::handle_timeout(Instant now, RegistrationCommands& out)
{
    if (!due_ || now < *due_)
        return;
    due_.reset();
    if (status_.state == RegistrationState::registered && status_.expires && *status_.expires <= now) {
        status_.expires.reset();
        change(RegistrationState::registering, "expired", out);
    }
    if (!waits_)
        locate(out); // Names may have moved since; the answer comes from a cache as a rule.
}

void Registration::on(const ServerLocated& located, Instant now, RegistrationCommands& out)
{
    if (!std::exchange(locating_, false) || status_.state == RegistrationState::stopped
        || status_.state == RegistrationState::unregistering)
        return;
    if (located.hops.empty())
        return fail("the server's name does not resolve", now, out);
    hops_ = located.hops;
    // The server that holds the registration is asked first as long as its name leads to it.
    const auto same
        = std::ranges::find_if(hops_, [&](const Hop& hop) { return status_.server && same_way(hop, *status_.server); });
    if (status_.state == RegistrationState::registered && same != hops_.end())
        std::rotate(hops_.begin(), same, same + 1);
    hop_ = 0;
    if (status_.state != RegistrationState::registered)
        change(RegistrationState::registering, {}, out);
    challenges_ = 0;
    send(out);
}

void Registration::send(RegistrationCommands& out)
{
    VERIFY(hop_ < hops_.size());
    const bool leaves = status_.state == RegistrationState::unregistering;
    Request request { "REGISTER", registrar_ };
    request.headers.add("Max-Forwards", "70");
    request.headers.add("From", identity_ + ";tag=" + tag_);
    request.headers.add("To", identity_);
    request.headers.add("Call-ID", call_id_);
    request.headers.add("CSeq", std::to_string(++cseq_) + " REGISTER");
    request.headers.add("Contact", '<' + contact_(hops_[hop_]) + '>');
    request.headers.add("Expires", leaves ? "0" : std::to_string(to_seconds(asked_)));
    request.headers.add("User-Agent", settings_.product);
    digest_.authorize(request, ids_);
    waits_ = true;
    status_.server = hops_[hop_];
    out.emplace_back(SendRegister { std::move(request), hops_[hop_] });
}

void Registration::on(const RegisterAnswered& answered, Instant now, RegistrationCommands& out)
{
    const Response& response = answered.response;
    if (!waits_ || response.status < 200)
        return;
    waits_ = false;
    if (status_.state == RegistrationState::stopped)
        return;
    if (response.status < 300)
        return accepted(response, now, out);
    const std::string what = std::to_string(response.status) + ' ' + response.reason;
    if (response.status == 401 || response.status == 407) {
        if (!has_account_ || !digest_.take_challenges(response, challenges_))
            return fail(what + ": the account is refused", now, out);
        ++challenges_;
        return send(out);
    }
    if (status_.state == RegistrationState::unregistering)
        return change(RegistrationState::stopped, what, out);
    if (response.status == 423) {
        const std::string* field = response.headers.find("Min-Expires");
        const auto least = field != nullptr ? parse_number(*field, max_seconds) : std::nullopt;
        if (!least || Duration(std::chrono::seconds(*least)) <= asked_)
            return fail(what, now, out);
        asked_ = std::chrono::seconds(*least);
        return send(out);
    }
    // RFC 3263 4.3: another server may be able to when this one is not.
    if (response.status == 503 || response.status == 408)
        return try_next(what, now, out);
    fail(what, now, out);
}

void Registration::on(const RegisterUnanswered& unanswered, Instant now, RegistrationCommands& out)
{
    if (!waits_)
        return;
    waits_ = false;
    if (status_.state == RegistrationState::unregistering)
        return change(RegistrationState::stopped, unanswered.why, out);
    if (status_.state != RegistrationState::stopped)
        try_next(unanswered.why, now, out);
}

void Registration::on(const StopRegistration&, Instant, RegistrationCommands& out)
{
    due_.reset();
    if (status_.state != RegistrationState::registered) {
        if (status_.state != RegistrationState::unregistering)
            change(RegistrationState::stopped, {}, out);
        return;
    }
    change(RegistrationState::unregistering, {}, out);
    challenges_ = 0;
    send(out);
}

void Registration::accepted(const Response& response, Instant now, RegistrationCommands& out)
{
    if (status_.state == RegistrationState::unregistering) {
        status_.expires.reset();
        return change(RegistrationState::stopped, {}, out);
    }
    const Duration time = granted(response, contact_(hops_[hop_]), asked_);
    if (time <= 0s)
        return fail("registered for no time", now, out);
    failures_ = 0;
    status_.expires = now + time;
    due_ = now + (time > 2 * refresh_margin ? time - refresh_margin : time / 2);
    if (status_.state != RegistrationState::registered)
        change(RegistrationState::registered, {}, out);
}

void Registration::try_next(std::string why, Instant now, RegistrationCommands& out)
{
    if (hop_ + 1 >= hops_.size())
        return fail(std::move(why), now, out);
    ++hop_;
    challenges_ = 0;
    send(out);
}

// What holds goes on holding until it expires; the next try comes in any case.
void Registration::fail(std::string why, Instant now, RegistrationCommands& out)
{
    if (status_.state == RegistrationState::unregistering)
        return change(RegistrationState::stopped, std::move(why), out);
    Duration wait = settings_.first_retry;
    for (std::uint32_t i = 0; i < failures_ && wait < settings_.max_retry; ++i)
        wait *= 2;
    wait = std::min(wait, settings_.max_retry);
    ++failures_;
    due_ = now + wait;
    if (status_.expires && *status_.expires > now) {
        due_ = std::min(*due_, *status_.expires);
        status_.detail = why;
        return;
    }
    status_.expires.reset();
    change(RegistrationState::failed, std::move(why), out);
}

void Registration::change(RegistrationState state, std::string detail, RegistrationCommands& out)
{
    status_.state = state;
    status_.detail = std::move(detail);
    out.emplace_back(RegistrationChanged { status_ });
}

} // namespace parley::sip
