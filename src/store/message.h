#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

enum class Role : std::uint8_t { system, user, assistant, function, tool, notification };

[[nodiscard]] std::string_view to_string(Role);
[[nodiscard]] std::optional<Role> role_from(std::string_view);

// A function that the model asked for, as the log keeps it.
struct LoggedToolCall {
    std::string id;
    std::string name;
    std::string arguments; // JSON text.

    friend bool operator==(const LoggedToolCall&, const LoggedToolCall&) = default;
};

// One line of a logged conversation. Facts only append: a message, once stored, is never rewritten.
// `direction` is not stored: `rest/` derives it from the role.
struct Message {
    MessageId id;
    CustomerId customer;
    AiSessionId session; // Wire: `aicall_id`.
    ActiveflowId activeflow;
    Role role = Role::system;
    std::string content;
    std::vector<LoggedToolCall> tool_calls; // Assistant only.
    std::string tool_call_id;               // Tool only.
    WallTime created;                       // Stamped by the store; what the caller sets is ignored.

    friend bool operator==(const Message&, const Message&) = default;
};

} // namespace parley
