#include "base/error.h"

namespace parley {

std::string_view to_string(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::invalid_request: return "invalid_request";
    case ErrorKind::unauthenticated: return "unauthenticated";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::limit_reached: return "limit_reached";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::timed_out: return "timed_out";
    }
    return "unknown";
}

void break_invariant(const char* condition, const char* file, int line)
{
    throw BrokenInvariant { std::string(file) + ":" + std::to_string(line) + ": " + condition };
}

} // namespace parley
