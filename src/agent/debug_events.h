#pragma once

#include "agent/ai_session.h"
#include "agent/session_report.h"
#include "base/json.h"
#include "base/time.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// What a session tells `debug_webhook_url` while it runs: the names and members of its events. Watches what is logged,
// what happens and what is asked for; decides nothing. The envelope is `swaig/`'s.
namespace parley::agent {

class DebugEvents {
public:
    static constexpr std::size_t max_waiting = 256;                // Until they are taken; then the newest are dropped.
    static constexpr std::size_t excessive_prompt_tokens = 16'000; // Worth a warning: each reply waits for them.

    explicit DebugEvents(const AiSpec&);
    [[nodiscard]] bool on() const { return on_; }

    void tell(std::string name, Json::Object members);
    // Of `system-log`: told under the name that debug events have for it.
    void logged(const std::string& action, const Json::Object& metadata);
    void added(const CallLogEntry&); // To the conversation.
    void called(const SwaigLogEntry&);

    void saw(const Event&, Instant now);
    void saw(const Command&, Instant now);

    // Each is {name: members}, in order.
    [[nodiscard]] std::vector<Json::Object> take();

private:
    void saw_model(const ModelEvent&, Instant now);
    void saw_tool(const ToolReturned&);
    void saw_request(const AskModel&, Instant now);

    bool on_;
    bool everything_; // Level 2.
    bool redacted_;
    std::string model_;
    std::string asked_model_;
    std::optional<Instant> asked_; // Until the answer is whole.
    ReplyId reply_;
    bool warned_ = false;
    std::vector<Json::Object> waiting_;
};

} // namespace parley::agent
