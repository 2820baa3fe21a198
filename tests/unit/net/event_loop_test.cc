#include "net/event_loop.h"

#include "net/clock.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

using namespace parley;

TEST(EventLoop, runs_what_one_poster_posts_in_order)
{
    LoopThread thread("order");
    std::vector<int> seen;
    for (int i = 0; i < 1'000; ++i)
        thread.loop().post([&seen, i] { seen.push_back(i); });
    thread.call([] {});
    ASSERT_EQ(seen.size(), 1'000U);
    for (int i = 0; i < 1'000; ++i)
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(EventLoop, takes_a_task_that_owns_what_cannot_be_copied)
{
    LoopThread thread("move");
    auto owned = std::make_unique<int>(7);
    int seen = 0;
    thread.call([&seen, owned = std::move(owned)] { seen = *owned; });
    EXPECT_EQ(seen, 7);
}

TEST(EventLoop, knows_its_thread)
{
    LoopThread thread("whose");
    EXPECT_FALSE(thread.loop().on_thread());
    bool inside = false;
    thread.call([&] { inside = thread.loop().on_thread(); });
    EXPECT_TRUE(inside);
    thread.join();
    EXPECT_TRUE(thread.loop().on_thread()); // Nobody runs it: tear-down is allowed from here.
}

TEST(EventLoop, stops_even_when_asked_before_it_runs)
{
    EventLoop loop;
    loop.stop();
    loop.run();
}

TEST(EventLoop, goes_on_after_a_broken_invariant_when_somebody_listens)
{
    EventLoop loop;
    std::string told;
    loop.on_broken_invariant([&](const BrokenInvariant& broken) { told = broken.what; });
    loop.post([] { VERIFY(1 == 2); });
    loop.post([&] { loop.stop(); });
    loop.run();
    EXPECT_NE(told.find("1 == 2"), std::string::npos);
}

TEST(Timer, never_fires_early_and_fires_in_order)
{
    EventLoop loop;
    Timer late(loop);
    Timer soon(loop);
    const Instant start = now();
    std::vector<int> order;
    Duration soon_after {};
    late.set(start + 20ms, [&] {
        order.push_back(2);
        loop.stop();
    });
    soon.set(start + 10ms, [&] {
        order.push_back(1);
        soon_after = now() - start;
    });
    loop.run();
    EXPECT_EQ(order, (std::vector { 1, 2 }));
    EXPECT_GE(soon_after, 10ms);
}

TEST(Timer, set_again_replaces_what_was_set)
{
    EventLoop loop;
    Timer timer(loop);
    int first = 0;
    int second = 0;
    timer.set(now(), [&] { ++first; });
    timer.set(now() + 1ms, [&] {
        ++second;
        EXPECT_FALSE(timer.pending());
        loop.stop();
    });
    EXPECT_TRUE(timer.pending());
    loop.run();
    EXPECT_EQ(first, 0);
    EXPECT_EQ(second, 1);
}

TEST(Timer, is_silent_once_cancelled_or_destroyed_even_if_it_was_due)
{
    EventLoop loop;
    Timer cancelled(loop);
    auto destroyed = std::make_unique<Timer>(loop);
    int fired = 0;
    const Instant due = now();
    Timer first(loop);
    first.set(due - 1ms, [&] { // All three are due in the same turn of the loop; this one comes first.
        cancelled.cancel();
        destroyed.reset();
    });
    cancelled.set(due, [&] { ++fired; });
    destroyed->set(due, [&] { ++fired; });
    Timer end(loop);
    end.set(due + 5ms, [&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(fired, 0);
}

TEST(Timer, may_be_destroyed_by_its_own_task)
{
    EventLoop loop;
    auto timer = std::make_unique<Timer>(loop);
    timer->set(now(), [&] {
        timer.reset();
        loop.stop();
    });
    loop.run();
    EXPECT_EQ(timer, nullptr);
}

TEST(Beat, is_due_on_the_grid_however_late_it_comes)
{
    EventLoop loop;
    std::vector<Instant> due;
    Beat beat(loop, 1ms, [&](Instant when) {
        EXPECT_LE(when, now());
        if (due.size() == 5)
            std::this_thread::sleep_for(7ms); // A stall: the beats that were missed follow.
        due.push_back(when);
        if (due.size() == 20)
            loop.stop();
    });
    loop.run();
    ASSERT_GE(due.size(), 20U);
    for (std::size_t i = 1; i < due.size(); ++i)
        EXPECT_EQ((due[i] - due[0]) % 1ms, Duration::zero());
    // Each beat comes, unless this machine itself stood still for longer than the catch-up.
    EXPECT_EQ(due.back() - due.front(), static_cast<std::int64_t>(due.size() - 1 + beat.skipped()) * Duration(1ms));
}

TEST(Beat, skips_and_counts_what_a_long_stall_missed)
{
    EventLoop loop;
    std::vector<Instant> due;
    std::uint64_t skipped = 0;
    std::unique_ptr<Beat> beat;
    beat = std::make_unique<Beat>(loop, 1ms, [&](Instant when) {
        if (due.empty())
            std::this_thread::sleep_for(120ms);
        due.push_back(when);
        if (beat->skipped() > 0) {
            skipped = beat->skipped();
            beat.reset(); // Ends it from within.
            loop.stop();
        }
    });
    loop.run();
    EXPECT_GE(skipped, 50U);
    const auto last = due.size() - 1;
    EXPECT_EQ(due[last] - due[0], static_cast<std::int64_t>(last + skipped) * Duration(1ms)); // Still on the grid.
}

TEST(LoopThread, destroys_tasks_that_never_ran)
{
    auto owned = std::make_shared<int>(1);
    std::weak_ptr<int> watched = owned;
    {
        LoopThread thread("left over");
        thread.join();
        thread.loop().post([owned = std::move(owned)] {});
    }
    EXPECT_TRUE(watched.expired());
}
