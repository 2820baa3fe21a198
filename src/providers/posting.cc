#include "providers/posting.h"

#include "base/hashes.h"
#include "net/clock.h"

#include <algorithm>

namespace parley {

Posting::Posting(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options, Log log)
    : client_(client)
    , home_(home)
    , policy_(std::move(policy))
    , options_(options)
    , log_(std::move(log))
    , again_(home)
{
}

void Posting::open(
    const WebHook& hook, std::string body, std::string what, Judge judge, std::function<void(Result<void>)> done)
{
    hook_ = hook;
    body_ = std::move(body);
    what_ = std::move(what);
    judge_ = std::move(judge);
    done_ = std::move(done);
    deadline_ = now() + options_.total_timeout;
    attempt();
}

void Posting::close()
{
    closed_ = true;
    exchange_ = {};
    again_.cancel();
}

void Posting::attempt()
{
    ++attempts_;
    HttpClientRequest request;
    request.method = "POST";
    request.url = hook_.url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json");
    if (!options_.signing_key.empty()) // Over the URL as it is asked for, without credentials.
        request.headers.add("X-SignalWire-Signature", hmac_sha1_hex(options_.signing_key, hook_.url + body_));
    request.body = body_;
    if (!hook_.user.empty())
        request.basic_auth = { hook_.user, hook_.password };
    request.policy = policy_;
    request.follow_redirects = true; // 307 and 308 keep method and body; each hop is asked for again.
    request.connect_timeout = options_.connect_timeout;
    request.total_timeout = std::max<Duration>(deadline_ - now(), 1ms);
    request.max_response_bytes = options_.max_reply_bytes;
    HttpClientCallbacks callbacks;
    callbacks.on_done = [weak = weak_from_this()](Result<HttpResponse> done) {
        if (const auto self = weak.lock(); self && !self->closed_)
            self->on_done(std::move(done));
    };
    exchange_ = client_.start(std::move(request), std::move(callbacks), home_);
}

void Posting::on_done(Result<HttpResponse> done)
{
    if (!done) {
        Error error { done.error().kind, what_ + ": " + done.error().what };
        // A URL that may not be reached, an answer that is too long and a server that hangs will not get better.
        if (error.kind == ErrorKind::unavailable)
            retry_or_fail(std::move(error));
        else
            finish(std::move(error));
        return;
    }
    const int status = done->status;
    if (status >= 200 && status < 300) {
        auto judged = judge_(*done);
        if (judged)
            finish({});
        else
            retry_or_fail({ judged.error().kind, what_ + ": " + judged.error().what });
        return;
    }
    const std::string what = what_ + ": HTTP " + std::to_string(status);
    if (status >= 500)
        retry_or_fail({ ErrorKind::unavailable, what });
    else if (status == 401 || status == 403)
        finish(Error { ErrorKind::unauthenticated, what + ", user and password were refused" });
    else if (status == 429)
        retry_or_fail({ ErrorKind::limit_reached, what });
    else
        finish(Error { ErrorKind::unavailable, what });
}

void Posting::retry_or_fail(Error error)
{
    const auto pause = options_.retry_after * (1 << (attempts_ - 1));
    if (attempts_ > options_.retries || now() + pause >= deadline_) {
        finish(std::move(error));
        return;
    }
    log_.warning("webhook posted again", { { "attempt", attempts_ }, { "why", error.what } });
    again_.set(now() + pause, [weak = weak_from_this()] {
        if (const auto self = weak.lock(); self && !self->closed_)
            self->attempt();
    });
}

void Posting::finish(Result<void> result)
{
    const auto self = shared_from_this(); // Whoever is told may drop us.
    close();
    if (!result)
        log_.warning("webhook failed", { { "why", result.error().what }, { "attempts", attempts_ } });
    done_(std::move(result));
}

} // namespace parley
