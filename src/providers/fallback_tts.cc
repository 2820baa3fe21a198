#include "providers/fallback_tts.h"

#include "net/clock.h"
#include "net/event_loop.h"

#include <algorithm>
#include <set>

namespace parley {

struct FallbackTts::Shared {
    static constexpr std::size_t max_unknown_engines = 100;

    EventLoop& home;
    std::vector<Choice> choices;
    std::vector<CircuitBreaker> health;
    Log log;
    std::set<std::string> unknown_engines; // Told once each.

    [[nodiscard]] std::vector<FallbackTtsChoice> policies() const
    {
        std::vector<FallbackTtsChoice> policies;
        for (const auto& choice : choices)
            policies.push_back(choice.policy);
        return policies;
    }

    void look_at(const std::string& engine)
    {
        const auto is_it = [&](const Choice& choice) { return choice.policy.name == engine; };
        if (engine.empty() || std::ranges::any_of(choices, is_it) || unknown_engines.size() >= max_unknown_engines)
            return;
        if (unknown_engines.insert(engine).second)
            log.warning("engine not known",
                { { "engine", engine.substr(0, 100) }, { "instead", choices.front().policy.name } });
    }
};

namespace {

// One stream and those of the providers behind it. Tasks under way hold it weakly.
template <typename Shared> class Talking : public std::enable_shared_from_this<Talking<Shared>> {
public:
    Talking(std::shared_ptr<Shared> shared, const TtsOptions& options, std::function<void(TtsEvent)> tell)
        : shared_(std::move(shared))
        , options_(options)
        , tell_(std::move(tell))
        , machine_(shared_->policies(), shared_->health)
        , timer_(shared_->home)
        , streams_(shared_->choices.size())
    {
    }

    void open() { stream(0); } // So that its connection is there before the first sentence.

    void close()
    {
        tell_ = nullptr;
        ++epoch_;
        timer_.cancel();
        // A stream may be inside its own listener: it is destroyed by the loop's next task.
        shared_->home.post([streams = std::move(streams_)] {});
    }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice)
    {
        shared_->look_at(voice.engine);
        decide([&](auto& machine, Instant at, auto& out) { machine.say(utterance, std::move(text), voice, at, out); });
    }

    void cancel()
    {
        ++epoch_;
        decide([](auto& machine, Instant at, auto& out) { machine.cancel(at, out); });
    }

private:
    void on_deadline()
    {
        decide([](auto& machine, Instant at, auto& out) { machine.handle_timeout(at, out); });
    }

    template <typename F> void decide(F step)
    {
        FallbackSpeaking::Commands out;
        step(machine_, now(), out);
        for (auto& command : out)
            std::visit([this](auto& c) { carry_out(c); }, command);
        const auto deadline = machine_.deadline();
        if (!deadline) {
            timer_.cancel();
            return;
        }
        timer_.set(*deadline, [weak = this->weak_from_this()] {
            if (const auto self = weak.lock(); self && self->tell_)
                self->on_deadline();
        });
    }

    TtsStream& stream(std::size_t provider)
    {
        auto& there = streams_[provider];
        if (!there) {
            there = shared_->choices[provider].provider->open(
                options_, [weak = this->weak_from_this(), provider](TtsEvent event) {
                    if (const auto self = weak.lock(); self && self->tell_)
                        self->decide(
                            [&](auto& machine, Instant at, auto& out) { machine.handle(provider, event, at, out); });
                });
        }
        return *there;
    }

    void carry_out(FallbackSpeaking::Say& say)
    {
        stream(say.provider).say(say.utterance, std::move(say.text), say.voice);
    }
    void carry_out(const FallbackSpeaking::Cancel& cancel) { stream(cancel.provider).cancel(); }
    void carry_out(FallbackSpeaking::Tell& tell)
    {
        shared_->home.post([weak = this->weak_from_this(), epoch = epoch_, event = std::move(tell.event)]() mutable {
            if (const auto self = weak.lock(); self && self->tell_ && self->epoch_ == epoch)
                std::function(self->tell_)(std::move(event)); // A copy: the listener may destroy us.
        });
    }
    void carry_out(const FallbackSpeaking::Replaced& replaced)
    {
        const auto& from = shared_->choices[replaced.from];
        shared_->log.warning("voice replaced",
            { { "from", from.policy.name }, { "to", shared_->choices[replaced.to].policy.name },
                { "why", replaced.why.what } });
        if (from.statistics)
            ++from.statistics->replaced;
    }

    std::shared_ptr<Shared> shared_; // Shared with the provider and its other streams.
    TtsOptions options_;
    std::function<void(TtsEvent)> tell_; // Empty: nobody listens any more.
    FallbackSpeaking machine_;
    Timer timer_;
    std::vector<std::unique_ptr<TtsStream>> streams_; // One for each provider that was asked so far.
    std::uint64_t epoch_ = 0;                         // What was told before a cancel does not arrive after it.
};

template <typename Shared> class FallbackStream : public TtsStream {
public:
    explicit FallbackStream(std::shared_ptr<Talking<Shared>> talking)
        : talking_(std::move(talking))
    {
        talking_->open();
    }
    ~FallbackStream() override { talking_->close(); }

    void say(UtteranceId utterance, std::string text, const VoiceOptions& voice) override
    {
        talking_->say(utterance, std::move(text), voice);
    }
    void cancel() override { talking_->cancel(); }

private:
    std::shared_ptr<Talking<Shared>> talking_; // Held while one of its own callbacks runs, too.
};

} // namespace

FallbackTts::FallbackTts(EventLoop& home, std::vector<Choice> choices, Log log)
    : shared_(std::make_shared<Shared>(
        home, std::move(choices), std::vector<CircuitBreaker> {}, std::move(log), std::set<std::string> {}))
    , capabilities_ { "", true }
{
    shared_->health.resize(shared_->choices.size());
    for (const auto& choice : shared_->choices) {
        capabilities_.name += (capabilities_.name.empty() ? "" : ", ") + choice.policy.name;
        capabilities_.word_times = capabilities_.word_times && choice.provider->capabilities().word_times;
    }
}

FallbackTts::~FallbackTts() = default;

std::unique_ptr<TtsStream> FallbackTts::open(const TtsOptions& options, std::function<void(TtsEvent)> tell)
{
    return std::make_unique<FallbackStream<Shared>>(
        std::make_shared<Talking<Shared>>(shared_, options, std::move(tell)));
}

} // namespace parley
