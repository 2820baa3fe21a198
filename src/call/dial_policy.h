#pragma once

#include "base/result.h"
#include "call/dial.h"

#include <cstddef>
#include <string>
#include <vector>

namespace parley {

// Whom a project may call: what the operator allows, against programs that dial what costs money. Empty: nobody.
struct DialPolicy {
    std::vector<std::string> numbers; // Beginnings of numbers: "+1555", "+" for all of the world.
    std::vector<std::string> hosts;   // Of SIP addresses, in lower case, without port; "*" for all.
    std::size_t max_dials = 10;       // At the same time.
};

// Not: `invalid_request`, naming the target; the same for every target that is not allowed.
[[nodiscard]] Result<void> may_dial(const DialPolicy&, const DialSpec&);

} // namespace parley
