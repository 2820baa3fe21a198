#pragma once

#include "base/error.h"
#include "base/time.h"
#include "net/unique_function.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

// One thread, one loop: what arrives from sockets, timers and other threads happens here one after the other.
// Knows nothing of what it carries.
namespace parley {

class EventLoop {
public:
    EventLoop();
    ~EventLoop(); // Not while `run` runs. Tasks that did not run are destroyed.
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Works until `stop`. The calling thread becomes the loop's thread.
    void run();

    // From any thread; `run` returns after the task at hand.
    void stop();

    // From any thread. Tasks of one poster run in the order of posting, never inside `post`.
    void post(Task);

    // True on the thread in `run`, and on every thread while nobody runs the loop (construction and tear-down).
    [[nodiscard]] bool on_thread() const;
    void assert_on_thread() const { VERIFY(on_thread()); }

    // Called when a broken invariant leaves a task: the loop goes on with the next one. Without a handler it leaves
    // `run`. To be set before `run`.
    void on_broken_invariant(std::function<void(const BrokenInvariant&)>);

    struct Core; // The library behind the loop; `net/` only.
    [[nodiscard]] Core& core() { return *core_; }

private:
    std::unique_ptr<Core> core_;
};

// Fires once at an instant. Belongs to its loop's thread. Destroying it cancels; nothing fires afterwards.
class Timer {
public:
    explicit Timer(EventLoop&);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // Replaces what was set. An instant that has passed fires soon, never inside `set`. The task may destroy the timer.
    void set(Instant, Task);
    void cancel();
    [[nodiscard]] bool pending() const;

private:
    struct State;
    std::shared_ptr<State> state_; // Shared with the wait under way, which may outlive us by one turn of the loop.
};

// A beat without drift: beat k is due at `start + k * period`, however late the ones before were.
// Belongs to its loop's thread. Destroying it ends the beat, also from within the beat.
class Beat {
public:
    // After a stall the missed beats follow at once, in order; more than this many are skipped and counted.
    static constexpr int max_catch_up = 50;

    Beat(EventLoop&, Duration period, std::function<void(Instant due)>); // The first beat is due one period from now.
    ~Beat();
    Beat(const Beat&) = delete;
    Beat& operator=(const Beat&) = delete;

    [[nodiscard]] std::uint64_t skipped() const;

private:
    struct State;
    std::shared_ptr<State> state_; // Shared with the wait under way.
};

// A loop with a thread of its own. The destructor stops the loop and joins.
class LoopThread {
public:
    explicit LoopThread(std::string name); // At most 15 characters are shown by the system.
    ~LoopThread();
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    [[nodiscard]] EventLoop& loop();

    // Runs the task on the loop's thread and waits for it. For start-up, tear-down and tests; never from a loop's
    // thread.
    void call(Task);

    // Ends the thread; the loop stays, so that what lives on it can be destroyed from here.
    void join();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace parley
