#include "providers/fallback_stt.h"

#include "net/clock.h"
#include "net/event_loop.h"

#include <utility>

namespace parley {

struct FallbackStt::Shared {
    EventLoop& home;
    std::vector<Choice> choices;
    std::vector<CircuitBreaker> health;
    Log log;

    [[nodiscard]] std::vector<FallbackSttChoice> policies() const
    {
        std::vector<FallbackSttChoice> policies;
        for (const auto& choice : choices)
            policies.push_back(choice.policy);
        return policies;
    }
};

namespace {

// One stream and the provider's stream behind it. Tasks under way hold it weakly.
template <typename Shared> class Hearing : public std::enable_shared_from_this<Hearing<Shared>> {
public:
    Hearing(std::shared_ptr<Shared> shared, const SttOptions& options, std::function<void(SttEvent)> tell)
        : shared_(std::move(shared))
        , options_(options)
        , tell_(std::move(tell))
        , machine_(shared_->policies(), shared_->health)
        , timer_(shared_->home)
    {
    }

    void close()
    {
        tell_ = nullptr;
        timer_.cancel();
        retire();
    }

    template <typename F> void decide(F step)
    {
        FallbackListening::Commands out;
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

private:
    void on_deadline()
    {
        decide([](auto& machine, Instant at, auto& out) { machine.handle_timeout(at, out); });
    }

    // A stream may be inside its own listener: it is destroyed by the loop's next task.
    void retire()
    {
        ++generation_;
        if (stream_)
            shared_->home.post([stream = std::move(stream_)] {});
    }

    void carry_out(const FallbackListening::Open& open)
    {
        retire();
        auto& choice = shared_->choices[open.provider];
        stream_ = choice.provider->open(
            options_, [weak = this->weak_from_this(), generation = generation_](SttEvent event) {
                const auto self = weak.lock();
                if (!self || !self->tell_ || self->generation_ != generation)
                    return;
                self->decide([&](auto& machine, Instant at, auto& out) { machine.handle(event, at, out); });
            });
    }
    void carry_out(const FallbackListening::Push& push) { stream_->push(push.frame, push.arrived); }
    void carry_out(const FallbackListening::Started& started) { stream_->speech_started(started.at); }
    void carry_out(const FallbackListening::Stopped& stopped) { stream_->speech_stopped(stopped.at); }
    void carry_out(FallbackListening::SetHints& hints) { stream_->set_hints(std::move(hints.hints)); }
    void carry_out(const FallbackListening::Finish&) { stream_->finish(); }
    void carry_out(const FallbackListening::Close&) { retire(); }
    void carry_out(FallbackListening::Tell& tell)
    {
        shared_->home.post([weak = this->weak_from_this(), event = std::move(tell.event)]() mutable {
            if (const auto self = weak.lock(); self && self->tell_)
                std::function(self->tell_)(std::move(event)); // A copy: the listener may destroy us.
        });
    }
    void carry_out(const FallbackListening::Replaced& replaced)
    {
        const auto& from = shared_->choices[replaced.from];
        shared_->log.warning("recogniser replaced",
            { { "from", from.policy.name }, { "to", shared_->choices[replaced.to].policy.name },
                { "why", replaced.why.what } });
        if (from.statistics)
            ++from.statistics->replaced;
    }

    std::shared_ptr<Shared> shared_; // Shared with the provider and its other streams.
    SttOptions options_;
    std::function<void(SttEvent)> tell_; // Empty: nobody listens any more.
    FallbackListening machine_;
    Timer timer_;
    std::unique_ptr<SttStream> stream_;
    std::uint64_t generation_ = 0; // Of `stream_`.
};

template <typename Shared> class FallbackStream : public SttStream {
public:
    explicit FallbackStream(std::shared_ptr<Hearing<Shared>> hearing)
        : hearing_(std::move(hearing))
    {
        hearing_->decide([](auto& machine, Instant at, auto& out) { machine.start(at, out); });
    }
    ~FallbackStream() override { hearing_->close(); }

    void push(const AudioFrame& frame, Instant arrived) override
    {
        hearing_->decide([&](auto& machine, Instant at, auto& out) { machine.push(frame, arrived, at, out); });
    }
    void speech_started(Instant when) override
    {
        hearing_->decide([&](auto& machine, Instant at, auto& out) { machine.speech_started(when, at, out); });
    }
    void speech_stopped(Instant when) override
    {
        hearing_->decide([&](auto& machine, Instant at, auto& out) { machine.speech_stopped(when, at, out); });
    }
    void set_hints(std::vector<std::string> hints) override
    {
        hearing_->decide([&](auto& machine, Instant at, auto& out) { machine.set_hints(std::move(hints), at, out); });
    }
    void finish() override
    {
        hearing_->decide([](auto& machine, Instant at, auto& out) { machine.finish(at, out); });
    }

private:
    std::shared_ptr<Hearing<Shared>> hearing_; // Held while one of its own callbacks runs, too.
};

} // namespace

FallbackStt::FallbackStt(EventLoop& home, std::vector<Choice> choices, Log log)
    : shared_(std::make_shared<Shared>(home, std::move(choices), std::vector<CircuitBreaker> {}, std::move(log)))
    , capabilities_ { "", true, true }
{
    shared_->health.resize(shared_->choices.size());
    for (const auto& choice : shared_->choices) {
        const auto& offered = choice.provider->capabilities();
        capabilities_.name += (capabilities_.name.empty() ? "" : ", ") + choice.policy.name;
        capabilities_.interim = capabilities_.interim && offered.interim;
        capabilities_.word_times = capabilities_.word_times && offered.word_times;
    }
}

FallbackStt::~FallbackStt() = default;

std::unique_ptr<SttStream> FallbackStt::open(const SttOptions& options, std::function<void(SttEvent)> tell)
{
    return std::make_unique<FallbackStream<Shared>>(
        std::make_shared<Hearing<Shared>>(shared_, options, std::move(tell)));
}

} // namespace parley
