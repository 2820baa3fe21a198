#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

// The stored record of one AI session (REST `aicall`).
enum class AiCallStatus : std::uint8_t { initiating, progressing, terminating, terminated };

[[nodiscard]] std::string_view to_string(AiCallStatus);

struct AiCall {
    AiSessionId id;
    CustomerId customer;
    ActiveflowId activeflow;
    CallId call; // Wire: `reference_id` with `reference_type` "call".
    AiCallStatus status = AiCallStatus::initiating;
    std::string language;
    WallTime created; // Stamped by the store.
    std::optional<WallTime> updated;
    std::optional<WallTime> ended;
};

// The stored record of one call (REST `activeflow`). Each call is one.
struct Activeflow {
    ActiveflowId id;
    CustomerId customer;
    CallId call;
    bool running = true; // Wire: `status` "running" or "ended".
    WallTime created;
    std::optional<WallTime> updated;
    std::optional<WallTime> ended;
};

// Read from the configuration at start and stored, so that the identifiers resolve.
struct Customer {
    CustomerId id;
    std::string name;
    std::string detail;
    WallTime created;
};

} // namespace parley
