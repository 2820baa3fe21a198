#pragma once

#include "agent/tool_caller.h"
#include "base/log.h"
#include "net/outbound_policy.h"
#include "providers/webhook_tool_caller.h"

#include <functional>
#include <memory>

namespace parley {

// Calls the tools of MCP servers; hands every other tool on.
class McpToolCaller : public ToolCaller {
public:
    McpToolCaller(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions,
        std::unique_ptr<ToolCaller> others, Log);
    ~McpToolCaller() override;

    std::unique_ptr<ToolRun> open(ToolRequest, std::function<void(Result<ToolReply>)>) override;

private:
    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    WebhookOptions options_;
    std::unique_ptr<ToolCaller> others_;
    Log log_;
};

} // namespace parley
