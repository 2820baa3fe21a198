#pragma once

#include "agent/ai_session.h"
#include "agent/session_report.h"
#include "base/time.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Collects the report of one session while it runs. Facts only append: `raw_call_log` keeps each as it came. `call_log`
// is for people: turns of the user that nothing was heard between are one, what nobody heard is not there, and what the
// model has forgotten stands in `previous_contexts`.
namespace parley::agent {

class DebugEvents;
class Redaction;

// What a stretch of the agent's speech came to.
struct SpokenEntry {
    bool by_model = true; // False: filler, `say`, apology.
    std::string generated;
    std::string heard;
    std::string pronounced {}; // As the voice read it, where that is not what was written.
    bool cut = false;
    bool retracted = false;            // The user had not finished: only the raw log knows of it.
    std::optional<Instant> start, end; // Of the sound.
    std::optional<Instant> asked, first_token, first_piece;
};

class ReportBuilder {
public:
    static constexpr std::size_t max_entries = 5'000; // Of each list; what comes later is counted, not kept.
    static constexpr std::size_t max_contexts = 100;  // That were left behind.
    static constexpr std::size_t max_respoken = 64;   // Pieces on their way to the voice; more are told as written.

    ReportBuilder(const AiSpec&, const SessionIdentity&);

    // Both outlive this; what is logged is told to them, and what is read here was masked there.
    void watch(DebugEvents& debug, Redaction& redaction);

    void started(Instant now);
    void system(std::string content, Instant now);
    void instruction(std::string content, Instant now); // Of a step.
    void user(CallLogEntry entry, Instant now);
    // The turn whose content was `before` went on: `entry` takes its place in the log for people.
    void user_went_on(CallLogEntry entry, const std::string& before, Instant now);
    void spoken(const SpokenEntry&, Instant now);
    void thinking(std::string content, Instant now); // Of a model that reasons aloud.
    void tool_request(std::vector<ToolCall> calls, Instant now);
    void tool_result(CallLogEntry entry, Instant now);
    void swaig(SwaigLogEntry entry, Instant now);
    void round_trip(ModelRoundTrip, int input_tokens, int output_tokens);
    void event(std::string action, std::string content, Json::Object metadata, Instant now);
    // Of the timeline alone: what was heard was written otherwise; what was written was spoken otherwise.
    void normalized(const std::string& original, const std::string& text, Instant now);
    void pronounced(const std::string& original, const std::string& text, Instant now);

    void voiced(std::size_t characters) { report_.voice_characters += static_cast<std::int64_t>(characters); }
    void user_spoke(Duration time) { report_.speech_time += time; }
    // Where the conversation is; every later event tells it.
    void place(Json::Object place) { place_ = std::move(place); }
    void conversation_left(); // The model has forgotten it: what was said so far becomes one of `previous_contexts`.
    void call_ended(Instant now) { report_.call_end = clock_.at(now); }
    void hard_timeout() { report_.hard_timeout = true; }
    void ended(EndedBy who, std::string reason, Instant now);
    void post_prompt(std::string prompt, PostPromptAnswer answer, Instant now);
    // The answer was the call of a function.
    void post_prompt_by_function(std::string prompt, PostPromptAnswer answer, Instant now);
    void summary(std::string text) { report_.conversation_summary = std::move(text); }

    // What `fetch_conversation` tells of a session that has only begun.
    [[nodiscard]] SessionReport beginning() const;
    [[nodiscard]] SessionReport report(Json::Object global_data) const;
    [[nodiscard]] std::vector<CallLogEntry> call_log() const;
    [[nodiscard]] std::vector<CallLogEntry> raw_call_log() const;
    [[nodiscard]] WallTime at(Instant when) const { return clock_.at(when); }

private:
    void note(CallLogEntry entry, Instant now);
    void note_raw(const CallLogEntry& entry);
    bool join(const CallLogEntry& entry);
    void timeline(std::string type, Json::Object metadata, Instant now);
    void told(const SpokenEntry&);
    [[nodiscard]] std::string as_spoken(const SpokenEntry&);
    [[nodiscard]] std::vector<CallLogEntry> masked(const std::vector<CallLogEntry>&) const;

    ClockPair clock_;
    SessionReport report_;
    Json::Object place_;
    std::string voice_, engine_, language_;                     // To begin with.
    std::vector<std::pair<std::string, std::string>> respoken_; // Pieces not told yet that are spoken otherwise.
    DebugEvents* debug_ = nullptr;
    Redaction* redaction_ = nullptr;

    std::optional<WallTime> user_end_; // Of the user's last words, until they are answered.
    std::optional<Duration> user_final_;
    std::optional<Duration> last_latency_; // Of the last round trip.
    std::string last_failure_;             // Of the model or the voice.
    int interruptions_ = 0;                // All of them,
    int fresh_interruptions_ = 0;          // and those since the user's last words.
};

} // namespace parley::agent
