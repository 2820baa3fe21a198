#include "providers/embedded_speech.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "providers/flite_voices.h"
#include "providers/speech_pool.h"

#include <deque>
#include <optional>
#include <set>

namespace parley {
namespace {

// Sound kept from before voice activity was sure: the first consonant lies in it.
constexpr Duration pre_roll = 300ms;
// A longer utterance is cut in two: the last pass of the recogniser takes time in proportion.
constexpr Duration longest_utterance = 20s;
// Sentences of one stream that were not spoken yet.
constexpr std::size_t max_sentences = 64;

// Who listens to a stream's events, on the stream's thread. The pool's answers hold it weakly: once the stream is gone,
// nothing arrives.
template <typename Event> struct Listener {
    explicit Listener(std::function<void(Event)> listener)
        : tell(std::move(listener))
    {
    }

    std::function<void(Event)> tell;
    bool alive = true; // False from the stream's destructor on, which the listener itself may have called.
};

template <typename Event>
std::function<void(Event)> posting_to(EventLoop& home, const std::shared_ptr<Listener<Event>>& listener)
{
    return [&home, weak = std::weak_ptr(listener)](Event event) {
        home.post([weak, event = std::move(event)]() mutable {
            if (const auto there = weak.lock(); there && there->alive)
                there->tell(std::move(event));
        });
    };
}

class EmbeddedSttStream : public SttStream {
public:
    EmbeddedSttStream(std::shared_ptr<SpeechPool> pool, EventLoop& home, const SttOptions& options,
        std::function<void(SttEvent)> tell)
        : pool_(std::move(pool))
        , listener_(std::make_shared<Listener<SttEvent>>(std::move(tell)))
        , tell_(posting_to(home, listener_))
        , options_(options)
        , speaker_(pool_->next_id())
    {
        to_pool([ready = tell_](SpeechPool& shared) { shared.when_ready([ready] { ready(SttReady {}); }); });
    }

    ~EmbeddedSttStream() override
    {
        listener_->alive = false;
        to_pool([jobs = std::move(jobs_)](SpeechPool& pool) {
            for (const auto job : jobs)
                pool.drop(job);
        });
    }

    void push(const AudioFrame& frame, Instant arrived) override
    {
        if (finished_)
            return;
        if (!origin_)
            origin_ = arrived - frame.duration();
        if (job_ != 0) {
            send({ frame, arrived, arrived < opened_at_ });
            spoken_ += frame.duration();
            if (spoken_ > longest_utterance) {
                close_job();
                open_job();
            }
            return;
        }
        before_.push_back({ frame, arrived, arrived < opened_at_ });
        before_length_ += frame.duration();
        while (before_length_ - before_.front().frame.duration() >= pre_roll) {
            before_length_ -= before_.front().frame.duration();
            before_.pop_front();
        }
    }

    void speech_started(Instant at) override
    {
        if (job_ != 0 || finished_)
            return;
        if (!origin_)
            origin_ = at;
        open_job();
        for (auto& frame : before_)
            send(std::move(frame));
        before_.clear();
        before_length_ = {};
    }

    void speech_stopped(Instant) override { close_job(); }

    void set_hints(std::vector<std::string> hints) override { options_.hints = std::move(hints); }

    void finish() override
    {
        close_job();
        finished_ = true;
    }

private:
    template <typename F> void to_pool(F work)
    {
        pool_->loop().post([pool = pool_, work = std::move(work)]() mutable { work(*pool); });
    }

    void open_job()
    {
        ListenJob job;
        job.speaker = speaker_;
        job.origin = *origin_;
        job.hints = options_.hints;
        job.sample_rate = options_.sample_rate;
        job.language = options_.language;
        job.tell = tell_;
        job_ = pool_->next_id();
        // An utterance that has its final words needs no dropping, but that is the pool's to know; the last few
        // suffice.
        jobs_.push_back(job_);
        if (jobs_.size() > 16)
            jobs_.pop_front();
        spoken_ = {};
        to_pool([id = job_, job = std::move(job)](SpeechPool& pool) mutable { pool.listen(id, std::move(job)); });
    }

    void close_job()
    {
        if (job_ == 0)
            return;
        to_pool([id = job_](SpeechPool& pool) { pool.end(id); });
        job_ = 0;
    }

    void send(ArrivedFrame frame)
    {
        to_pool([id = job_, frame = std::move(frame)](SpeechPool& pool) mutable { pool.hear(id, std::move(frame)); });
    }

    std::shared_ptr<SpeechPool> pool_; // Shared by all streams of the process.
    std::shared_ptr<Listener<SttEvent>> listener_;
    std::function<void(SttEvent)> tell_;
    SttOptions options_;
    std::uint32_t speaker_;
    const Instant opened_at_ = now(); // What arrived before was heard by another recogniser.

    std::optional<Instant> origin_;
    std::deque<ArrivedFrame> before_;
    Duration before_length_ {};
    std::deque<std::uint32_t> jobs_;
    std::uint32_t job_ = 0; // 0: nobody speaks.
    Duration spoken_ {};
    bool finished_ = false;
};

class EmbeddedTtsStream : public TtsStream {
public:
    EmbeddedTtsStream(std::shared_ptr<SpeechPool> pool, EventLoop& home, const TtsOptions& options,
        std::function<void(TtsEvent)> tell)
        : pool_(std::move(pool))
        , home_(home)
        , tell_(std::move(tell))
        , options_(options)
        , speaker_(pool_->next_id())
    {
    }

