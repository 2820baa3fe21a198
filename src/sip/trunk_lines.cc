// Where the trunks' servers are, and our registrations with them.

#include "sip/endpoint_core.h"

#include <algorithm>

namespace parley::sip {

void SipEndpoint::Core::on(const StartTrunks&, Instant now, Commands& out)
{
    if (!door_ || !lines_.empty())
        return;
    for (const Trunk& trunk : door_->trunks.all()) {
        if (trunk.server.empty())
            continue;
        const LegNumber number = ++last_leg_;
        TrunkLine& line = lines_[number];
        line.trunk = trunk.name;
        if (!trunk.registers) {
            out.emplace_back(LocateTrunk { trunk.name, trunk.server });
            continue;
        }
        line.registration.emplace(
            trunk, door_->settings().registration,
            [this, user = trunk.username](const Hop& hop) { return sip_uri(user, local(hop), hop.transport); },
            IdSource((std::uint64_t { ids_.number() } << 32) | ids_.number()));
        RegistrationCommands commands;
        line.registration->start(commands);
        carry_out(number, commands, now, out);
    }
}

void SipEndpoint::Core::on(const StopTrunks&, Instant now, Commands& out)
{
    for (auto& [number, line] : lines_) {
        line.locate.reset();
        tell_line(number, StopRegistration {}, now, out);
    }
}

void SipEndpoint::Core::on(const TrunkLocated& located, Instant now, Commands& out)
{
    const auto found
        = std::ranges::find_if(lines_, [&](const auto& entry) { return entry.second.trunk == located.trunk; });
    if (found == lines_.end())
        return;
    if (!located.hops.empty()) // Else what was known goes on.
        door_->trunks.resolved(located.trunk, located.hops);
    found->second.locate = now + door_->settings().locate_every;
    tell_line(found->first, ServerLocated { located.hops }, now, out);
}

bool SipEndpoint::Core::has_room_on_trunk(std::string_view trunk) const
{
    return !door_ || trunk.empty() || door_->has_room(Doorkeeper::party_of_trunk(trunk), trunk);
}

void SipEndpoint::Core::use_trunk(SipLeg& leg, const DialSipLeg& command)
{
    const Trunk* trunk = door_ && !command.trunk.empty() ? door_->trunks.find(command.trunk) : nullptr;
    if (trunk == nullptr)
        return;
    const DialLeg& dial = command.dial;
    const std::string fallback = trunk->caller_id.empty() ? trunk->username : trunk->caller_id;
    const std::string number = dial.from.empty() ? fallback : dial.from;
    const std::string name = dial.from_name.empty() ? "" : quote(dial.from_name) + ' ';
    std::string shown = number;
    if (trunk->caller_id_field == CallerIdField::asserted_identity) {
        leg.asserted_identity = name + '<' + sip_address(number, trunk->host()) + '>';
        if (!trunk->username.empty())
            shown = trunk->username;
    }
    leg.dialog.local = name + '<' + sip_address(shown, trunk->host()) + ">;tag=" + leg.dialog.local_tag;
    if (!trunk->username.empty())
        leg.digest.emplace(DigestAccount { trunk->username, trunk->password });
    count_call(leg, Doorkeeper::party_of_trunk(trunk->name));
}

void SipEndpoint::Core::authorize(SipLeg& leg, Request& request)
{
    if (leg.digest && leg.digest->has_challenge())
        leg.digest->authorize(request, ids_);
}

void SipEndpoint::Core::on_line_timer(LegNumber number, Instant now, Commands& out)
{
    TrunkLine& line = lines_.at(number);
    if (line.locate && *line.locate <= now) {
        line.locate.reset(); // Set again by the answer.
        out.emplace_back(LocateTrunk { line.trunk, door_->trunks.find(line.trunk)->server });
    }
    RegistrationCommands commands;
    if (line.registration)
        line.registration->handle_timeout(now, commands);
    carry_out(number, commands, now, out);
}

bool SipEndpoint::Core::on_line_response(
    LegNumber number, TransactionId transaction, const Response& response, Instant now, Commands& out)
{
    const auto found = lines_.find(number);
    if (found == lines_.end())
        return false;
    if (found->second.transaction == transaction) // Else of a request that was replaced.
        tell_line(number, RegisterAnswered { response }, now, out);
    return true;
}

bool SipEndpoint::Core::on_line_news(const ClientNews& news, Instant now, Commands& out)
{
    const auto found = lines_.find(news.leg);
    if (found == lines_.end())
        return false;
    if (found->second.transaction != news.transaction)
        return true;
    switch (news.kind) {
    case ClientNews::Kind::timed_out: tell_line(news.leg, RegisterUnanswered { "no response" }, now, out); break;
    case ClientNews::Kind::transport_error:
        tell_line(news.leg, RegisterUnanswered { "cannot be reached" }, now, out);
        break;
    case ClientNews::Kind::gone: break;
    }
    return true;
}

void SipEndpoint::Core::tell_line(LegNumber number, const RegistrationEvent& event, Instant now, Commands& out)
{
    RegistrationCommands commands;
    if (auto& registration = lines_.at(number).registration)
        registration->handle(event, now, commands);
    carry_out(number, commands, now, out);
}

void SipEndpoint::Core::carry_out(LegNumber number, const RegistrationCommands& commands, Instant now, Commands& out)
{
    TrunkLine& line = lines_.at(number);
    for (const RegistrationCommand& command : commands) {
        if (const auto* to_send = std::get_if<SendRegister>(&command)) {
            Request request = to_send->request;
            add_via(request, to_send->hop);
            line.transaction = layer_.send(std::move(request), to_send->hop, number, now, pending_);
            collect(out);
        } else if (const auto* changed = std::get_if<RegistrationChanged>(&command)) {
            out.emplace_back(*changed);
        } else {
            line.locate.reset();
            out.emplace_back(LocateTrunk { line.trunk, door_->trunks.find(line.trunk)->server });
        }
    }
    const auto due = line.registration ? line.registration->deadline() : std::nullopt;
    schedule_.set(number, due && line.locate ? std::min(due, line.locate) : (due ? due : line.locate));
}

std::vector<RegistrationStatus> SipEndpoint::Core::registrations() const
{
    std::vector<RegistrationStatus> all;
    for (const auto& [number, line] : lines_)
        if (line.registration)
            all.push_back(line.registration->status());
    return all;
}

} // namespace parley::sip
