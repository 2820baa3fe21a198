#pragma once

#include "base/result.h"
#include "swaig/agent_library.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

// The folder of `agents.folder`: a file an agent, named by its UUID.
namespace parley {

inline constexpr std::size_t max_agents = 1'000;
inline constexpr std::size_t max_agent_file_bytes = 1024 * 1024;

struct AgentFolder {
    swaig::StoredAgents agents;
    std::vector<std::string> problems; // Files that hold no agent, and why. They are left out.
};

// `<uuid>.json`, `<uuid>.yaml` and `<uuid>.yml`: the `ai` object, and perhaps a `name`. An error only if the folder
// itself cannot be read. An empty path has no agents.
[[nodiscard]] Result<AgentFolder> read_agent_folder(const std::string& path);

// The agents of the folder as it was read last. Asked from any thread.
class LoadedAgents final : public swaig::AgentLibrary {
public:
    void renew(swaig::StoredAgents);
    [[nodiscard]] std::shared_ptr<const swaig::StoredAgents> agents() const override;

private:
    mutable std::mutex mutex_;
    // Shared: whoever reads the agents keeps them while others are loaded.
    std::shared_ptr<const swaig::StoredAgents> agents_ = swaig::no_agents().agents();
};

} // namespace parley
