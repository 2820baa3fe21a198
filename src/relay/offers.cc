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
        while (offered.stage == Stage::asking && offered.next <= now && offered.next < offered.refused)
            ask_next(id, offered, offered.next, out);
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
    return offered.stage == Stage::asking ? std::min(offered.next, offered.refused) : offered.refused;
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
        if (offered.stage == Stage::waiting && next_client(offered))
            ask_next(id, offered, now, out);
    }
}

void Offers::on(const ClientLeft& e, Instant now, Commands& out)
{
    clients_.erase(e.connection);
    for (auto& [id, offered] : calls_) {
        if (offered.stage == Stage::asking && offered.asked.back() == e.connection)
            ask_next(id, offered, now, out);
    }
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
    if (call == calls_.end() || call->second.stage == Stage::taken || client == clients_.end())
        return;
    if (std::ranges::find(call->second.asked, e.connection) == call->second.asked.end())
        ++client->second.calls;
    take(e.call, call->second, e.connection, out);
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

std::optional<ConnectionId> Offers::next_client(const Offered& offered) const
{
    const std::pair<const ConnectionId, Client>* best = nullptr;
    for (const auto& entry : clients_) {
        const auto& client = entry.second;
        if (client.project != offered.project || !client.contexts.contains(offered.context)
            || std::ranges::find(offered.asked, entry.first) != offered.asked.end())
            continue;
        if (best == nullptr
            || std::tie(client.calls, client.last_asked) < std::tie(best->second.calls, best->second.last_asked))
            best = &entry;
    }
    if (best == nullptr)
        return std::nullopt;
    return best->first;
}

void Offers::ask_next(const CallId& id, Offered& offered, Instant now, Commands& out)
{
    const auto connection = next_client(offered);
    if (!connection) {
        offered.stage = Stage::waiting;
        return;
    }
    auto& client = clients_.at(*connection);
    ++client.calls;
    client.last_asked = ++asked_;
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
