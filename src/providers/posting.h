#pragma once

#include "agent/ai_spec.h"
#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "providers/webhook_tool_caller.h"

#include <functional>
#include <memory>
#include <string>

namespace parley {

// One JSON body posted to a client's URL until it is taken: the patience that tools and reports share. A refused
// connection, a 5xx and an answer that the judge refuses are tried again; everything else is final. On the home loop.
class Posting : public std::enable_shared_from_this<Posting> {
public:
    // Whether a 2xx answer will do. Its error is worth another attempt.
    using Judge = std::function<Result<void>(const HttpResponse&)>;

    Posting(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options, Log log);

    // `what` names the post in errors: "tool", "report".
    void open(
        const WebHook& hook, std::string body, std::string what, Judge judge, std::function<void(Result<void>)> done);

    // `done` is not called any more.
    void close();

private:
    void attempt();
    void on_done(Result<HttpResponse>);
    void retry_or_fail(Error);
    void finish(Result<void>);

    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    WebhookOptions options_;
    Log log_;

    WebHook hook_;
    std::string body_;
    std::string what_;
    Judge judge_;
    std::function<void(Result<void>)> done_;
    HttpExchange exchange_;
    Timer again_;
    Instant deadline_ {};
    int attempts_ = 0;
    bool closed_ = false;
};

} // namespace parley
