#pragma once

#include "base/ip_address.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "net/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

// One question to DNS, without blocking the loop. Knows the shape of records, not what they are good for.
namespace parley {

struct DnsOptions {
    std::vector<SocketAddress> servers = {}; // Empty: those of the system.
    Duration one_try = 2s;                   // The wait for an answer; longer with each further try.
    int tries = 3;                           // The caller bounds the whole.
};

struct DnsNaptr {
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    std::string flags;
    std::string service;
    std::string replacement;

    friend bool operator==(const DnsNaptr&, const DnsNaptr&) = default;
};

struct DnsSrv {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;

    friend bool operator==(const DnsSrv&, const DnsSrv&) = default;
};

// Destroying it cancels; no answer follows. The answer never comes inside the constructor.
class DnsLookup {
public:
    enum class Type : std::uint8_t {
        naptr,
        srv,
        addresses, // The hosts file, then A and AAAA.
    };
    using Records = std::variant<std::vector<DnsNaptr>, std::vector<DnsSrv>, std::vector<IpAddress>>;
    using Answer = std::function<void(Result<Records>)>; // A name without such records is an error, too.

    DnsLookup(EventLoop&, Type, std::string name, Answer, const DnsOptions& = {});
    ~DnsLookup();
    DnsLookup(const DnsLookup&) = delete;
    DnsLookup& operator=(const DnsLookup&) = delete;

private:
    struct State;
    std::shared_ptr<State> state_; // The answer is posted; it finds out whether we are still there.
};

} // namespace parley
