#include "server/agent_folder.h"

#include "base/id.h"
#include "base/yaml.h"
#include "swaig/ai_object.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace parley {

namespace {

namespace fs = std::filesystem;

Result<std::string> text_of(const fs::path& path)
{
    std::error_code failed;
    if (const auto size = fs::file_size(path, failed); failed || size > max_agent_file_bytes)
        return Error { ErrorKind::limit_reached, failed ? failed.message() : "is longer than 1 MiB" };
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file)
        return Error { ErrorKind::unavailable, "cannot be read" };
    return text.str();
}

Result<Json> parsed(const fs::path& path, const std::string& text)
{
    if (path.extension() == ".json")
        return Json::parse(text);
    auto document = parse_yaml(text);
    if (!document)
        return std::move(document.error());
    return std::move(document->root);
}

Result<swaig::StoredAgent> read_agent(const fs::path& path)
{
    const auto id = canonical_uuid(path.stem().string());
    if (id.empty())
        return Error { ErrorKind::invalid_request, "its name is no UUID" };
    auto text = text_of(path);
    if (!text)
        return std::move(text.error());
    auto json = parsed(path, *text);
    if (!json)
        return std::move(json.error());
    if (!json->is_object())
        return Error { ErrorKind::invalid_request, "must be an object" };
    if (auto ai = swaig::parse_ai_object(json->as_object()); !ai)
        return std::move(ai.error());
    auto name = json->string_or("name", id);
    return swaig::StoredAgent { id, std::move(name), std::move(json->as_object()) };
}

} // namespace

Result<AgentFolder> read_agent_folder(const std::string& path)
{
    AgentFolder folder;
    if (path.empty())
        return folder;
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
        const auto kind = at->path().extension();
        if (kind == ".json" || kind == ".yaml" || kind == ".yml")
            files.push_back(at->path());
    }
    if (failed)
        return Error { ErrorKind::unavailable, path + ": " + failed.message() };
    std::ranges::sort(files);
    for (const auto& file : files) {
        const auto name = file.filename().string();
        if (folder.agents.size() == max_agents) {
            folder.problems.push_back(name + ": only the first " + std::to_string(max_agents) + " agents are taken");
            break;
        }
        auto agent = read_agent(file);
        if (!agent)
            folder.problems.push_back(name + ": " + agent.error().what);
        else if (std::ranges::find(folder.agents, agent->id, &swaig::StoredAgent::id) != folder.agents.end())
            folder.problems.push_back(name + ": another file has this agent");
        else
            folder.agents.push_back(std::move(*agent));
    }
    return folder;
}

void LoadedAgents::renew(swaig::StoredAgents agents)
{
    auto next = swaig::FixedAgents(std::move(agents)).agents();
    const std::lock_guard lock(mutex_);
    agents_ = std::move(next);
}

std::shared_ptr<const swaig::StoredAgents> LoadedAgents::agents() const
{
    const std::lock_guard lock(mutex_);
    return agents_;
}

} // namespace parley