    ~EmbeddedTtsStream() override { forget(); }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice) override
    {
        if (epoch_ == nullptr)
            epoch_ = std::make_shared<Epoch>(this);
        SpeakJob job;
        job.speaker = speaker_;
        job.utterance = utterance;
        job.text = std::move(text);
        job.voice = embedded_voice(voice.voice);
        job.sample_rate = options_.sample_rate;
        job.tell = [&home = home_, weak = std::weak_ptr(epoch_)](TtsEvent event) {
            home.post([weak, event = std::move(event)]() mutable {
                if (const auto there = weak.lock(); there && there->stream != nullptr)
                    there->stream->deliver(std::move(event));
            });
        };
        if (jobs_.size() >= max_sentences) {
            job.tell(TtsFailed { utterance, { ErrorKind::limit_reached, "too many sentences wait to be spoken" } });
            return;
        }
        const auto id = pool_->next_id();
        jobs_.push_back({ id, utterance });
        pool_->loop().post([pool = pool_, id, job = std::move(job)]() mutable { pool->say(id, std::move(job)); });
    }

    void cancel() override { forget(); }

private:
    // All that was said between two cancellations. The pool's answers hold it weakly.
    struct Epoch {
        explicit Epoch(EmbeddedTtsStream* s)
            : stream(s)
        {
        }
        EmbeddedTtsStream* stream; // Null once cancelled, which the listener itself may have done.
    };
    struct Sentence {
        std::uint32_t job;
        UtteranceId utterance;
    };

    void deliver(TtsEvent event)
    {
        const auto* done = std::get_if<TtsDone>(&event);
        const auto* failed = std::get_if<TtsFailed>(&event);
        if (done != nullptr || failed != nullptr) {
            const auto utterance = done != nullptr ? done->utterance : failed->utterance;
            std::erase_if(jobs_, [&](const Sentence& sentence) { return sentence.utterance == utterance; });
        }
        const auto tell = tell_; // The listener may destroy us.
        tell(std::move(event));
    }

    void forget()
    {
        if (epoch_ != nullptr)
            epoch_->stream = nullptr;
        epoch_.reset();
        for (const auto& sentence : std::exchange(jobs_, {}))
            pool_->loop().post([pool = pool_, job = sentence.job] { pool->drop(job); });
    }

    std::string embedded_voice(const std::string& asked)
    {
        if (asked.empty())
            return std::string(default_voice);
        for (const auto& [name, voice] : pool_->options().voice_names) {
            if (name == asked)
                return voice;
        }
        const auto known = known_voice(asked);
        if (!known.empty())
            return std::string(known);
        if (unknown_.insert(asked).second)
            pool_->log().warning("voice not known", { { "voice", asked }, { "instead", default_voice } });
        return std::string(default_voice);
    }

    std::shared_ptr<SpeechPool> pool_; // Shared by all streams of the process.
    EventLoop& home_;
    std::function<void(TtsEvent)> tell_;
    TtsOptions options_;
    std::uint32_t speaker_;

    std::shared_ptr<Epoch> epoch_;
    std::deque<Sentence> jobs_;
    std::set<std::string> unknown_; // Said once each.
};

class EmbeddedStt : public SpeechToText {
public:
    EmbeddedStt(std::shared_ptr<SpeechPool> pool, EventLoop& home)
        : pool_(std::move(pool))
        , home_(home)
    {
    }

    [[nodiscard]] const SttCapabilities& capabilities() const override { return capabilities_; }

    std::unique_ptr<SttStream> open(const SttOptions& options, std::function<void(SttEvent)> tell) override
    {
        return std::make_unique<EmbeddedSttStream>(pool_, home_, options, std::move(tell));
    }

private:
    std::shared_ptr<SpeechPool> pool_; // Shared by all streams of the process.
    EventLoop& home_;
    SttCapabilities capabilities_ { "pocketsphinx", true, true };
};

class EmbeddedTts : public TextToSpeech {
public:
    EmbeddedTts(std::shared_ptr<SpeechPool> pool, EventLoop& home)
        : pool_(std::move(pool))
        , home_(home)
    {
    }

    [[nodiscard]] const TtsCapabilities& capabilities() const override { return capabilities_; }

    std::unique_ptr<TtsStream> open(const TtsOptions& options, std::function<void(TtsEvent)> tell) override
    {
        return std::make_unique<EmbeddedTtsStream>(pool_, home_, options, std::move(tell));
    }

private:
    std::shared_ptr<SpeechPool> pool_; // Shared by all streams of the process.
    EventLoop& home_;
    TtsCapabilities capabilities_ { "flite", true };
};

} // namespace

Result<std::unique_ptr<EmbeddedSpeech>> EmbeddedSpeech::create(EventLoop& loop, EmbeddedSpeechOptions options, Log log)
{
    for (const auto& [name, voice] : options.voice_names) {
        if (known_voice(voice) != voice)
            return Error { ErrorKind::invalid_request, "speech.voices." + name + ": \"" + voice + "\" is no voice" };
    }
    auto pool = std::make_shared<SpeechPool>(loop, std::move(options), std::move(log));
    auto started = pool->start();
    if (!started)
        return started.error();
    return std::unique_ptr<EmbeddedSpeech>(new EmbeddedSpeech(std::move(pool)));
}

EmbeddedSpeech::EmbeddedSpeech(std::shared_ptr<SpeechPool> pool)
    : pool_(std::move(pool))
{
}

EmbeddedSpeech::~EmbeddedSpeech()
{
    pool_->close();
}

void EmbeddedSpeech::when_voices_are_warm(std::function<void()> tell)
{
    pool_->when_voices_are_ready(std::move(tell));
}

std::unique_ptr<SpeechToText> EmbeddedSpeech::speech_to_text(EventLoop& home)
{
    return std::make_unique<EmbeddedStt>(pool_, home);
}

std::unique_ptr<TextToSpeech> EmbeddedSpeech::text_to_speech(EventLoop& home)
{
    return std::make_unique<EmbeddedTts>(pool_, home);
}

} // namespace parley
