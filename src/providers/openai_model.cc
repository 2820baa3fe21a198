#include "providers/openai_model.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "providers/chat_completions.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>

namespace parley {
namespace {

constexpr std::size_t max_error_body = 16 * 1024;
constexpr std::size_t max_reply_bytes = 8 * 1024 * 1024;
constexpr Duration first_pause = 250ms; // Before the first retry; doubled each time.
constexpr std::size_t max_unknown_models = 100;
// From "[DONE]" to the end of the answer, so that the connection may be used again; a server that is slow to end it
// does not hold up the turn any longer.
constexpr Duration closing_patience = 200ms;

// One reply, over as many attempts as it takes. All of it on the home loop.
class Completion : public std::enable_shared_from_this<Completion> {
public:
    Completion(const OpenAiOptions& options, HttpClient& client, EventLoop& home, Log log, const LmRequest& request,
        std::function<void(LmEvent)> tell)
        : options_(options)
        , client_(client)
        , home_(home)
        , log_(std::move(log))
        , tell_(std::move(tell))
        , body_(chat_request(request, provider_model(options, request.options.model)).dump())
        , first_token_(home)
        , closing_(home)
        , total_(home)
        , again_(home)
    {
    }

    void open()
    {
        deadline_ = now() + options_.total_timeout;
        total_.set(deadline_, [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->fail({ ErrorKind::timed_out, "language model: no whole reply in time" });
        });
        attempt();
    }

    // No event follows.
    void close()
    {
        closed_ = true;
        exchange_ = {};
        first_token_.cancel();
        closing_.cancel();
        total_.cancel();
        again_.cancel();
    }

private:
    void attempt()
    {
        ++attempts_;
        decoder_ = {};
        collected_.clear();
        head_ = {};
        head_.status = 0;
        HttpClientRequest request;
        request.method = "POST";
        request.url = options_.base_url + "/chat/completions";
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Accept", "text/event-stream");
        if (!options_.api_key.empty())
            request.headers.add("Authorization", "Bearer " + options_.api_key);
        request.body = body_;
        request.policy = OutboundPolicy::unrestricted(); // The operator wrote this URL.
        request.connect_timeout = options_.connect_timeout;
        request.total_timeout = {}; // Ours covers all attempts.
        request.idle_timeout = options_.first_token_timeout;
        request.max_response_bytes = max_reply_bytes;

        const auto guarded = [weak = weak_from_this()](auto method) {
            return [weak, method](auto&&... arguments) {
                if (const auto self = weak.lock(); self && !self->closed_)
                    (self.get()->*method)(std::forward<decltype(arguments)>(arguments)...);
            };
        };
        HttpClientCallbacks callbacks;
        callbacks.on_head = guarded(&Completion::on_head);
        callbacks.on_body = guarded(&Completion::on_body);
        callbacks.on_done = guarded(&Completion::on_done);
        first_token_.set(now() + options_.first_token_timeout, [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->fail({ ErrorKind::timed_out, "language model: no first token in time" });
        });
        exchange_ = client_.start(std::move(request), std::move(callbacks), home_);
    }

    void on_head(const HttpResponse& head) { head_ = head; }

    [[nodiscard]] bool streamed() const
    {
        const auto type = head_.headers.find("Content-Type");
        return head_.status == 200 && (!type || type->starts_with("text/event-stream"));
    }

    void on_body(std::string_view piece)
    {
        if (!streamed()) {
            const std::size_t limit = head_.status == 200 ? max_reply_bytes : max_error_body;
            collected_ += piece.substr(0, limit - std::min(limit, collected_.size()));
            return;
        }
        std::vector<LmEvent> events;
        auto fed = decoder_.feed(piece, events);
        if (decoder_.started())
            first_token_.cancel();
        deliver(std::move(events));
        if (!fed)
            fail(fed.error());
        else if (decoder_.done() && !closed_ && !closing_.pending())
            closing_.set(now() + closing_patience, [weak = weak_from_this()] {
                if (const auto self = weak.lock())
                    self->end();
            });
    }

    void on_done(Result<HttpResponse> done)
    {
        first_token_.cancel();
        if (!done) {
            const auto& error = done.error();
            Error named { error.kind, "language model: " + error.what };
            if (head_.status == 0 && error.kind == ErrorKind::unavailable)
                retry_or_fail(std::move(named), std::nullopt);
            else
                fail(std::move(named));
            return;
        }
        if (head_.status != 200) {
            auto error = chat_error(head_.status, collected_);
            if (head_.status == 429 || head_.status >= 500)
                retry_or_fail(
                    std::move(error), retry_after(head_.headers.find("Retry-After").value_or(""), wall_now()));
            else
                fail(std::move(error));
            return;
        }
        end();
    }

