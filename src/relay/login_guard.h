#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace parley::relay {

// Who tries tokens. Counts failed logins of an address, and of an address for one project, so that a program with a
// wrong token keeps no other program of the same machine out.
class LoginGuard {
public:
    static constexpr Duration window = 60s;
    static constexpr std::size_t max_of_project = 20; // Failures in a window; then refused until it is over.
    static constexpr std::size_t max_of_address = 200;
    static constexpr std::size_t max_entries = 10'000; // Then the entry that began first is forgotten.

    // True: do not even look at the credentials.
    [[nodiscard]] bool refuses(std::string_view address, const ProjectId&, Instant now) const;
    void failed(std::string_view address, const ProjectId&, Instant now);

private:
    using Key = std::pair<std::string, std::string>; // Address, project; an empty project: all of them.
    struct Entry {
        std::size_t failures = 0;
        Instant began;
    };
    [[nodiscard]] bool over(const Key&, std::size_t limit, Instant now) const;
    void count(Key, Instant now);

    std::map<Key, Entry> entries_;
};

// What one client has of an address: all of IPv4, the first 64 bits of IPv6.
[[nodiscard]] std::string address_of_one_client(std::string_view ip);

} // namespace parley::relay
