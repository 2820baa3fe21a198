#include "providers/stream_input.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "providers/sentence_line.h"
#include "providers/voice_bytes.h"
#include "providers/voice_names.h"
#include "providers/warm_sockets.h"

#include <map>
#include <utility>

namespace parley {
namespace {

// One stream and its connection. Tasks under way hold it weakly.
class ContextSpeaking : public std::enable_shared_from_this<ContextSpeaking> {
public:
    ContextSpeaking(EventLoop& home, const StreamInputOptions& options, const TtsOptions& line,
        std::shared_ptr<WarmSockets> sockets, std::shared_ptr<ProviderStatistics> statistics, const Log& log)
        : options_(options)
        , line_rate_(line.sample_rate)
        , sockets_(std::move(sockets))
        , statistics_(statistics)
        , log_(log)
        , voices_(options.voices, options.voice, log)
        , line_(std::make_shared<SentenceLine>(home, options.patience, std::move(statistics)))
        , connect_timer_(home)
    {
    }

    void open(std::function<void(TtsEvent)> tell)
    {
        line_->listen({ std::move(tell),
            [weak = weak_from_this()](std::uint64_t id) {
                if (const auto self = weak.lock())
                    self->on_overdue(id);
            },
            [weak = weak_from_this()] {
                if (const auto self = weak.lock())
                    self->pump();
            } });
        connect(voices_.usual());
    }

    void close()
    {
        closed_ = true;
        contexts_.clear();
        line_->close();
        connect_timer_.cancel();
        socket_.reset();
    }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice)
    {
        if (line_->add(utterance, std::move(text), voice) != nullptr)
            pump();
    }

    void cancel()
    {
        if (socket_) {
            for (const auto& [id, context] : contexts_)
                socket_->send(stream_input_close(name(id, context.attempt)));
        }
        contexts_.clear(); // What still comes of them is nobody's.
        line_->forget_all();
    }

private:
    struct Context {
        int attempt;
        VoiceBytes bytes;
        WordTimes times {};
    };

    static std::string name(std::uint64_t id, int attempt)
    {
        return std::to_string(id) + "-" + std::to_string(attempt);
    }

    template <typename Method> auto guarded(Method method)
    {
        return [weak = weak_from_this(), method](auto&&... arguments) {
            if (const auto self = weak.lock(); self && !self->closed_)
                (self.get()->*method)(std::forward<decltype(arguments)>(arguments)...);
        };
    }

    bool connect(const std::string& voice)
    {
        voice_ = voice;
        opened_ = false;
        connect_timer_.cancel();
        const auto want = std::exchange(broke_, false) ? WarmSockets::Want::fresh : WarmSockets::Want::any;
        socket_ = sockets_->take(stream_input_url(options_, voice), want,
            { guarded(&ContextSpeaking::on_opened), guarded(&ContextSpeaking::on_message),
                guarded(&ContextSpeaking::on_closed) });
        return socket_ != nullptr;
    }

    void drop_connection()
    {
        socket_.reset();
        connect_timer_.cancel();
    }

