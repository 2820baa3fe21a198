#include "providers/speech_endpoint.h"

#include "base/json.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "providers/sentence_line.h"
#include "providers/voice_names.h"
#include "providers/warm_request.h"

#include <algorithm>
#include <map>
#include <utility>

namespace parley {
namespace {

constexpr std::size_t max_error_text = 300;

Error refusal(int status, std::string_view body)
{
    std::string what = "speech synthesis: HTTP " + std::to_string(status);
    if (const auto json = Json::parse(body)) {
        if (const auto* error = json->find("error"); error != nullptr && !error->string_or("message").empty())
            what += ": " + error->string_or("message").substr(0, max_error_text);
    }
    if (status == 401 || status == 403)
        return { ErrorKind::unauthenticated, what };
    return { ErrorKind::unavailable, what };
}

// One stream. Shared with requests under way, which hold it weakly.
class EndpointSpeaking : public std::enable_shared_from_this<EndpointSpeaking> {
public:
    EndpointSpeaking(const SpeechEndpointOptions& options, const TtsOptions& line, HttpClient& client, EventLoop& home,
        std::shared_ptr<WarmRequest> warm, std::shared_ptr<ProviderStatistics> statistics, const Log& log)
        : options_(options)
        , line_rate_(line.sample_rate)
        , client_(client)
        , home_(home)
        , warm_(std::move(warm))
        , statistics_(statistics)
        , log_(log)
        , voices_(options.voices, options.voice, log)
        , line_(std::make_shared<SentenceLine>(home, options.patience, std::move(statistics)))
    {
    }

    void open(std::function<void(TtsEvent)> tell)
    {
        line_->listen({ std::move(tell),
            [weak = weak_from_this()](std::uint64_t id) {
                if (const auto self = weak.lock())
                    self->broke(id, { ErrorKind::timed_out, "speech synthesis: no sound in time" });
            },
            [weak = weak_from_this()] {
                if (const auto self = weak.lock())
                    self->pump();
            } });
        warm_->warm();
    }

    void close()
    {
        making_.clear();
        line_->close();
    }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice)
    {
        if (line_->add(utterance, std::move(text), voice) != nullptr)
            pump();
    }

    void cancel()
    {
        making_.clear();
        line_->forget_all();
    }

private:
    struct Making {
        HttpExchange exchange;
        HttpResponse head;
        std::optional<VoiceBytes> bytes;
        std::string refused; // The body of an answer that is no sound.
    };

    void pump()
    {
        std::vector<std::uint64_t> next;
        std::size_t place = 0;
        for (const auto& sentence : line_->sentences()) {
            if (place++ < SpeechEndpointTts::ahead && sentence.attempts == 0)
                next.push_back(sentence.id);
        }
        for (const auto id : next)
            make(id);
    }

    void make(std::uint64_t id)
    {
        auto* sentence = line_->find(id);
        if (sentence == nullptr)
            return;
        ++sentence->attempts;
        if (sentence->text.find_first_not_of(" \t\r\n") == std::string::npos) {
            line_->tell(id, TtsDone { sentence->utterance });
            return;
        }
        if (options_.max_streams > 0 && statistics_->active > options_.max_streams) {
            ++statistics_->refused;
            line_->fail(id, { ErrorKind::limit_reached, "speech synthesis: too many sentences at the same time" });
            return;
        }
        HttpClientRequest request;
        request.method = "POST";
        request.url = options_.url;
        request.headers.add("Content-Type", "application/json");
        if (!options_.api_key.empty())
            request.headers.add("Authorization", "Bearer " + options_.api_key);
        const bool wav = options_.format == VoiceBytes::Format::wav;
        request.body
            = Json(Json::Object { { "model", options_.model }, { "input", sentence->text },
                       { "voice", voices_.find(sentence->voice.voice) }, { "response_format", wav ? "wav" : "pcm" } })
                  .dump();
        request.policy = OutboundPolicy::unrestricted(); // The operator wrote this URL.
        request.connect_timeout = options_.connect_timeout;
        request.total_timeout = {}; // The line's patience covers it.
        request.max_response_bytes = SpeechEndpointTts::max_sound_bytes;
        request.ca_file = options_.ca_file;
        const auto guarded = [weak = weak_from_this(), id](auto method) {
            return [weak, id, method](auto&&... arguments) {
                if (const auto self = weak.lock(); self && self->making_.contains(id))
                    (self.get()->*method)(id, std::forward<decltype(arguments)>(arguments)...);
            };
        };
        HttpClientCallbacks callbacks;
        callbacks.on_head = guarded(&EndpointSpeaking::on_head);
        callbacks.on_body = guarded(&EndpointSpeaking::on_body);
        callbacks.on_done = guarded(&EndpointSpeaking::on_done);
        auto& making = making_[id];
        making = {};
        making.exchange = client_.start(std::move(request), std::move(callbacks), home_);
    }