    void end()
    {
        std::vector<LmEvent> events;
        auto finished = streamed() ? decoder_.finish(events) : finish_whole(events);
        if (finished)
            deliver(std::move(events));
        else
            fail(finished.error());
    }

    Result<void> finish_whole(std::vector<LmEvent>& events)
    {
        const auto type = head_.headers.find("Content-Type").value_or("");
        if (!type.starts_with("application/json"))
            return Error { ErrorKind::unavailable,
                "language model: answered " + std::string(type) + " instead of an event stream" };
        return decoder_.whole(collected_, events);
    }

    void retry_or_fail(Error error, std::optional<Duration> asked)
    {
        const auto pause = asked.value_or(std::min(first_pause * (1 << (attempts_ - 1)), longest_pause));
        if (attempts_ > options_.retries || decoder_.started() || now() + pause >= deadline_) {
            fail(std::move(error));
            return;
        }
        log_.warning("language model asked again", { { "attempt", attempts_ }, { "why", error.what } });
        again_.set(now() + pause, [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->attempt();
        });
    }

    void deliver(std::vector<LmEvent> events)
    {
        const auto self = shared_from_this(); // The listener may drop the stream.
        for (auto& event : events) {
            if (closed_)
                return;
            const bool last = std::holds_alternative<LmDone>(event);
            if (last)
                close();
            tell_(std::move(event));
        }
    }

    void fail(Error error)
    {
        if (closed_)
            return;
        const auto self = shared_from_this(); // The listener may drop the stream.
        close();
        log_.warning("language model failed", { { "why", error.what }, { "attempts", attempts_ } });
        tell_(LmFailed { std::move(error) });
    }

    const OpenAiOptions options_;
    HttpClient& client_;
    EventLoop& home_;
    Log log_;
    std::function<void(LmEvent)> tell_;
    std::string body_;

    ChatDecoder decoder_;
    HttpExchange exchange_;
    HttpResponse head_;
    std::string collected_; // Of an answer that is no event stream.
    Timer first_token_;
    Timer closing_;
    Timer total_;
    Timer again_;
    Instant deadline_ {};
    int attempts_ = 0;
    bool closed_ = false;
};

class OpenAiStream : public LmStream {
public:
    explicit OpenAiStream(std::shared_ptr<Completion> completion)
        : completion_(std::move(completion))
    {
    }
    ~OpenAiStream() override { completion_->close(); }

private:
    std::shared_ptr<Completion> completion_; // Held while one of its own callbacks runs, too.
};

} // namespace

const std::string& provider_model(const OpenAiOptions& options, std::string_view asked)
{
    for (const auto& [name, model] : options.models) {
        if (name == asked)
            return model;
    }
    return options.model;
}

std::optional<Duration> retry_after(std::string_view value, WallTime today)
{
    int seconds = 0;
    const auto number = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (number.ec == std::errc {} && number.ptr == value.data() + value.size() && seconds >= 0)
        return std::min<Duration>(std::chrono::seconds(seconds), longest_pause);
    std::tm parts {};
    const std::string text(value);
    const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (rest == nullptr || *rest != '\0')
        return std::nullopt;
    const WallTime then { std::int64_t { timegm(&parts) } * 1'000'000 };
    return std::clamp<Duration>(then - today, 0s, longest_pause);
}

Result<std::string> api_key_from_environment(const std::string& variable)
{
    const char* key = std::getenv(variable.c_str());
    if (key == nullptr || *key == '\0')
        return Error { ErrorKind::invalid_request, "environment variable " + variable + " is not set" };
    return std::string(key);
}

OpenAiModel::OpenAiModel(OpenAiOptions options, HttpClient& client, EventLoop& home, Log log)
    : options_(std::move(options))
    , client_(client)
    , home_(home)
    , log_(std::move(log))
{
    while (options_.base_url.ends_with('/'))
        options_.base_url.pop_back();
}

OpenAiModel::~OpenAiModel() = default;

std::string OpenAiModel::name() const
{
    return options_.model.empty() ? "openai" : options_.model;
}

std::unique_ptr<LmStream> OpenAiModel::open(LmRequest request, std::function<void(LmEvent)> tell)
{
    const std::string& asked = request.options.model;
    const std::string& taken = provider_model(options_, asked);
    const bool is_mapped = std::ranges::any_of(options_.models, [&](const auto& row) { return row.first == asked; });
    if (!asked.empty() && asked != taken && !is_mapped && unknown_models_.size() < max_unknown_models
        && unknown_models_.insert(asked).second)
        log_.warning("unknown model replaced", { { "asked", asked.substr(0, 100) }, { "taken", taken } });
    auto completion = std::make_shared<Completion>(options_, client_, home_, log_, request, std::move(tell));
    completion->open();
    return std::make_unique<OpenAiStream>(std::move(completion));
}

} // namespace parley
