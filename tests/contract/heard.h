#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <variant>
#include <vector>

namespace parley::contract {

// What a stream said, read from the test's thread.
template <typename Event> class Heard {
public:
    void add(Event event)
    {
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(event));
        changed_.notify_all();
    }

    // False if `enough` is not true within 30 s, which is a broken promise and not a slow machine.
    bool wait(const std::function<bool(const std::vector<Event>&)>& enough)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return enough(events_); });
    }

    std::vector<Event> all()
    {
        const std::lock_guard lock(mutex_);
        return events_;
    }

    template <typename T> std::vector<T> of()
    {
        std::vector<T> found;
        for (auto& event : all()) {
            if (auto* t = std::get_if<T>(&event))
                found.push_back(std::move(*t));
        }
        return found;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Event> events_;
};

} // namespace parley::contract
