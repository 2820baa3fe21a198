#pragma once

#include "net/event_loop.h"

#include <functional>
#include <memory>

// Waits for a descriptor that a library owns to become readable or writable. Never closes it: destroy the watch before
// the library closes the descriptor. For the .cc files of `net/` alone.
namespace parley {

class FdWatch {
public:
    enum class Ready : std::uint8_t { read, write };

    // The listener may destroy the watch.
    FdWatch(EventLoop&, int fd, std::function<void(Ready)>);
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;

    void want(bool read, bool write);

private:
    struct State;
    std::shared_ptr<State> state_; // Shared with the waits under way.
};

} // namespace parley
