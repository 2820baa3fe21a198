#pragma once

#include "base/id.h"
#include "base/json.h"
#include "base/time.h"
#include "speech/language_model.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is told about a finished AI session (`swml-ai` report). Values only; `swaig/` writes the JSON.
namespace parley {

enum class EndedBy : std::uint8_t { caller, assistant, system };

[[nodiscard]] std::string_view to_string(EndedBy);

// One line of `call_log` and `raw_call_log`. Unset fields are not written.
struct CallLogEntry {
    enum class Role : std::uint8_t {
        system,
        user,
        assistant,
        assistant_manual, // Spoken, but not by the model: fillers, `say`, apologies.
        assistant_thinking,
        tool,
        system_log, // Something happened: `action` and `metadata` say what.
    };

    Role role = Role::system;
    std::string content;
    WallTime timestamp;
    std::optional<WallTime> start, end; // `start_timestamp`, `end_timestamp`: of the speech.
    std::string language;               // `lang`
    bool instruction = false;           // system: of a step; has `visible_count`:
    int visible_count = 0;              // so many messages the model sees with it.

    std::optional<double> confidence; // user
    std::string content_type;         // user: "Detected Speech" or "DTMF"; system_log: "Detected Speech"
    // user, from the end of speech: `speaking_to_turn_detection`, `speaking_to_final_event`.
    std::optional<Duration> speaking_to_turn_detection;
    std::optional<Duration> speaking_to_final_event;
    std::string original; // user: as heard, where a hint rewrote it.
    int barge_count = 0;  // user: how often it went on over the agent's speech,
    int merge_count = 0;  // and how many pieces became one turn.

    // assistant, from the request: to the first token, the first piece for the voice, the first sound.
    std::optional<Duration> latency;
    std::optional<Duration> utterance_latency;
    std::optional<Duration> audio_latency;
    // assistant, from the end of the user's speech: to the first sound, which is the silence he hears, and to his last
    // words.
    std::optional<Duration> acoustic_latency;
    std::optional<Duration> eos_to_push_latency;
    std::vector<ToolCall> tool_calls; // assistant, with empty content

    std::string pronounced; // assistant, where it was spoken otherwise than written.

    // assistant, `raw_call_log` only: cut by the user.
    bool barged = false;
    std::optional<Duration> barge_elapsed;
    std::string text_heard;        // `text_heard_approx`
    std::string text_spoken_total; // What was generated.

    std::string tool_call_id; // tool
    std::string function_name;
    std::optional<Duration> execution_latency; // Of the tool itself.
    std::optional<Duration> function_latency;  // From the model's request to its result in the history.

    std::string action;    // system_log: "session_start", "function_call", ...
    Json::Object metadata; // system_log
};

[[nodiscard]] std::string_view to_string(CallLogEntry::Role); // As on the wire: "assistant-manual", "system-log".

// One entry of `call_timeline`.
struct TimelineEntry {
    WallTime timestamp;
    std::string type; // "user_input", "ai_response", "tool_result" or a system_log's action
    Json::Object metadata;
};

// One entry of `swaig_log`.
struct SwaigLogEntry {
    std::string command_name;
    std::string command_arg; // Exactly what the model wrote; "" is written as "null".
    WallTime time;
    std::string url; // With its credentials removed.
    Json post_data;
    Json post_response; // null: none, `error` says why.
    std::string error;
    bool native = false;
    std::optional<int> active_count {}; // Uses left; unset: endless.
    bool delayed = false;               // `delayed_post_response`: the conversation had moved on.
    Json::Object mcp {};                // `mcp_url`, `mcp_tool`, `mcp_response`, `mcp_error`
};

// One round trip to the model: `times[]`.
struct ModelRoundTrip {
    std::string response;
    int response_word_count = 0;
    Duration answer_time {}; // Request to end.
    Duration token_time {};  // First token to end.
    int tokens = 0;          // Of output.
};

struct PostPromptAnswer {
    std::string raw;
    std::vector<Json> parsed; // Every JSON object found in it.
    std::string substituted;  // The rest; empty if the answer was only JSON.
};

struct SessionReport {
    CallId call_id;
    AiSessionId session;
    std::string app_name;
    std::string conversation_id;
    std::string project_id, space_id; // "": unknown
    std::string caller_id_name, caller_id_number;
    std::string model; // As asked for; "": the configured one.

    WallTime call_start;
    std::optional<WallTime> call_answer;
    std::optional<WallTime> call_end; // Unset while the call is up.
    WallTime ai_start;
    WallTime ai_end;
    EndedBy ended_by = EndedBy::system;
    std::string end_reason; // "normal", "hard_timeout" or "error"
    bool hard_timeout = false;
    bool fetch = false;               // `fetch_conversation`: the session has only begun.
    std::string conversation_summary; // `save_conversation`

    std::vector<CallLogEntry> call_log;
    std::vector<CallLogEntry> raw_call_log;
    std::vector<std::vector<CallLogEntry>> previous_contexts; // What was left behind by context switches, oldest first.
    std::vector<TimelineEntry> call_timeline;
    std::vector<SwaigLogEntry> swaig_log;
    std::vector<ModelRoundTrip> times;
    PostPromptAnswer post_prompt_data;
    Json::Object global_data;
    Json::Object swml_vars, swml_call; // Of the document that runs the session; empty: none does.

    Duration total_time {};  // Of the AI session; `total_minutes` is its ceiling, at least 1.
    Duration speech_time {}; // Of the user, by voice activity: `total_asr_minutes`.
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t voice_characters = 0; // `total_tts_chars`
};

} // namespace parley