    // Gives out the first sentences, as long as they are of one voice: a connection has one.
    void pump()
    {
        std::vector<std::uint64_t> next;
        std::size_t place = 0;
        for (const auto& sentence : line_->sentences()) {
            if (place++ >= StreamInputTts::ahead)
                break;
            const auto& voice = voices_.find(sentence.voice.voice);
            if (place > 1 && voice != voice_)
                break;
            if (place == 1 && voice != voice_ && sentence.attempts == 0) {
                drop_connection(); // All before it was spoken.
                voice_ = voice;
            }
            if (sentence.attempts == 0)
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
        auto bytes = VoiceBytes::create(VoiceBytes::Format::pcm, options_.sample_rate, line_rate_);
        if (!bytes || (!socket_ && !connect(voice_))) {
            line_->fail(id,
                bytes ? Error { ErrorKind::invalid_request, "speech synthesis: not a WebSocket URL" } : bytes.error());
            return;
        }
        if (!opened_ && !connect_timer_.pending())
            connect_timer_.set(now() + options_.connect_timeout, guarded(&ContextSpeaking::on_slow_connection));
        contexts_.insert_or_assign(id, Context { sentence->attempts, std::move(*bytes) });
        for (auto& message : stream_input_sentence(name(id, sentence->attempts), sentence->text))
            socket_->send(std::move(message));
    }

    void on_opened()
    {
        opened_ = true;
        connect_timer_.cancel();
    }

    void on_slow_connection()
    {
        drop_connection();
        connection_lost({ ErrorKind::timed_out, "speech synthesis: no connection in time" });
    }

    // A connection that says nothing is no use to the sentences behind either.
    void on_overdue(std::uint64_t id)
    {
        const Error why { ErrorKind::timed_out, "speech synthesis: no sound in time" };
        const bool asked = contexts_.contains(id);
        drop_connection();
        connection_lost(why);
        if (!asked)
            broke(id, why);
    }

    // Between sentences the provider may close as it likes.
    void on_closed(const std::string& why)
    {
        drop_connection();
        connection_lost({ ErrorKind::unavailable,
            "speech synthesis: " + (why.empty() ? std::string("the connection was closed") : why) });
    }

    void connection_lost(const Error& why)
    {
        std::vector<std::uint64_t> lost;
        for (const auto& [id, context] : contexts_)
            lost.push_back(id);
        if (!lost.empty()) {
            ++statistics_->reconnected;
            broke_ = true;
        }
        contexts_.clear();
        for (const auto id : lost) // The first of them first.
            broke(id, why);
    }

    void on_message(const std::string& text)
    {
        auto message = parse_stream_input(text);
        if (!message) {
            drop_connection();
            connection_lost(message.error());
            return;
        }
        const auto id = of_context(message->context);
        if (message->error) {
            if (id != 0) {
                broke(id, { ErrorKind::unavailable, "speech synthesis: " + *message->error });
            } else if (message->context.empty()) {
                drop_connection();
                connection_lost({ ErrorKind::unavailable, "speech synthesis: " + *message->error });
            }
        } else if (id != 0) {
            take(id, *message);
        }
    }

    // 0: one that was ended.
    [[nodiscard]] std::uint64_t of_context(const std::string& asked) const
    {
        for (const auto& [id, context] : contexts_) {
            if (name(id, context.attempt) == asked)
                return id;
        }
        return 0;
    }

    void take(std::uint64_t id, const StreamInputMessage& message)
    {
        const auto* sentence = line_->find(id);
        if (sentence == nullptr) { // It failed meanwhile.
            contexts_.erase(id);
            return;
        }
        auto& context = contexts_.at(id);
        const auto utterance = sentence->utterance;
        context.times.add(message.characters, context.bytes.received());
        std::vector<std::int16_t> samples;
        if (auto taken = context.bytes.push(message.sound, samples); !taken) {
            broke(id, taken.error());
            return;
        }
        if (message.final)
            context.bytes.finish(samples);
        if (!message.characters.empty())
            line_->tell(id, TtsWords { utterance, context.times.words(context.bytes.left_out()) });
        if (!samples.empty())
            line_->tell(id, TtsAudio { utterance, { line_rate_, std::move(samples) } });
        if (!message.final)
            return;
        const bool silent = context.bytes.received() == Duration {};
        if (silent) {
            broke(id, { ErrorKind::unavailable, "speech synthesis: an answer without sound" });
            return;
        }
        contexts_.erase(id);
        line_->tell(id, TtsDone { utterance });
    }

    void broke(std::uint64_t id, Error error)
    {
        contexts_.erase(id);
        const auto* sentence = line_->find(id);
        if (sentence == nullptr)
            return;
        if (!sentence->sounded && sentence->attempts < options_.attempts) {
            log_.warning("speech synthesis asked again", { { "provider", options_.name }, { "why", error.what } });
            make(id);
            return;
        }
        line_->fail(id, std::move(error));
    }

    const StreamInputOptions options_;
    const int line_rate_;
    std::shared_ptr<WarmSockets> sockets_;           // Shared with the provider and its other streams.
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    VoiceNames voices_;
    std::shared_ptr<SentenceLine> line_; // Shared with its own tasks under way.
    Timer connect_timer_;

    std::unique_ptr<ProviderSocket> socket_; // Of `voice_`. Null: the next sentence opens one.
    std::string voice_;
    bool opened_ = false;
    bool closed_ = false;
    bool broke_ = false;                        // The last connection, in mid sentence.
    std::map<std::uint64_t, Context> contexts_; // Of sentences that are being made.
};

class StreamInputStream : public TtsStream {
public:
    explicit StreamInputStream(std::shared_ptr<ContextSpeaking> speaking)
        : speaking_(std::move(speaking))
    {
    }
    ~StreamInputStream() override { speaking_->close(); }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice) override
    {
        speaking_->say(utterance, std::move(text), voice);
    }
    void cancel() override { speaking_->cancel(); }

private:
    std::shared_ptr<ContextSpeaking> speaking_; // Held while one of its own callbacks runs, too.
};

} // namespace

StreamInputTts::StreamInputTts(
    EventLoop& home, StreamInputOptions options, std::shared_ptr<ProviderStatistics> statistics, Log log)
    : home_(home)
    , options_(std::move(options))
    , statistics_(std::move(statistics))
    , log_(std::move(log))
    , capabilities_ { options_.name, true }
{
    WarmSockets::Options sockets;
    if (!options_.api_key.empty())
        sockets.headers.add("xi-api-key", options_.api_key);
    sockets.ca_file = options_.ca_file;
    sockets.warm = options_.warm;
    sockets.warm_for = options_.warm_for;
    sockets_ = std::make_shared<WarmSockets>(home_, std::move(sockets), statistics_);
    sockets_->warm(stream_input_url(options_, options_.voice));
}

StreamInputTts::~StreamInputTts() = default;

std::unique_ptr<TtsStream> StreamInputTts::open(const TtsOptions& line, std::function<void(TtsEvent)> tell)
{
    auto speaking = std::make_shared<ContextSpeaking>(home_, options_, line, sockets_, statistics_, log_);
    speaking->open(std::move(tell));
    return std::make_unique<StreamInputStream>(std::move(speaking));
}

} // namespace parley
