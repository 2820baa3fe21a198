// Where the trunks' servers are, and our registrations with them.

#include "sip/endpoint_core.h"

#include <algorithm>

namespace parley::sip {

void SipEndpoint::Core::on(const StartTrunks&, Instant now, Commands& out)
{
    if (!door_ || trunks_started_)
        return;
    trunks_started_ = true;
    for (const Trunk& trunk : door_->trunks.all())
        open_line(trunk, now, out);
}

void SipEndpoint::Core::open_line(const Trunk& trunk, Instant now, Commands& out)
{
    if (trunk.server.empty())
        return;
    const LegNumber number = ++last_leg_;
    TrunkLine& line = lines_[number];
    line.trunk = trunk.name;
    if (!trunk.registers) {
        out.emplace_back(LocateTrunk { trunk.name, trunk.server });
        return;
    }
    line.registration.emplace(
        trunk, door_->settings().registration,
        [this, user = trunk.username](const Hop& hop) { return sip_uri(user, local(hop), hop.transport); },
        IdSource((std::uint64_t { ids_.number() } << 32) | ids_.number()));
    RegistrationCommands commands;
    line.registration->start(commands);
    carry_out(number, commands, now, out);
}

void SipEndpoint::Core::on(const SettingsChanged& changed, Instant now, Commands& out)
{
    settings_.limits.max_legs = changed.max_legs;
    settings_.sound = changed.sound;
    settings_.srtp = changed.srtp;
    settings_.keys_over = changed.keys_over;
    settings_.referrers = changed.referrers;
    if (!door_)
        return;
    const std::vector<Trunk> before = door_->trunks.all();
    door_->change(changed.access);
    std::vector<LegNumber> gone;
    for (const auto& [number, line] : lines_) {
        const auto was = std::ranges::find(before, line.trunk, &Trunk::name);
        const Trunk* is = door_->trunks.find(line.trunk);
        if (!line.leaves && (is == nullptr || !is->is_same_line(*was)))
            gone.push_back(number);
    }
    for (const LegNumber number : gone)
        close_line(number, now, out);
    if (!trunks_started_)
        return;
    for (const Trunk& trunk : door_->trunks.all()) // Those whose old line is still leaving follow it.
        if (std::ranges::none_of(lines_, [&](const auto& entry) { return entry.second.trunk == trunk.name; }))
            open_line(trunk, now, out);
}

void SipEndpoint::Core::close_line(LegNumber number, Instant now, Commands& out)
{
    TrunkLine& line = lines_.at(number);
    line.leaves = true;
    line.locate.reset();
    if (line.registration && line.registration->status().state == RegistrationState::stopped)
        drop_closed_line(number, now, out);
    else
        tell_line(number, StopRegistration {}, now, out);
}

// Both registrations are of the same contact: the new one must not be taken back by what the old one still sends.
void SipEndpoint::Core::drop_closed_line(LegNumber number, Instant now, Commands& out)
{
    const auto line = lines_.find(number);
    if (line == lines_.end() || !line->second.leaves
        || (line->second.registration && line->second.registration->status().state != RegistrationState::stopped))
        return;
    const std::string name = line->second.trunk;
    schedule_.set(number, std::nullopt);
    lines_.erase(line);
    if (const Trunk* trunk = door_->trunks.find(name); trunk != nullptr && trunks_started_)
        open_line(*trunk, now, out);
}

void SipEndpoint::Core::on(const StopTrunks&, Instant now, Commands& out)
{
    trunks_started_ = false;
    std::vector<LegNumber> all;
    for (const auto& [number, line] : lines_)
        all.push_back(number);
    for (const LegNumber number : all) {
        TrunkLine& line = lines_.at(number);
        line.locate.reset();
        tell_line(number, StopRegistration {}, now, out);
    }
}

void SipEndpoint::Core::on(const TrunkLocated& located, Instant now, Commands& out)
{
    const auto found = std::ranges::find_if(
        lines_, [&](const auto& entry) { return entry.second.trunk == located.trunk && !entry.second.leaves; });
    const Trunk* trunk = door_ ? door_->trunks.find(located.trunk) : nullptr;
    const bool is_asked_for = located.uri.empty() || (trunk != nullptr && trunk->server == located.uri);
    if (found == lines_.end() || trunk == nullptr || !is_asked_for)
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
    drop_closed_line(number, now, out);
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
        } else if (!line.leaves) {
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
