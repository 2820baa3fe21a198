#pragma once

#include "agent/tool_fetcher.h"
#include "base/log.h"
#include "net/outbound_policy.h"
#include "providers/webhook_tool_caller.h"

#include <functional>
#include <memory>
#include <vector>

// Asks includes by `get_signature` and MCP servers by `tools/list`, all at once. Knows HTTP and patience; whoever does
// not answer in time has no tools.
namespace parley {

class ToolSourceFetcher : public ToolFetcher {
public:
    ToolSourceFetcher(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions, Log);
    ~ToolSourceFetcher() override;

    std::unique_ptr<ToolRun> open(agent::FetchTools, std::function<void(std::vector<agent::FetchedTools>)>) override;

private:
    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    WebhookOptions options_;
    Log log_;
};

} // namespace parley
