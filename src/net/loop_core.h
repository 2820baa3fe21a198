#pragma once

#include "net/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <thread>

// What stands behind an `EventLoop`. For the .cc files of `net/` alone.
namespace parley {

struct EventLoop::Core {
    boost::asio::io_context io { 1 }; // One thread runs it; posting from others stays safe.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work { io.get_executor() };
    std::atomic<std::thread::id> runner {}; // Nobody: the default id.
    std::atomic<bool> stopped = false;
    std::function<void(const BrokenInvariant&)> broken;
};

inline std::chrono::steady_clock::time_point to_steady(Instant when)
{
    return std::chrono::steady_clock::time_point(when.time_since_epoch());
}

} // namespace parley
