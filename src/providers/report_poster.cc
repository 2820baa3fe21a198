#include "providers/report_poster.h"

#include "providers/posting.h"

#include <algorithm>
#include <vector>

namespace parley {

struct ReportPoster::State {
    HttpClient& client;
    EventLoop& home;
    OutboundPolicy policy;
    WebhookOptions options;
    Log log;
    std::vector<std::shared_ptr<Posting>> under_way; // Each also held while its own callback runs.
};

ReportPoster::ReportPoster(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options, Log log)
    : state_(std::make_shared<State>(State { client, home, policy, options, log, {} }))
    , debug_(client, home, std::move(policy), std::move(log))
{
}

ReportPoster::~ReportPoster()
{
    for (const auto& posting : state_->under_way)
        posting->close();
}

void ReportPoster::open(const WebHook& hook, std::string body, WebhookOptions options, std::string what,
    std::function<Result<void>(const HttpResponse&)> judge, std::function<void(Result<void>)> done)
{
    auto posting = std::make_shared<Posting>(state_->client, state_->home, state_->policy, options, state_->log);
    state_->under_way.push_back(posting);
    const auto finish
        = [weak = std::weak_ptr(state_), raw = posting.get(), done = std::move(done)](Result<void> result) {
              if (const auto state = weak.lock())
                  std::erase_if(state->under_way, [&](const auto& other) { return other.get() == raw; });
              done(std::move(result));
          };
    posting->open(hook, std::move(body), std::move(what), std::move(judge), finish);
}

void ReportPoster::post(const WebHook& hook, std::string body, std::function<void(Result<void>)> done)
{
    open(
        hook, std::move(body), state_->options, "report", [](const HttpResponse&) { return Result<void>(); },
        std::move(done));
}

void ReportPoster::fetch(
    const WebHook& hook, std::string body, Duration limit, std::function<void(Result<std::string>)> done)
{
    WebhookOptions options = state_->options;
    options.retries = 0;
    options.total_timeout = limit;
    auto answer = std::make_shared<std::string>(); // Between the judge, who reads it, and the end.
    open(
        hook, std::move(body), options, "earlier conversation",
        [answer](const HttpResponse& response) {
            *answer = response.body;
            return Result<void>();
        },
        [answer, done = std::move(done)](Result<void> result) {
            if (result)
                done(std::move(*answer));
            else
                done(std::move(result.error()));
        });
}

std::size_t ReportPoster::pending() const
{
    return state_->under_way.size();
}

} // namespace parley
