#pragma once

#include "agent/ai_session.h"
#include "agent/tool_caller.h"

#include <functional>
#include <memory>
#include <vector>

// Asks others which tools they have: includes and MCP servers, whoever speaks with them.
namespace parley {

class ToolFetcher {
public:
    virtual ~ToolFetcher() = default;

    // Exactly one answer, within the limit that is asked for, on the thread that opened it and never inside `open`: a
    // source for each include and each server, in that order. Destroying the run cancels; no answer follows.
    virtual std::unique_ptr<ToolRun> open(agent::FetchTools, std::function<void(std::vector<agent::FetchedTools>)>) = 0;
};

} // namespace parley
