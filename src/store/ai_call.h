#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The sessions, calls and customers that a message names.
// Knows how such a row begins and how it changes, so that every store does it alike; knows nothing of files or wires.
namespace parley {

// The stored record of one AI session (REST `aicall`).
enum class AiCallStatus : std::uint8_t { initiating, progressing, terminating, terminated };

[[nodiscard]] std::string_view to_string(AiCallStatus);
[[nodiscard]] std::optional<AiCallStatus> ai_call_status_from(std::string_view);

struct AiCall {
    AiSessionId id;
    CustomerId customer;
    ActiveflowId activeflow;
    CallId call; // Wire: `reference_id` with `reference_type` "call".
    AiCallStatus status = AiCallStatus::initiating;
    std::string language;
    WallTime created;                // Stamped by the store.
    std::optional<WallTime> updated; // Stamped by the store with each update.
    std::optional<WallTime> ended;   // Stamped by the store when `terminated` comes without it.

    friend bool operator==(const AiCall&, const AiCall&) = default;
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

    friend bool operator==(const Activeflow&, const Activeflow&) = default;
};

// Read from the configuration at start and stored, so that the identifiers resolve.
struct Customer {
    CustomerId id;
    std::string name;
    std::string detail;
    WallTime created;

    friend bool operator==(const Customer&, const Customer&) = default;
};

// The row as it is first stored.
[[nodiscard]] AiCall first_row(AiCall, WallTime now);
[[nodiscard]] Activeflow first_row(Activeflow, WallTime now);
[[nodiscard]] Customer first_row(Customer, WallTime now);

// The stored row after an update. What is over stays over, with the time at which it ended; `conflict` if the update
// names another customer.
[[nodiscard]] Result<AiCall> updated_row(AiCall stored, const AiCall& update, WallTime now);
[[nodiscard]] Result<Activeflow> updated_row(Activeflow stored, const Activeflow& update, WallTime now);
[[nodiscard]] Result<Customer> updated_row(Customer stored, const Customer& update, WallTime now);

} // namespace parley
