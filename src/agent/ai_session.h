#pragma once

#include "agent/ai_spec.h"
#include "agent/session_report.h"
#include "agent/tool_caller.h"
#include "agent/turn_report.h"
#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "speech/language_model.h"
#include "speech/speech_to_text.h"
#include "speech/text_to_speech.h"
#include "speech/words.h"
#include "store/message.h"
#include "turn/turn_engine.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// One AI session: what is said, to whom, and what was heard of it. Owns the turn engine, the history, the prompt, the
// pending tool calls, the sentence splitter and the report. Knows no wire, no provider, no sample of sound; it does not
// even know that it is on a telephone.
namespace parley::agent {

// Beside the model's replies, something is asked of it: a summary, a translation.
struct AsideId {
    std::uint64_t value = 0;

    friend auto operator<=>(const AsideId&, const AsideId&) = default;
};

// Sounds that are no speech; each place has at most one.
enum class SoundPlace : std::uint8_t {
    background, // Under everything.
    hold,       // While the user waits.
    tool,       // While a tool runs.
};

// ---- What can happen ----------------------------------------------------------------------------------------------

struct SessionStarted { };

using turn::SpeechStarted;
using turn::SpeechStopped;

// An event of the model that was asked with AskModel{reply}. Events of replies that were cancelled are ignored.
struct ModelEvent {
    ReplyId reply;
    LmEvent event;
};

struct VoiceStarted { // Optional, for the report: the voice delivered the first sound of this utterance.
    UtteranceId utterance;
};
struct PlayoutStarted { // Its first sound is on its way to the user.
    UtteranceId utterance;
};
struct PlayoutFinished { // All of it was played.
    UtteranceId utterance;
};
// The answer to StopPlayout, for the utterance that had started and was not finished (none had: no answer). Utterances
// behind it are dropped without a word. `heard`: how much of it was played, pauses not counted.
struct PlayoutStopped {
    UtteranceId utterance;
    Duration heard {};
};
struct UtteranceWords { // When its words sound; comes before its PlayoutFinished, or not at all.
    UtteranceId utterance;
    std::vector<TimedWord> words;
};
struct VoiceFailed { // No (more) sound comes for this utterance.
    UtteranceId utterance;
    Error error;
};

struct ToolReturned {
    std::string tool_call_id;
    Result<ToolReply> reply;
};

// What one include or MCP server has, in the order of FetchTools.
struct FetchedTools {
    std::string url; // Of the include or the server.
    std::vector<ToolSpec> tools;
    Json::Object global_data; // Resources of an MCP server.
    std::string error;        // For people; empty: it answered.
};
struct ToolsFetched { // The answer to FetchTools.
    std::vector<FetchedTools> sources;
};

struct ConversationFetched { // The answer to FetchConversation; empty: there is none.
    std::string summary;
};

// The answer to AskAside: all that the model wrote.
struct AsideAnswered {
    AsideId aside;
    std::string text;
    std::string error; // For people; empty: it went well.
};

struct SoundEnded { // All its loops were played, or it could not be.
    SoundPlace place = SoundPlace::background;
    std::string error; // For people; empty: it was played.
};

struct Dtmf {
    char digit = 0; // 0-9, *, #, A-D
};

struct Reset {
    bool full_reset = false;
    std::string system_prompt; // "": the prompt stays.
    std::string user_prompt;   // "": none; else answered as if spoken.
};

// One batch, taken in the order of its members: reset, global data, text.
struct InjectMessage {
    std::optional<Reset> reset;
    std::optional<Json::Object> global_data; // Merged, shallow.
    std::optional<Role> role;                // Unset: system. Only system, user and assistant are taken.
    std::string text;                        // "": none.
};

struct HoldSession {
    std::optional<Duration> timeout; // Unset: the policy's.
    std::string prompt;              // Joins the history as a system message.
};
struct UnholdSession {
    std::string prompt; // Joins the history as a system message, and the agent speaks.
};

// Something else is heard on the line: what the agent says waits, and goes on where it was.
struct LineTaken { };
struct LineFreed { };

struct StopSession { };
struct CallEnded {
    EndedBy who = EndedBy::caller;
};
struct ProviderLost { // A provider that the session cannot do without is gone for good.
    Error error;
};

using Event = std::variant<SessionStarted, SpeechStarted, SpeechStopped, Transcript, SttFailed, ModelEvent,
    VoiceStarted, PlayoutStarted, PlayoutFinished, PlayoutStopped, UtteranceWords, VoiceFailed, ToolReturned,
    ToolsFetched, ConversationFetched, AsideAnswered, SoundEnded, Dtmf, InjectMessage, HoldSession, UnholdSession,
    LineTaken, LineFreed, StopSession, CallEnded, ProviderLost>;

// ---- What it can ask for ------------------------------------------------------------------------------------------

struct AskModel { // At most one at a time.
    ReplyId reply;
    LmRequest request;
};
struct CancelModel {
    ReplyId reply;
};

// Utterances are spoken in the order of these commands, without a gap.
struct Speak {
    UtteranceId utterance;
    std::string text; // As the voice shall read it: pronunciation rules are applied.
    VoiceOptions voice;
};
using turn::DuckPlayout;
using turn::PausePlayout;
using turn::ResumePlayout;
// Drops everything that was to be spoken, also what the voice has not delivered yet; ends ducking and pause.
using turn::StopPlayout;
using turn::UnduckPlayout;

struct CallTool {
    ToolRequest request;
};
struct CancelTool {
    std::string tool_call_id;
};

// Which functions do the includes have, and which tools the MCP servers? One answer for all, within `limit`; who has
// not answered by then has failed.
struct FetchTools {
    std::vector<IncludeSpec> includes;
    std::vector<McpServerSpec> servers; // Templates are filled in.
    Duration limit {};
};

// What an earlier session with the same conversation_id was about.
struct FetchConversation {
    SessionReport report; // `fetch` is set.
    WebHook hook;
};
inline constexpr Duration conversation_wait = 3s; // For the answer: the caller waits as long.

// Runs beside the conversation; only its text counts. Several may be out.
struct AskAside {
    AsideId aside;
    LmRequest request;
};
inline constexpr std::size_t max_aside_text = 32 * 1024; // Bytes of one answer; what is beyond is dropped.
struct CancelAside {
    AsideId aside;
};

struct PlaySound { // In place of what is played there.
    SoundPlace place = SoundPlace::background;
    std::string source;       // URL, path or `tone_stream://`; empty: the carrier's own music.
    std::optional<int> loops; // Unset: until StopSound.
    int volume = 0;           // -50 to 50 dB
};
struct StopSound {
    SoundPlace place = SoundPlace::background;
};

struct SetLanguage { // Which the recogniser shall expect from now on.
    std::string code;
};

// Posted to `debug_webhook_url`, in order, for nobody to wait for.
struct PostDebug {
    Json::Object body;
    WebHook hook;
};

struct EmitUserEvent { // The program is told, as `calling.user_event`.
    Json::Object event;
};

struct SetHints { // What the recogniser shall favour from now on.
    std::vector<std::string> hints;
};

// A row of the log, in order, never twice, never changed.
struct AppendMessage {
    Role role = Role::system;
    std::string content;
    std::vector<LoggedToolCall> tool_calls;
    std::string tool_call_id;

