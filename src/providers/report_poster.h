#pragma once

#include "agent/ai_spec.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "net/outbound_policy.h"
#include "providers/webhook_tool_caller.h"

#include <functional>
#include <memory>
#include <string>

// Posts the report of an AI session to `post_prompt_url`. Knows HTTP and patience; the report's JSON is `swaig/`'s.
namespace parley {

class ReportPoster {
public:
    // Requests run on `client`'s loop under `policy`; `done` is called on `home`.
    ReportPoster(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions, Log);
    ~ReportPoster(); // Posts under way are given up; no `done` follows.

    // Exactly one `done`: any 2xx is success.
    void post(const WebHook&, std::string body, std::function<void(Result<void>)> done);

    [[nodiscard]] std::size_t pending() const;

private:
    struct State;
    std::shared_ptr<State> state_; // Shared with the posts under way.
};

} // namespace parley
