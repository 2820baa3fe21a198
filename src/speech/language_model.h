#pragma once

#include "base/error.h"
#include "base/json.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// Language model, whoever provides it. Events are delivered on the thread that opened the stream.
namespace parley {

struct ToolCall {
    std::string id; // The provider's own, unique within a session.
    std::string name;
    std::string arguments; // Exactly what the model wrote: JSON text, perhaps malformed.

    friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

// One entry of what the model is shown.
struct LmMessage {
    enum class Role : std::uint8_t { system, user, assistant, tool };

    Role role = Role::user;
    std::string content;
    std::vector<ToolCall> tool_calls; // Assistant only.
    std::string tool_call_id;         // Tool only.

    friend bool operator==(const LmMessage&, const LmMessage&) = default;
};

struct LmTool {
    std::string name;
    std::string description;
    Json parameters; // JSON Schema, verbatim.

    friend bool operator==(const LmTool&, const LmTool&) = default;
};

// What the wire's prompt object may set; unset values are the provider's.
struct ModelOptions {
    std::string model;                 // "": the configured one.
    std::optional<double> temperature; // 0 to 2
    std::optional<double> top_p;       // 0 to 1
    std::optional<double> presence_penalty;
    std::optional<double> frequency_penalty;
    std::optional<int> max_tokens;

    friend bool operator==(const ModelOptions&, const ModelOptions&) = default;
};

struct LmRequest {
    ModelOptions options;
    std::vector<LmMessage> messages;
    std::vector<LmTool> tools; // Empty: the model may call none.

    friend bool operator==(const LmRequest&, const LmRequest&) = default;
};

struct LmText {
    std::string text; // The next piece.
};
struct LmToolCall {
    ToolCall call; // Complete.
};
struct LmDone {
    int input_tokens = 0;
    int output_tokens = 0;
};
struct LmFailed {
    Error error;
};

// LmDone or LmFailed is the last.
using LmEvent = std::variant<LmText, LmToolCall, LmDone, LmFailed>;

// Destroying it cancels the reply; no event follows.
class LmStream {
public:
    virtual ~LmStream() = default;
};

class LanguageModel {
public:
    virtual ~LanguageModel() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    virtual std::unique_ptr<LmStream> open(LmRequest, std::function<void(LmEvent)>) = 0;
};

} // namespace parley