    friend bool operator==(const AppendMessage&, const AppendMessage&) = default;
};

struct ReportTurn {
    TurnReport report;
};
struct PostReport {
    SessionReport report;
    WebHook hook;
};

enum class FinishReason : std::uint8_t {
    stopped,    // StopSession, or a tool's `stop`.
    call_ended, // CallEnded.
    hang_up,    // A tool asked to end the call: the carrier hangs up.
    error,      // A provider is gone or failed too often.
};

[[nodiscard]] std::string_view to_string(FinishReason);

// The last command, exactly once. Nothing follows; later events are ignored.
struct Finished {
    FinishReason reason = FinishReason::stopped;
    std::string what;       // For people: what failed.
    std::string summary {}; // For the next session of this call, if it was asked for.
};

using Command = std::variant<AskModel, CancelModel, Speak, DuckPlayout, UnduckPlayout, PausePlayout, ResumePlayout,
    StopPlayout, CallTool, CancelTool, FetchTools, FetchConversation, AskAside, CancelAside, PlaySound, StopSound,
    SetLanguage, SetHints, PostDebug, EmitUserEvent, AppendMessage, ReportTurn, PostReport, Finished>;
using Commands = std::vector<Command>;

// ---- The machine --------------------------------------------------------------------------------------------------

// Who this session is, and when its clock was read.
struct SessionIdentity {
    CallId call;
    AiSessionId session;
    ClockPair clock;
    WallTime call_start;
    std::optional<WallTime> call_answer;
    std::string caller_id_name;
    std::string caller_id_number;
    std::string project_id;
    std::string space_id;
    bool outbound = false;         // The call was placed from here.
    Json::Object kept_global_data; // Of an earlier session of this call.
    std::string earlier_summary;   // Of it, if it was asked to hand one on.
    Json::Object call_variables;   // `call`, as templates see it.
};

class AiSession {
public:
    AiSession(AiSpec, SessionIdentity, Log);
    ~AiSession();
    AiSession(AiSession&&) noexcept;
    AiSession& operator=(AiSession&&) noexcept;

    void handle(const Event&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] turn::Floor floor() const;
    [[nodiscard]] bool finished() const;
    [[nodiscard]] const Json::Object& global_data() const;

private:
    class Machine;
    std::unique_ptr<Machine> machine_; // Hidden: its parts are nobody else's.
};

} // namespace parley::agent

namespace parley {
using agent::AiSession;
}
