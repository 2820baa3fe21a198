#include "swaig/agent_library.h"

#include "base/id.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::swaig {

namespace {

// Members of an `ai` object; whatever else stands beside them belongs to the request.
constexpr std::array<std::string_view, 15> members { "prompt", "post_prompt", "post_prompt_url",
    "post_prompt_auth_user", "post_prompt_auth_password", "global_data", "hints", "languages", "multilingual", "params",
    "pronounce", "SWAIG", "voice", "engine", "agent" };

constexpr std::size_t longest_name_told = 100;

} // namespace

FixedAgents::FixedAgents(StoredAgents agents)
{
    std::ranges::sort(agents, {}, &StoredAgent::id);
    agents_ = std::make_shared<const StoredAgents>(std::move(agents));
}

const AgentLibrary& no_agents()
{
    static const FixedAgents none({});
    return none;
}

const StoredAgent* find_agent(const StoredAgents& agents, std::string_view id)
{
    const auto wanted = canonical_uuid(id);
    const auto at = std::ranges::lower_bound(agents, wanted, {}, &StoredAgent::id);
    return !wanted.empty() && at != agents.end() && at->id == wanted ? &*at : nullptr;
}

Result<ResolvedAgent> with_stored_agent(const Json::Object& params, const AgentLibrary& library)
{
    const auto* named = params.find("agent");
    if (named == nullptr || named->is_null())
        return ResolvedAgent { params, {} };
    const auto agents = library.agents();
    const auto* agent = named->is_string() ? find_agent(*agents, named->as_string()) : nullptr;
    if (agent == nullptr) {
        const auto told = named->is_string() ? named->as_string() : named->dump();
        return Error { ErrorKind::not_found, "agent: there is no agent " + told.substr(0, longest_name_told) };
    }
    ResolvedAgent resolved;
    Json::Object global_data;
    for (const auto& [key, value] : params) {
        if (std::ranges::find(members, key) == members.end())
            resolved.params[key] = value;
        else if (key == "global_data" && value.is_object())
            global_data = value.as_object();
        else if (key != "agent" && !value.is_null())
            resolved.warnings.push_back(key + ": agent is given, left out");
    }
    for (const auto& [key, value] : agent->ai) {
        if (key != "agent" && std::ranges::find(members, key) != members.end())
            resolved.params[key] = value;
    }
    for (auto& [key, value] : global_data) {
        auto& merged = resolved.params["global_data"];
        if (!merged.is_object())
            merged = Json::Object {};
        merged[key] = std::move(value);
    }
    return resolved;
}

} // namespace parley::swaig
