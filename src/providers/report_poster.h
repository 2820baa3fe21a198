#pragma once

#include "agent/ai_spec.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "providers/debug_poster.h"
#include "providers/webhook_tool_caller.h"

#include <functional>
#include <memory>
#include <string>

// Posts what AI sessions report: at the end to `post_prompt_url`, while they run to `debug_webhook_url`. Knows HTTP and
// patience; the JSON is `swaig/`'s.
namespace parley {

class ReportPoster {
public:
    // Requests run on `client`'s loop under `policy`; `done` is called on `home`.
    ReportPoster(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions, Log);
    ~ReportPoster(); // Posts under way are given up; no `done` follows.

    // Exactly one `done`: any 2xx is success.
    void post(const WebHook&, std::string body, std::function<void(Result<void>)> done);

    // Exactly one `done`, within `limit`: the body of the first 2xx answer. Asked once.
    void fetch(const WebHook&, std::string body, Duration limit, std::function<void(Result<std::string>)> done);

    [[nodiscard]] DebugPoster& debug() { return debug_; }

    [[nodiscard]] std::size_t pending() const; // Reports and fetches.

private:
    struct State;
    std::shared_ptr<State> state_; // Shared with the posts under way.
    DebugPoster debug_;

    void open(const WebHook&, std::string body, WebhookOptions, std::string what,
        std::function<Result<void>(const HttpResponse&)> judge, std::function<void(Result<void>)> done);
};

} // namespace parley
