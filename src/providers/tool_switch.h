#pragma once

#include "agent/tool_caller.h"
#include "base/log.h"
#include "net/outbound_policy.h"

#include <functional>
#include <memory>
#include <string>

namespace parley {

class EventLoop;
class HttpClient;

// Hands each tool to the one that can run it: a `data_map`, where there is one, before a webhook.
class ToolSwitch : public ToolCaller {
public:
    ToolSwitch(std::unique_ptr<ToolCaller> webhooks, std::unique_ptr<ToolCaller> data_maps);
    ~ToolSwitch() override;

    std::unique_ptr<ToolRun> open(ToolRequest, std::function<void(Result<ToolReply>)>) override;

private:
    std::unique_ptr<ToolCaller> webhooks_;
    std::unique_ptr<ToolCaller> data_maps_;
};

// All that there are, with their own limits, under one policy. `signing_key`: of webhooks; empty: they are not signed.
[[nodiscard]] std::unique_ptr<ToolCaller> make_tool_caller(
    HttpClient& client, EventLoop& home, const OutboundPolicy& policy, const std::string& signing_key, const Log& log);

} // namespace parley
