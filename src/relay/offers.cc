#include "relay/offers.h"

#include <algorithm>
#include <tuple>

namespace parley::relay {

void Offers::handle(const OfferEvent& event, Instant now, Commands& out)
{
    handle_timeout(now, out);
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void Offers::handle_timeout(Instant now, Commands& out)
{
    for (auto call = calls_.begin(); call != calls_.end();) {
        auto& [id, offered] = *call;
        while (offered.stage != Stage::taken && due(offered) <= now && due(offered) < offered.refused)
            ask_next(id, offered, due(offered), out);
        if (offered.stage != Stage::taken && offered.refused <= now) {
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
    auto first = offered.stage == Stage::waiting ? offered.refused : std::min(offered.next, offered.refused);
    if (offered.stage == Stage::waiting) {
        for (const auto& [connection, again] : offered.doubtful)
            first = std::min(first, again);
    }
    return first;
}

std::optional<Instant> Offers::deadline() const
{
    std::optional<Instant> first;
    for (const auto& [id, offered] : calls_) {
        if (offered.stage != Stage::taken && (!first || due(offered) < *first))
            first = due(offered);
    }
    return first;
}

void Offers::on(const ClientSubscribed& e, Instant now, Commands& out)
{
    auto& client = clients_[e.connection];
    client.project = e.project;
    client.contexts = e.contexts;
    for (auto& [id, offered] : calls_) {
        if (offered.stage == Stage::waiting && next_client(offered, now))
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
        if (offered.asked.empty() || offered.asked.back() != connection)
            continue;
        if (offered.stage == Stage::asking) {
            ask_next(id, offered, now, out);
        } else if (offered.stage == Stage::taken && !offered.commanded) {
            // It was about to answer. It may be back in a moment, and the caller cannot wait for ever.
            offered.stage = Stage::missing;
            offered.next = now + policy_.acknowledgement;
            offered.refused = now + std::max(policy_.nobody, policy_.acknowledgement);
        }
    }
}

void Offers::on(const ClientReturned& e, Instant, Commands& out)
{
    auto client = clients_.extract(e.before);
    if (!client)
        return;
    client.key() = e.now;
    client.mapped().away = false;
    clients_.insert(std::move(client));
    for (auto& [id, offered] : calls_) {
        std::ranges::replace(offered.asked, e.before, e.now);
        if (offered.acknowledged != e.before)
            continue;
        offered.acknowledged = e.now;
        if (offered.stage != Stage::taken)
            take(id, offered, e.now, out);
    }
}

void Offers::on(const OfferDoubtful& e, Instant now, Commands&)
{
    const auto call = calls_.find(e.call);
    if (call == calls_.end() || call->second.stage == Stage::taken)
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
    if (offered.stage == Stage::asking && offered.asked.back() != e.connection)
        return; // Somebody else is being asked already.
    offered.commanded = false;
    offered.acknowledged.reset();
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

void Offers::on(const OfferAcknowledged& e, Instant, Commands& out)
{
    const auto call = calls_.find(e.call);
    if (call == calls_.end() || call->second.stage == Stage::taken || !clients_.contains(e.connection))
        return;
    if (std::ranges::find(call->second.asked, e.connection) != call->second.asked.end())
        take(e.call, call->second, e.connection, out);
}

void Offers::on(const CallCommanded& e, Instant, Commands& out)
{
    const auto call = calls_.find(e.call);
    const auto client = clients_.find(e.connection);
    if (call == calls_.end() || client == clients_.end())
        return;
    if (call->second.stage == Stage::taken) {
        call->second.commanded = true;
        return;
    }
    if (std::ranges::find(call->second.asked, e.connection) == call->second.asked.end())
        ++client->second.calls;
    take(e.call, call->second, e.connection, out);
    call->second.commanded = true;
}

void Offers::take(const CallId& id, Offered& offered, const ConnectionId& taker, Commands& out)
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
    offered.acknowledged = taker;
    offered.doubtful.clear();
    offered.stage = Stage::taken;
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
    if (!connection) {
        offered.stage = Stage::waiting;
        std::erase_if(offered.doubtful, [&](const auto& entry) { return entry.second <= now; });
        return;
    }
    auto& client = clients_.at(*connection);
    client.last_asked = ++asked_;
    if (offered.doubtful.erase(*connection) > 0)
        std::erase(offered.asked, *connection); // To the end.
    else
        ++client.calls;
    offered.asked.push_back(*connection);
    offered.stage = Stage::asking;
    offered.next = now + policy_.acknowledgement;
    out.emplace_back(OfferCall { id, *connection });
}

void Offers::release(const ConnectionId& connection)
{
    const auto client = clients_.find(connection);
    if (client != clients_.end() && client->second.calls > 0)
        --client->second.calls;
}

} // namespace parley::relay
