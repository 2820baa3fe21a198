#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

#include <functional>
#include <string_view>

namespace parley::relay {

inline constexpr std::size_t max_json_web_token = 8 * 1024;
inline constexpr Duration clock_leeway = 60s; // Of the clocks of who signs and who verifies.

// The secret that signs the tokens of a project; empty: there is none.
using SecretOf = std::function<std::string_view(const ProjectId&)>;

// Whom a JSON Web Token (RFC 7519) speaks for: signed with HS256 (RFC 7518 3.2) by the secret of the project that its
// claim `project_id` or `project` names, with `exp` in the future and `nbf`, if any, in the past. Everything else is
// `unauthenticated`; the message says why and repeats nothing of the token.
[[nodiscard]] Result<ProjectId> project_of(std::string_view token, const SecretOf&, WallTime now);

} // namespace parley::relay
