#pragma once

#include "agent/tool_caller.h"
#include "base/log.h"
#include "base/time.h"
#include "net/outbound_policy.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

// Tools behind webhooks: posts the request that `swaig/` writes, reads the reply that `swaig/` understands. Knows HTTP,
// time limits and retries; refuses to know what the tools do.
namespace parley {

class EventLoop;
class HttpClient;

struct WebhookOptions {
    Duration connect_timeout = 5s;
    Duration total_timeout = 30s; // Of all attempts.
    int retries = 2;              // After a refused connection, a 5xx or a reply that cannot be read.
    Duration retry_after = 250ms; // Doubled each time.
    std::size_t max_reply_bytes = 1024 * 1024;
    std::string signing_key {}; // Signs what is posted; empty: nothing is signed.
};

class WebhookToolCaller : public ToolCaller {
public:
    // Requests run on `client`'s loop under `policy`; answers arrive on `home`.
    WebhookToolCaller(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions, Log);
    ~WebhookToolCaller() override;

    std::unique_ptr<ToolRun> open(ToolRequest, std::function<void(Result<ToolReply>)>) override;

private:
    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    WebhookOptions options_;
    Log log_;
};

} // namespace parley
