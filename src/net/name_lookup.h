#pragma once

#include "base/result.h"
#include "net/address.h"
#include "net/event_loop.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

// All addresses of a host name (hosts file, then DNS), without blocking the loop. For the .cc files of `net/` alone.
namespace parley {

// Destroying it cancels; no answer follows. The answer never comes inside the constructor.
class NameLookup {
public:
    using Answer = std::function<void(Result<std::vector<IpAddress>>)>;

    NameLookup(EventLoop&, std::string name, Answer);
    ~NameLookup();
    NameLookup(const NameLookup&) = delete;
    NameLookup& operator=(const NameLookup&) = delete;

private:
    struct State;
    std::shared_ptr<State> state_; // The answer is posted; it finds out whether we are still there.
};

} // namespace parley
