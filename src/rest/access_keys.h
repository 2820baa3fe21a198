#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/sha256.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

// Which customer an access key speaks for. Keeps digests, never keys.
class AccessKeys {
public:
    // A key as the configuration has it: the key itself, or `sha256:` and 64 hexadecimal digits.
    static Result<AccessKeys> create(const std::vector<std::pair<CustomerId, std::string>>& keys);

    // Looks at every key, so that the time it takes says nothing about them.
    [[nodiscard]] std::optional<CustomerId> customer_of(std::string_view key) const;

private:
    std::vector<std::pair<Sha256, CustomerId>> keys_;
};

} // namespace parley
