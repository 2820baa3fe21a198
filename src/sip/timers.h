#pragma once

#include "base/time.h"

// RFC 3261 17.1.1.1 and table 4; all other timers follow from these three.
namespace parley::sip {

struct Timers {
    Duration t1 = 500ms; // Round-trip estimate.
    Duration t2 = 4s;    // Longest interval between retransmissions of non-INVITE requests and INVITE responses.
    Duration t4 = 5s;    // How long a message stays in the network.

    // Timers B, F, H, J, L and M.
    [[nodiscard]] constexpr Duration transaction_timeout() const { return 64 * t1; }

    // Timer D: 17.1.1.2 asks for more than 32 s over UDP.
    [[nodiscard]] constexpr Duration wait_for_response_retransmits() const { return 64 * t1; }
};

} // namespace parley::sip
