#include "providers/tool_switch.h"

#include "providers/data_map_runner.h"
#include "providers/mcp_tool_caller.h"
#include "providers/webhook_tool_caller.h"

#include <utility>

namespace parley {

ToolSwitch::ToolSwitch(std::unique_ptr<ToolCaller> webhooks, std::unique_ptr<ToolCaller> data_maps)
    : webhooks_(std::move(webhooks))
    , data_maps_(std::move(data_maps))
{
}

ToolSwitch::~ToolSwitch() = default;

std::unique_ptr<ToolRun> ToolSwitch::open(ToolRequest request, std::function<void(Result<ToolReply>)> done)
{
    ToolCaller& able = request.tool.data_map.is_object() ? *data_maps_ : *webhooks_;
    return able.open(std::move(request), std::move(done));
}

std::unique_ptr<ToolCaller> make_tool_caller(
    HttpClient& client, EventLoop& home, const OutboundPolicy& policy, const std::string& signing_key, const Log& log)
{
    WebhookOptions options;
    options.signing_key = signing_key;
    auto others = std::make_unique<ToolSwitch>(std::make_unique<WebhookToolCaller>(client, home, policy, options, log),
        std::make_unique<DataMapRunner>(client, home, policy, DataMapRunnerOptions {}, log));
    return std::make_unique<McpToolCaller>(client, home, policy, options, std::move(others), log);
}

} // namespace parley
