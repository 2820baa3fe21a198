#include "net/event_loop.h"

#include "net/clock.h"
#include "net/loop_core.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <pthread.h>
#include <signal.h>

#include <future>

namespace parley {

namespace asio = boost::asio;

EventLoop::EventLoop()
    : core_(std::make_unique<Core>())
{
}

EventLoop::~EventLoop() = default;

namespace {

// A peer that has gone is an error value of the write, not a signal; a library that writes without MSG_NOSIGNAL (TLS
// over libcurl) would otherwise end the process.
void block_broken_pipe_signal()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace

void EventLoop::run()
{
    block_broken_pipe_signal();
    core_->runner = std::this_thread::get_id();
    while (!core_->stopped) {
        if (!core_->broken) {
            core_->io.run();
            continue;
        }
        try {
            core_->io.run();
        } catch (const BrokenInvariant& broken) {
            core_->broken(broken);
        }
    }
    core_->runner = std::thread::id();
}

void EventLoop::stop()
{
    core_->stopped = true;
    core_->io.stop();
}

void EventLoop::post(Task task)
{
    asio::post(core_->io, std::move(task));
}

bool EventLoop::on_thread() const
{
    const auto runner = core_->runner.load();
    return runner == std::thread::id() || runner == std::this_thread::get_id();
}

void EventLoop::on_broken_invariant(std::function<void(const BrokenInvariant&)> handler)
{
    core_->broken = std::move(handler);
}

struct Timer::State : std::enable_shared_from_this<Timer::State> {
    explicit State(EventLoop& l)
        : loop(l)
        , timer(l.core().io)
    {
    }

    void cancel()
    {
        ++generation;
        task = nullptr;
        timer.cancel();
    }

    EventLoop& loop;
    asio::steady_timer timer;
    Task task;
    std::uint64_t generation = 0; // A wait that completed before it could be cancelled finds an old number.
};

Timer::Timer(EventLoop& loop)
    : state_(std::make_shared<State>(loop))
{
}

Timer::~Timer()
{
    state_->cancel();
}

void Timer::set(Instant when, Task task)
{
    state_->loop.assert_on_thread();
    state_->timer.expires_at(to_steady(when)); // Ends the wait under way.
    state_->task = std::move(task);
    state_->timer.async_wait(
        [state = state_, generation = ++state_->generation](const boost::system::error_code& error) {
            if (error || generation != state->generation)
                return;
            ++state->generation;
            Task due = std::move(state->task); // The task may set or destroy the timer.
            state->task = nullptr;
            due();
        });
}

void Timer::cancel()
{
    state_->loop.assert_on_thread();
    state_->cancel();
}

bool Timer::pending() const
{
    return static_cast<bool>(state_->task);
}

struct Beat::State : std::enable_shared_from_this<Beat::State> {
    State(EventLoop& l, Duration p, std::function<void(Instant)> f)
        : loop(l)
        , timer(l.core().io)
        , period(p)
        , beat(std::move(f))
        , due(now() + p)
    {
    }

    void wait()
    {
        timer.expires_at(to_steady(due));
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error)
                self->fire();
        });
    }

    void fire()
    {
        const Instant current = now();
        for (int count = 0; alive && due <= current && count < max_catch_up; ++count) {
            const Instant this_beat = due;
            due += period;
            beat(this_beat);
        }
        if (!alive)
            return;
        if (due <= current) {
            const auto missed = (current - due) / period + 1;
            skipped += static_cast<std::uint64_t>(missed);
            due += missed * period;
        }
        wait();
    }

    EventLoop& loop;
    asio::steady_timer timer;
    const Duration period;
    const std::function<void(Instant)> beat;
    Instant due;
    std::uint64_t skipped = 0;
    bool alive = true;
};

Beat::Beat(EventLoop& loop, Duration period, std::function<void(Instant)> beat)
    : state_(std::make_shared<State>(loop, period, std::move(beat)))
{
    VERIFY(period > Duration::zero());
    loop.assert_on_thread();
    state_->wait();
}

Beat::~Beat()
{
    state_->alive = false;
    state_->timer.cancel();
}

std::uint64_t Beat::skipped() const
{
    return state_->skipped;
}

struct LoopThread::State {
    EventLoop loop;
    std::thread thread;
};

LoopThread::LoopThread(std::string name)
    : state_(std::make_unique<State>())
{
    std::promise<void> running;
    state_->thread = std::thread([state = state_.get(), name = std::move(name), &running] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        state->loop.post([&running] { running.set_value(); });
        state->loop.run();
    });
    running.get_future().wait(); // From here on `on_thread` is right.
}

LoopThread::~LoopThread()
{
    join();
}

EventLoop& LoopThread::loop()
{
    return state_->loop;
}

void LoopThread::call(Task task)
{
    if (!state_->thread.joinable()) {
        task();
        return;
    }
    VERIFY(!state_->loop.on_thread());
    std::promise<void> done;
    state_->loop.post([&] {
        task();
        task = nullptr; // What it owned ends on the loop's thread.
        done.set_value();
    });
    done.get_future().wait();
}

void LoopThread::join()
{
    if (!state_->thread.joinable())
        return;
    state_->loop.stop();
    state_->thread.join();
}

} // namespace parley
