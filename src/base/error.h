#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace parley {

// Who has to act. Each door translates it with one table (RELAY code, HTTP status, SIP status).
enum class ErrorKind : std::uint8_t {
    invalid_request, // The request is wrong; `what` names the field.
    unauthenticated, // Who asks is not known.
    not_found,       // The thing addressed does not exist, or no longer.
    conflict,        // Not in this state.
    unsupported,     // Known, but not offered here.
    limit_reached,   // A named limit is used up.
    unavailable,     // A provider, a database, a network is away.
    timed_out,       // An answer did not come in time.
};

// `what` is for people and is never parsed.
struct Error {
    ErrorKind kind;
    std::string what;

    friend bool operator==(const Error&, const Error&) = default;
};

[[nodiscard]] std::string_view to_string(ErrorKind);

// Thrown by VERIFY alone. Ends the call that broke the invariant, never the process.
struct BrokenInvariant {
    std::string what;
};

[[noreturn]] void break_invariant(const char* condition, const char* file, int line);

} // namespace parley

// States an invariant that only our own mistake can break. Stays on in release builds.
#define VERIFY(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) [[unlikely]]                                                                                 \
            ::parley::break_invariant(#condition, __FILE__, __LINE__);                                                 \
    } while (false)
