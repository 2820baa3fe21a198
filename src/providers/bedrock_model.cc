#include "providers/bedrock_model.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "providers/bedrock_chat.h"
#include "providers/openai_model.h"

#include <algorithm>

namespace parley {
namespace {

constexpr std::size_t max_error_body = 16 * 1024;
constexpr std::size_t max_reply_bytes = 8 * 1024 * 1024;
constexpr Duration first_pause = 250ms; // Before the first retry; doubled each time.

// "host:port" of a URL, as the client sends it.
std::string host_of(std::string_view url)
{
    const bool secure = url.starts_with("https://");
    url.remove_prefix(
        std::min(url.size(), secure ? std::string_view("https://").size() : std::string_view("http://").size()));
    auto host = url.substr(0, url.find('/'));
    const std::string_view usual = secure ? ":443" : ":80";
    if (host.ends_with(usual))
        host.remove_suffix(usual.size());
    return std::string(host);
}

// One reply, over as many attempts as it takes. All of it on the home loop.
class Conversation : public std::enable_shared_from_this<Conversation> {
public:
    Conversation(const BedrockOptions& options, HttpClient& client, EventLoop& home, Log log, const LmRequest& request,
        std::function<void(LmEvent)> tell)
        : options_(options)
        , client_(client)
        , home_(home)
        , log_(std::move(log))
        , tell_(std::move(tell))
        , path_(bedrock_path(model_for(options, request.options.model)))
        , body_(bedrock_request(request).dump())
        , first_token_(home)
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
        total_.cancel();
        again_.cancel();
    }

private:
    static const std::string& model_for(const BedrockOptions& options, std::string_view asked)
    {
        const auto row = std::ranges::find(options.models, asked, &std::pair<std::string, std::string>::first);
        return row == options.models.end() ? options.model : row->second;
    }

    [[nodiscard]] HttpClientRequest signed_request() const
    {
        HttpClientRequest request;
        request.method = "POST";
        request.url = options_.base_url + path_;
        request.body = body_;
        const AwsRequest to_sign { request.method, host_of(options_.base_url), path_,
            { { "Content-Type", "application/json" } }, body_ };
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Accept", "application/vnd.amazon.eventstream");
        for (auto& [name, value] : sign_for_aws(to_sign, options_.credentials, options_.region, "bedrock", wall_now()))
            request.headers.add(name, value);
        request.policy = OutboundPolicy::unrestricted(); // The operator wrote this URL.
        request.connect_timeout = options_.connect_timeout;
        request.total_timeout = {}; // Ours covers all attempts.
        request.idle_timeout = options_.first_token_timeout;
        request.max_response_bytes = max_reply_bytes;
        return request;
    }

    void attempt()
    {
        ++attempts_;
        decoder_ = {};
        collected_.clear();
        head_ = {};
        head_.status = 0;
        const auto guarded = [weak = weak_from_this()](auto method) {
            return [weak, method](auto&&... arguments) {
                if (const auto self = weak.lock(); self && !self->closed_)
                    (self.get()->*method)(std::forward<decltype(arguments)>(arguments)...);
            };
        };
        HttpClientCallbacks callbacks;
        callbacks.on_head = guarded(&Conversation::on_head);
        callbacks.on_body = guarded(&Conversation::on_body);
        callbacks.on_done = guarded(&Conversation::on_done);
        first_token_.set(now() + options_.first_token_timeout, [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->fail({ ErrorKind::timed_out, "language model: no first token in time" });
        });
        exchange_ = client_.start(signed_request(), std::move(callbacks), home_);
    }

    void on_head(const HttpResponse& head) { head_ = head; }

    void on_body(std::string_view piece)
    {
        if (head_.status != 200) {
            collected_ += piece.substr(0, max_error_body - std::min(max_error_body, collected_.size()));
            return;
        }
        std::vector<LmEvent> events;
        auto fed = decoder_.feed(piece, events);
        if (decoder_.started())
            first_token_.cancel();
        deliver(std::move(events));
        if (!fed && !closed_)
            broke_off(fed.error());
    }

    // Throttled within the stream, before anything of the reply.
    void broke_off(Error error)
    {
        exchange_ = {};
        const bool temporary = error.kind == ErrorKind::limit_reached || error.kind == ErrorKind::unavailable;
        if (temporary && !decoder_.started())
            retry_or_fail(std::move(error), std::nullopt);
        else
            fail(std::move(error));
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
            auto error = bedrock_error(head_.status, head_.headers.find("x-amzn-ErrorType").value_or(""), collected_);
            // 424: the model failed, not we.
            if (head_.status == 429 || head_.status == 424 || head_.status >= 500)
                retry_or_fail(
                    std::move(error), retry_after(head_.headers.find("Retry-After").value_or(""), wall_now()));
            else
                fail(std::move(error));
            return;
        }
        std::vector<LmEvent> events;
        if (auto finished = decoder_.finish(events))
            deliver(std::move(events));
        else
            fail(finished.error());
    }

    void retry_or_fail(Error error, std::optional<Duration> asked)
    {
        first_token_.cancel();
        const auto pause = asked.value_or(std::min(first_pause * (1 << (attempts_ - 1)), longest_pause));
        if (attempts_ > options_.retries || decoder_.started() || now() + pause >= deadline_) {
            fail(std::move(error));
            return;
        }
        log_.warning("language model asked again", { { "attempt", attempts_ }, { "why", error.what } });
        again_.set(now() + pause, [weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && !self->closed_)
                self->attempt();
        });
    }

    void deliver(std::vector<LmEvent> events)
    {
        const auto self = shared_from_this(); // The listener may drop the stream.
        for (auto& event : events) {
            if (closed_)
                return;
            if (std::holds_alternative<LmDone>(event))
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

    const BedrockOptions options_;
    HttpClient& client_;
    EventLoop& home_;
    Log log_;
    std::function<void(LmEvent)> tell_;
    std::string path_;
    std::string body_;

    BedrockDecoder decoder_;
    HttpExchange exchange_;
    HttpResponse head_;
    std::string collected_; // Of an answer that is no stream.
    Timer first_token_;
    Timer total_;
    Timer again_;
    Instant deadline_ {};
    int attempts_ = 0;
    bool closed_ = false;
};

class BedrockStream : public LmStream {
public:
    explicit BedrockStream(std::shared_ptr<Conversation> conversation)
        : conversation_(std::move(conversation))
    {
    }
    ~BedrockStream() override { conversation_->close(); }

private:
    std::shared_ptr<Conversation> conversation_; // Held while one of its own callbacks runs, too.
};

} // namespace

BedrockModel::BedrockModel(BedrockOptions options, HttpClient& client, EventLoop& home, Log log)
    : options_(std::move(options))
    , client_(client)
    , home_(home)
    , log_(std::move(log))
{
    while (options_.base_url.ends_with('/'))
        options_.base_url.pop_back();
    if (options_.base_url.empty())
        options_.base_url = "https://bedrock-runtime." + options_.region + ".amazonaws.com";
}

BedrockModel::~BedrockModel() = default;

std::unique_ptr<LmStream> BedrockModel::open(LmRequest request, std::function<void(LmEvent)> tell)
{
    auto conversation = std::make_shared<Conversation>(options_, client_, home_, log_, request, std::move(tell));
    conversation->open();
    return std::make_unique<BedrockStream>(std::move(conversation));
}

} // namespace parley
