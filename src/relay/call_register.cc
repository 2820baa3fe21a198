#include "relay/call_register.h"

#include <algorithm>

namespace parley::relay {

void CallRegister::add(const CallId& call, const ProjectId& project)
{
    calls_.try_emplace(call, Entry { project, {}, {}, false, false, false });
}

void CallRegister::subscribe(const CallId& call, const ConnectionId& connection)
{
    const auto entry = calls_.find(call);
    if (entry == calls_.end() || entry->second.ended)
        return;
    entry->second.taken_once = true;
    entry->second.excluded.erase(connection);
    entry->second.subscribers.insert(connection);
}

void CallRegister::exclude(const CallId& call, const ConnectionId& connection)
{
    const auto entry = calls_.find(call);
    if (entry == calls_.end())
        return;
    entry->second.subscribers.erase(connection);
    entry->second.excluded.insert(connection);
}

void CallRegister::end(const CallId& call)
{
    const auto entry = calls_.find(call);
    if (entry == calls_.end() || entry->second.ended)
        return;
    entry->second.ended = true;
    entry->second.subscribers.clear();
    ended_.push_back(call);
    if (ended_.size() > max_remembered) {
        calls_.erase(ended_.front());
        ended_.pop_front();
    }
}

void CallRegister::answering(const CallId& call)
{
    if (const auto entry = calls_.find(call); entry != calls_.end())
        entry->second.answering = true;
}

void CallRegister::release(const CallId& call, const ConnectionId& connection)
{
    if (const auto entry = calls_.find(call); entry != calls_.end())
        entry->second.subscribers.erase(connection);
}

void CallRegister::away(const ConnectionId& connection)
{
    away_.insert(connection);
}

void CallRegister::returned(const ConnectionId& before, const ConnectionId& now)
{
    away_.erase(before);
    for (auto& [id, entry] : calls_) {
        if (entry.subscribers.erase(before) > 0)
            entry.subscribers.insert(now);
        if (entry.excluded.erase(before) > 0)
            entry.excluded.insert(now);
    }
}

void CallRegister::drop(const ConnectionId& connection)
{
    away_.erase(connection);
    for (auto& [id, entry] : calls_) {
        entry.subscribers.erase(connection);
        entry.excluded.erase(connection);
    }
}

CallStanding CallRegister::standing(const ProjectId& project, const ConnectionId& connection, const CallId& call) const
{
    const auto entry = calls_.find(call);
    if (entry == calls_.end() || entry->second.project != project || entry->second.excluded.contains(connection))
        return CallStanding::unknown;
    if (entry->second.ended)
        return CallStanding::ended;
    return entry->second.answering ? CallStanding::live : CallStanding::ringing;
}

bool CallRegister::belongs(const CallId& call, const ProjectId& project) const
{
    const auto entry = calls_.find(call);
    return entry != calls_.end() && entry->second.project == project;
}

std::vector<ConnectionId> CallRegister::subscribers(const CallId& call) const
{
    const auto entry = calls_.find(call);
    if (entry == calls_.end())
        return {};
    return { entry->second.subscribers.begin(), entry->second.subscribers.end() };
}

std::set<CallId> CallRegister::calls_of(const ConnectionId& connection) const
{
    std::set<CallId> found;
    for (const auto& [id, entry] : calls_) {
        if (entry.subscribers.contains(connection))
            found.insert(id);
    }
    return found;
}

std::vector<CallId> CallRegister::orphans(const ProjectId& project) const
{
    std::vector<CallId> found;
    for (const auto& [id, entry] : calls_) {
        const auto is_away = [&](const ConnectionId& subscriber) { return away_.contains(subscriber); };
        if (!entry.ended && entry.project == project && entry.taken_once
            && std::ranges::all_of(entry.subscribers, is_away))
            found.push_back(id);
    }
    return found;
}

} // namespace parley::relay
