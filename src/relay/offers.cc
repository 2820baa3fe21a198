#include "relay/offers.h"

#include <algorithm>
#include <tuple>

namespace parley::relay {

namespace {

constexpr Instant never = Instant::max();

} // namespace

void Offers::handle(const OfferEvent& event, Instant now, Commands& out)
{
    handle_timeout(now, out);
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void Offers::handle_timeout(Instant now, Commands& out)
{
    for (auto call = calls_.begin(); call != calls_.end();) {
        auto& [id, offered] = *call;
        while (due(offered) <= now && due(offered) < offered.refused)
            ask_next(id, offered, due(offered), out);
        if (offered.refused <= now) {
            for (const auto& connection : offered.asked)
                release(connection);
            out.emplace_back(RefuseCall { id });
            call = calls_.erase(call);
        } else {
            ++call;
        }
    }
}

Instant Offers::due(const Offered& offered)
{
    switch (offered.stage) {
    case Stage::taken: return never;
    case Stage::asking:
    case Stage::acknowledged:
    case Stage::missing: return std::min(offered.next, offered.refused);
    case Stage::waiting: break;
    }
    auto first = offered.refused;
    for (const auto& [connection, again] : offered.doubtful)
        first = std::min(first, again);
    return first;
}

std::optional<Instant> Offers::deadline() const
{
    auto first = never;
    for (const auto& [id, offered] : calls_)
        first = std::min(first, due(offered));
    return first == never ? std::nullopt : std::optional(first);
}

bool Offers::is_there(const ConnectionId& connection) const
{
    const auto client = clients_.find(connection);
    return client != clients_.end() && !client->second.away;
}

bool Offers::is_held(const Offered& offered) const
{
    return std::ranges::any_of(offered.acknowledged_by, [&](const auto& holder) { return is_there(holder); });
}

void Offers::on(const ClientSubscribed& e, Instant now, Commands& out)
{
    auto& client = clients_[e.connection];
    client.project = e.project;
    client.contexts = e.contexts;
    for (auto& [id, offered] : calls_) {
        const bool is_nobody_left
            = offered.stage == Stage::waiting || (offered.stage == Stage::acknowledged && offered.next == never);
        if (is_nobody_left && next_client(offered, now))
            ask_next(id, offered, now, out);
    }
}

void Offers::on(const ClientLeft& e, Instant now, Commands& out)
{
    clients_.erase(e.connection);
    connection_lost(e.connection, now, out);
}

void Offers::on(const ClientAway& e, Instant now, Commands& out)
{
    const auto client = clients_.find(e.connection);
    if (client == clients_.end())
        return;
    client->second.away = true;
    connection_lost(e.connection, now, out);
}

void Offers::connection_lost(const ConnectionId& connection, Instant now, Commands& out)
{
    for (auto& [id, offered] : calls_) {
        offered.doubtful.erase(connection);
        const bool was_asked_last = !offered.asked.empty() && offered.asked.back() == connection;
        if (offered.stage == Stage::acknowledged && !is_held(offered)) {
            // It was about to answer. It may be back in a moment, and the caller cannot wait for ever.
            offered.stage = Stage::missing;
            offered.next = now + policy_.acknowledgement;
            offered.refused = now + std::max(policy_.nobody, policy_.acknowledgement);
        } else if (was_asked_last && !offered.acknowledged_by.contains(connection)
            && (offered.stage == Stage::asking || offered.stage == Stage::acknowledged)) {
            ask_next(id, offered, now, out);
        }
    }
}

void Offers::on(const ClientReturned& e, Instant now, Commands& out)
{
    auto client = clients_.extract(e.before);
    if (!client)
        return;
    client.key() = e.now;
    client.mapped().away = false;
    clients_.insert(std::move(client));
    for (auto& [id, offered] : calls_) {
        std::ranges::replace(offered.asked, e.before, e.now);
        if (offered.acknowledged_by.erase(e.before) == 0)
            continue;
        if (offered.stage == Stage::taken || offered.stage == Stage::acknowledged)
            offered.acknowledged_by.insert(e.now);
        else
            acknowledged(id, offered, e.now, now, out);
    }
}

void Offers::on(const OfferDoubtful& e, Instant now, Commands&)
{
    const auto call = calls_.find(e.call);
    if (call == calls_.end() || call->second.stage == Stage::taken || call->second.stage == Stage::acknowledged)
        return;
    auto& offered = call->second;
    if (std::ranges::find(offered.asked, e.connection) == offered.asked.end())
        return;
    offered.doubtful.insert_or_assign(e.connection, now + policy_.acknowledgement);
    offered.refused = std::max(offered.refused, now + policy_.acknowledgement + policy_.acknowledgement);
}

void Offers::on(const OfferPassed& e, Instant now, Commands& out)
{
    const auto call = calls_.find(e.call);
    if (call == calls_.end())
        return;
    auto& offered = call->second;
    if (std::ranges::find(offered.asked, e.connection) == offered.asked.end())
        return;
    offered.doubtful.erase(e.connection);
    offered.acknowledged_by.erase(e.connection);
    const bool was_asked_last = offered.asked.back() == e.connection;
    if (offered.stage == Stage::asking && !was_asked_last)
        return; // Somebody else is being asked already.
    if (offered.stage == Stage::acknowledged && is_held(offered)) {
        if (was_asked_last)
            ask_next(e.call, offered, now, out);
        return;
    }
    offered.stage = Stage::waiting;
    offered.refused = now + policy_.nobody;
    ask_next(e.call, offered, now, out);
}

void Offers::on(const CallArrived& e, Instant now, Commands& out)
{
    const auto refused = now + policy_.nobody;
    const auto [call, is_new]
        = calls_.try_emplace(e.call, Offered { e.project, e.context, Stage::waiting, refused, refused, {} });
    if (is_new)
        ask_next(call->first, call->second, now, out);
}

void Offers::on(const OfferAcknowledged& e, Instant now, Commands& out)
{
    const auto call = calls_.find(e.call);
    if (call == calls_.end() || call->second.stage == Stage::taken || !clients_.contains(e.connection))
        return;
    if (std::ranges::find(call->second.asked, e.connection) != call->second.asked.end())
        acknowledged(e.call, call->second, e.connection, now, out);
}

// The first one that has it has it alone. When it lets its time pass and others are asked, whoever commands has it.
void Offers::acknowledged(
    const CallId& id, Offered& offered, const ConnectionId& connection, Instant now, Commands& out)
{
    if (offered.stage != Stage::acknowledged)
        give_to(id, offered, connection, out);
    offered.acknowledged_by.insert(connection);
    offered.stage = Stage::acknowledged;
    offered.next = now + policy_.command;
    offered.refused = never;
}

void Offers::on(const CallCommanded& e, Instant, Commands& out)
{
    const auto call = calls_.find(e.call);
    const auto client = clients_.find(e.connection);
    if (call == calls_.end() || client == clients_.end() || call->second.stage == Stage::taken)
        return;
    auto& offered = call->second;
    const bool was_asked = std::ranges::find(offered.asked, e.connection) != offered.asked.end();
    const bool has_it_alone = offered.acknowledged_by.contains(e.connection) && offered.asked.size() == 1;
    const bool joins = !was_asked && offered.stage == Stage::acknowledged; // Those that have it.
    if (!was_asked && !joins)
        ++client->second.calls;
    if (!has_it_alone && !joins)
        give_to(e.call, offered, e.connection, out);
    offered.stage = Stage::taken;
    offered.refused = never;
    offered.doubtful.clear();
}

void Offers::give_to(const CallId& id, Offered& offered, const ConnectionId& taker, Commands& out)
{
    out.emplace_back(CallTaken { id, taker });
    for (const auto& other : offered.asked) {
        if (other == taker)
            continue;
        if (clients_.contains(other))
            out.emplace_back(WithdrawOffer { id, other });
        release(other);
    }
    offered.asked = { taker };
    offered.acknowledged_by.clear();
    offered.doubtful.clear();
}

void Offers::on(const CallOver& e, Instant, Commands&)
{
    const auto call = calls_.find(e.call);
    if (call == calls_.end())
        return;
    for (const auto& connection : call->second.asked)
        release(connection);
    calls_.erase(call);
}

std::optional<ConnectionId> Offers::next_client(const Offered& offered, Instant now) const
{
    const std::pair<const ConnectionId, Client>* best = nullptr;
    for (const auto& entry : clients_) {
        const auto& client = entry.second;
        if (client.away || client.project != offered.project || !client.contexts.contains(offered.context)
            || std::ranges::find(offered.asked, entry.first) != offered.asked.end())
            continue;
        if (best == nullptr
            || std::tie(client.calls, client.last_asked) < std::tie(best->second.calls, best->second.last_asked))
            best = &entry;
    }
    if (best != nullptr)
        return best->first;
    for (const auto& [connection, again] : offered.doubtful) {
        if (again <= now && clients_.contains(connection))
            return connection;
    }
    return std::nullopt;
}

void Offers::ask_next(const CallId& id, Offered& offered, Instant now, Commands& out)
{
    const auto connection = next_client(offered, now);
    if (offered.stage == Stage::acknowledged) {
        // Nobody else: who has it keeps it.
        offered.next = connection ? now + policy_.acknowledgement : never;
        if (connection)
            ask(id, offered, *connection, out);
        return;
    }
    if (!connection) {
        offered.stage = Stage::waiting;
        std::erase_if(offered.doubtful, [&](const auto& entry) { return entry.second <= now; });
        return;
    }
    offered.stage = Stage::asking;
    offered.next = now + policy_.acknowledgement;
    ask(id, offered, *connection, out);
}

void Offers::ask(const CallId& id, Offered& offered, const ConnectionId& connection, Commands& out)
{
    auto& client = clients_.at(connection);
    client.last_asked = ++asked_;
    if (offered.doubtful.erase(connection) > 0)
        std::erase(offered.asked, connection); // To the end.
    else
        ++client.calls;
    offered.asked.push_back(connection);
    out.emplace_back(OfferCall { id, connection });
}

void Offers::release(const ConnectionId& connection)
{
    const auto client = clients_.find(connection);
    if (client != clients_.end() && client->second.calls > 0)
        --client->second.calls;
}

} // namespace parley::relay
