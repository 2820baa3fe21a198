#pragma once

#include "base/log.h"
#include "net/event_loop.h"
#include "net/name_lookup.h"
#include "sip/sip_endpoint.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

// Where the servers of trunks are: answers each `LocateTrunk` with a `TrunkLocated`, later. Lives on the signal loop.
namespace parley {

class TrunkLocator {
public:
    using Answer = std::function<void(sip::TrunkLocated)>;

    TrunkLocator(EventLoop&, Log, Answer);

    void locate(const sip::LocateTrunk&);

private:
    EventLoop& loop_;
    Log log_;
    Answer answer_;
    std::map<std::string, std::unique_ptr<NameLookup>> lookups_; // By trunk; the latest one counts.
};

} // namespace parley
