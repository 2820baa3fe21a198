#pragma once

#include "base/time.h"
#include "sip/transaction_layer.h"

#include <cstdint>
#include <optional>

// What an endpoint keeps of a REFER that it took (RFC 3515).
namespace parley::sip {

struct Referral {
    bool subscribed = true;                 // False: the other side wants no NOTIFY (RFC 4488).
    std::optional<std::uint32_t> id = {};   // Of all but the first one within the dialog (RFC 3515 2.4.6).
    TransactionId notify = 0;               // The latest one;
    bool open = false;                      // it has no final response yet.
    std::optional<std::uint16_t> next = {}; // To be told when it has one.
    bool over = false;                      // The final status was told, or waits as `next`.
    Instant ends;                           // The subscription, at the latest.
};

} // namespace parley::sip