    void on_head(std::uint64_t id, const HttpResponse& head)
    {
        auto& making = making_[id];
        making.head = head;
        const auto type = std::string(head.headers.find("Content-Type").value_or(""));
        if (head.status != 200)
            return;
        const bool text = type.starts_with("text/") || type.starts_with("application/json");
        if (text) {
            broke(id, { ErrorKind::unavailable, "speech synthesis: answered " + type + " instead of sound" });
            return;
        }
        const auto rate = declared_rate(type);
        if (rate && *rate != options_.sample_rate) {
            broke(id,
                { ErrorKind::unavailable,
                    "speech synthesis: sound of " + std::to_string(*rate) + " Hz instead of "
                        + std::to_string(options_.sample_rate) });
            return;
        }
        auto bytes = VoiceBytes::create(options_.format, options_.sample_rate, line_rate_);
        if (bytes)
            making.bytes.emplace(std::move(*bytes));
        else
            broke(id, bytes.error());
    }

    void on_body(std::uint64_t id, std::string_view piece)
    {
        auto& making = making_[id];
        if (!making.bytes) {
            making.refused
                += piece.substr(0, max_error_text * 10 - std::min(max_error_text * 10, making.refused.size()));
            return;
        }
        std::vector<std::int16_t> samples;
        if (auto taken = making.bytes->push(piece, samples); !taken)
            broke(id, taken.error());
        else
            sound(id, std::move(samples));
    }

    void on_done(std::uint64_t id, Result<HttpResponse> done)
    {
        auto& making = making_[id];
        if (!done) {
            broke(id, { done.error().kind, "speech synthesis: " + done.error().what });
            return;
        }
        if (!making.bytes) {
            broke(id, refusal(making.head.status, making.refused));
            return;
        }
        if (making.bytes->received() == Duration {}) {
            broke(id, { ErrorKind::unavailable, "speech synthesis: an answer without sound" });
            return;
        }
        std::vector<std::int16_t> samples;
        warm_->used();
        making.bytes->finish(samples);
        sound(id, std::move(samples));
        making_.erase(id);
        if (const auto* sentence = line_->find(id))
            line_->tell(id, TtsDone { sentence->utterance });
    }

    void sound(std::uint64_t id, std::vector<std::int16_t> samples)
    {
        const auto* sentence = line_->find(id);
        if (sentence != nullptr && !samples.empty())
            line_->tell(id, TtsAudio { sentence->utterance, { line_rate_, std::move(samples) } });
    }

    void broke(std::uint64_t id, Error error)
    {
        making_.erase(id);
        const auto* sentence = line_->find(id);
        if (sentence == nullptr)
            return;
        const bool may_pass = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timed_out;
        if (may_pass && !sentence->sounded && sentence->attempts < options_.attempts) {
            log_.warning("speech synthesis asked again", { { "provider", options_.name }, { "why", error.what } });
            make(id);
            return;
        }
        line_->fail(id, std::move(error));
    }

    const SpeechEndpointOptions options_;
    const int line_rate_;
    HttpClient& client_;
    EventLoop& home_;
    std::shared_ptr<WarmRequest> warm_;              // Shared with the provider and its other streams.
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    VoiceNames voices_;
    std::shared_ptr<SentenceLine> line_; // Shared with its own tasks under way.
    std::map<std::uint64_t, Making> making_;
};

class EndpointStream : public TtsStream {
public:
    explicit EndpointStream(std::shared_ptr<EndpointSpeaking> speaking)
        : speaking_(std::move(speaking))
    {
    }
    ~EndpointStream() override { speaking_->close(); }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice) override
    {
        speaking_->say(utterance, std::move(text), voice);
    }
    void cancel() override { speaking_->cancel(); }

private:
    std::shared_ptr<EndpointSpeaking> speaking_; // Held while one of its own callbacks runs, too.
};

} // namespace

SpeechEndpointTts::SpeechEndpointTts(SpeechEndpointOptions options, HttpClient& client, EventLoop& home,
    std::shared_ptr<ProviderStatistics> statistics, Log log)
    : options_(std::move(options))
    , client_(client)
    , home_(home)
    , statistics_(std::move(statistics))
    , log_(std::move(log))
    , capabilities_ { options_.name, false }
    , warm_(std::make_shared<WarmRequest>(
          WarmRequest::Options { options_.warm, options_.url, options_.ca_file, options_.connect_timeout }, client,
          home))
{
}

SpeechEndpointTts::~SpeechEndpointTts() = default;

std::unique_ptr<TtsStream> SpeechEndpointTts::open(const TtsOptions& line, std::function<void(TtsEvent)> tell)
{
    auto speaking = std::make_shared<EndpointSpeaking>(options_, line, client_, home_, warm_, statistics_, log_);
    speaking->open(std::move(tell));
    return std::make_unique<EndpointStream>(std::move(speaking));
}

} // namespace parley
