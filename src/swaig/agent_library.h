#pragma once

#include "base/json.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Agents that are kept here, so that a program names one instead of writing it out: the `agent` of an `ai` object.
namespace parley::swaig {

struct StoredAgent {
    std::string id; // A UUID, lower case.
    std::string name;
    Json::Object ai; // As `calling.ai` has it.
};
using StoredAgents = std::vector<StoredAgent>; // Each id once.

// Asked from any thread.
class AgentLibrary {
public:
    virtual ~AgentLibrary() = default;
    // Never null; in the order of their ids.
    [[nodiscard]] virtual std::shared_ptr<const StoredAgents> agents() const = 0;
};

// One that stays as it is.
class FixedAgents final : public AgentLibrary {
public:
    explicit FixedAgents(StoredAgents);
    [[nodiscard]] std::shared_ptr<const StoredAgents> agents() const override { return agents_; }

private:
    std::shared_ptr<const StoredAgents> agents_; // Shared with whoever reads them.
};

[[nodiscard]] const AgentLibrary& no_agents();

// Of agents in the order of their ids. nullptr: there is none.
[[nodiscard]] const StoredAgent* find_agent(const StoredAgents&, std::string_view id);

struct ResolvedAgent {
    Json::Object params;
    std::vector<std::string> warnings;
};

// The parameters of `calling.ai` with the `ai` object of their `agent` in place of their own: of what is written beside
// it, only `global_data` counts, over the agent's. Without an `agent`, as they are. `not_found` if there is no such
// one.
[[nodiscard]] Result<ResolvedAgent> with_stored_agent(const Json::Object& params, const AgentLibrary&);

} // namespace parley::swaig
