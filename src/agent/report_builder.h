#pragma once

#include "agent/ai_session.h"
#include "agent/session_report.h"
#include "base/time.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Collects the report of one session while it runs. Facts only append.
namespace parley::agent {

// What a stretch of the agent's speech came to.
struct SpokenEntry {
    bool by_model = true; // False: filler, `say`, apology.
    std::string generated;
    std::string heard;
    bool cut = false;
    std::optional<Instant> start, end; // Of the sound.
    std::optional<Instant> asked, first_token, first_piece;
};

class ReportBuilder {
public:
    static constexpr std::size_t max_previous_contexts = 100; // The latest are left out.
    static constexpr std::size_t max_entries = 5'000;         // Of each list; what comes later is counted, not kept.

    ReportBuilder(const AiSpec&, const SessionIdentity&);

    void started(Instant now);
    void system(std::string content, Instant now);
    void instruction(std::string content, Instant now); // Of a step.
    void user(CallLogEntry entry, Instant now);
    void spoken(const SpokenEntry&, Instant now);
    void tool_request(std::vector<ToolCall> calls, Instant now);
    void tool_result(CallLogEntry entry, Instant now);
    void swaig(SwaigLogEntry entry, Instant now);
    void round_trip(ModelRoundTrip, int input_tokens, int output_tokens);
    void event(std::string action, std::string content, Json::Object metadata, Instant now);

    void voiced(std::size_t characters) { report_.voice_characters += static_cast<std::int64_t>(characters); }
    void user_spoke(Duration time) { report_.speech_time += time; }
    // Where the conversation is; every later event tells it.
    void place(Json::Object place) { place_ = std::move(place); }
    void conversation_left(); // What was said since the last time becomes one of `previous_contexts`.
    void call_ended(Instant now) { report_.call_end = clock_.at(now); }
    void ended(EndedBy who, std::string reason, Instant now);
    void post_prompt(std::string prompt, PostPromptAnswer answer, Instant now);

    [[nodiscard]] SessionReport report(Json::Object global_data) const;
    [[nodiscard]] WallTime at(Instant when) const { return clock_.at(when); }

private:
    void note(CallLogEntry entry, Instant now);
    void timeline(std::string type, Json::Object metadata, Instant now);

    ClockPair clock_;
    SessionReport report_;
    Json::Object place_;
    std::size_t conversation_from_ = 0; // Of `call_log`.
};

} // namespace parley::agent
