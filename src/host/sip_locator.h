#pragma once

#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "net/dns_lookup.h"
#include "net/event_loop.h"
#include "sip/server_location.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

// Puts the questions of `sip/server_location.h` to DNS. Lives on the signal loop, and never waits there.
namespace parley {

class SipLocator {
public:
    struct Options {
        DnsOptions dns = { .servers = {}, .one_try = 500ms, .tries = 3 };
        // Then what is known so far is the answer. A third for each kind of question: some name services swallow NAPTR
        // and SRV, and an address is worth more than both.
        Duration patience = 5s;
        std::size_t max_searches = 200; // At once; more: an error.
    };
    // Hops best first, at least one; or why there are none.
    using Located = std::function<void(Result<sip::Hops>)>;

    SipLocator(EventLoop&, Options, IdSource ids);
    ~SipLocator(); // Nobody is answered any more.

    // Answers later, never inside this call.
    void locate(const std::string& uri, Located);

private:
    struct Search;
    void step(std::uint64_t number);
    void ask(std::uint64_t number, const sip::DnsQuestion&);
    void wait(std::uint64_t number, sip::DnsQuestion::Kind);
    void give_up(std::uint64_t number, sip::DnsQuestion::Kind);

    EventLoop& loop_;
    const Options options_;
    IdSource ids_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Search>> searches_;
};

} // namespace parley
