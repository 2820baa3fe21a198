#include "providers/debug_poster.h"

#include <deque>
#include <map>
#include <utility>

namespace parley {

namespace {

struct Waiting {
    WebHook hook;
    std::string body;
};

struct Feed {
    std::deque<Waiting> events; // The first is under way.
    HttpExchange exchange;
    int failures = 0; // In a row.
    std::size_t dropped = 0;
};

} // namespace

struct DebugPoster::State : std::enable_shared_from_this<DebugPoster::State> {
    State(HttpClient& given_client, EventLoop& given_home, OutboundPolicy given_policy, Log given_log)
        : client(given_client)
        , home(given_home)
        , policy(std::move(given_policy))
        , log(std::move(given_log))
    {
    }

    void start(const std::string& session)
    {
        Feed& feed = feeds.at(session);
        const Waiting& event = feed.events.front();
        HttpClientRequest request;
        request.method = "POST";
        request.url = event.hook.url;
        request.headers.add("Content-Type", "application/json");
        request.body = event.body;
        if (!event.hook.user.empty())
            request.basic_auth = { event.hook.user, event.hook.password };
        request.policy = policy;
        request.follow_redirects = true;
        request.total_timeout = patience;
        HttpClientCallbacks callbacks;
        callbacks.on_done = [weak = weak_from_this(), session](Result<HttpResponse> done) {
            if (const auto self = weak.lock())
                self->done(session, done);
        };
        feed.exchange = client.start(std::move(request), std::move(callbacks), home);
    }

    void done(const std::string& session, const Result<HttpResponse>& response)
    {
        Feed& feed = feeds.at(session);
        const bool taken = response && response->status >= 200 && response->status < 300;
        feed.failures = taken ? 0 : feed.failures + 1;
        feed.events.pop_front();
        if (!taken)
            log.info("debug event not delivered",
                { { "why", response ? "HTTP " + std::to_string(response->status) : response.error().what } });
        if (feed.failures >= max_failures) {
            feed.dropped += feed.events.size();
            feed.events.clear();
        }
        if (!feed.events.empty()) {
            start(session);
            return;
        }
        if (feed.dropped > 0)
            log.warning("debug events dropped", { { "session", session }, { "count", feed.dropped } });
        feeds.erase(session);
    }

    HttpClient& client;
    EventLoop& home;
    OutboundPolicy policy;
    Log log;
    std::map<std::string, Feed> feeds; // By session; only while something waits.
};

DebugPoster::DebugPoster(HttpClient& client, EventLoop& home, OutboundPolicy policy, Log log)
    : state_(std::make_shared<State>(client, home, std::move(policy), std::move(log)))
{
}

DebugPoster::~DebugPoster() = default;

void DebugPoster::post(const AiSessionId& session, const WebHook& hook, std::string body)
{
    Feed& feed = state_->feeds[session.value];
    if (feed.events.size() >= max_waiting) {
        ++feed.dropped;
        return;
    }
    feed.events.push_back({ hook, std::move(body) });
    if (feed.events.size() == 1)
        state_->start(session.value);
}

std::size_t DebugPoster::waiting() const
{
    std::size_t count = 0;
    for (const auto& [session, feed] : state_->feeds)
        count += feed.events.size();
    return count;
}

} // namespace parley
