#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

// What a client is given to show when it connects again: where it stood. The client cannot read it as anything and
// cannot change it; it also outlives the server, whose key comes from the configuration.
namespace parley::relay {

struct AuthorizationState {
    ProjectId project;
    std::string protocol;
    std::set<ContextName> contexts;
    // Every event up to this one left before this did. Who holds it has them: clients read in order.
    std::uint64_t received = 0;
    WallTime written;

    friend bool operator==(const AuthorizationState&, const AuthorizationState&) = default;
};

inline constexpr std::size_t max_authorization_state = 32 * 1024; // Longer ones are not looked at.

// `<payload>:<HMAC-SHA-256>`, both in base64, as clients know it from elsewhere. Contexts that make it too long are
// left out.
[[nodiscard]] std::string seal(const AuthorizationState&, std::string_view key);

// Nothing if it was not sealed with that key, was changed, or is older than `life`.
[[nodiscard]] std::optional<AuthorizationState> unseal(
    std::string_view text, std::string_view key, WallTime now, Duration life);

} // namespace parley::relay
