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
    : state_(std::make_shared<State>(State { client, home, std::move(policy), options, std::move(log), {} }))
{
}

ReportPoster::~ReportPoster()
{
    for (const auto& posting : state_->under_way)
        posting->close();
}

void ReportPoster::post(const WebHook& hook, std::string body, std::function<void(Result<void>)> done)
{
    auto posting
        = std::make_shared<Posting>(state_->client, state_->home, state_->policy, state_->options, state_->log);
    state_->under_way.push_back(posting);
    const auto finish
        = [weak = std::weak_ptr(state_), raw = posting.get(), done = std::move(done)](Result<void> result) {
              if (const auto state = weak.lock())
                  std::erase_if(state->under_way, [&](const auto& other) { return other.get() == raw; });
              done(std::move(result));
          };
    posting->open(
        hook, std::move(body), "report", [](const HttpResponse&) { return Result<void>(); }, finish);
}

std::size_t ReportPoster::pending() const
{
    return state_->under_way.size();
}

} // namespace parley
