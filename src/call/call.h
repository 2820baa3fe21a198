#pragma once

#include "agent/ai_session.h"
#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "call/actions.h"
#include "call/call_facts.h"
#include "call/call_notice.h"
#include "call/leg.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// One conversation with the outside: its leg, the actions that run on it, and in which order all this is told.
// Knows no wire: neither how commands arrive nor how a leg signals. What an AI session says is not its business.
namespace parley {

// Who asked, so that the answer finds the way back. `number` is the asking door's own.
struct RequestKey {
    ConnectionId connection;
    std::uint64_t number = 0;

    friend bool operator==(const RequestKey&, const RequestKey&) = default;
};

// ---- What a program can ask ---------------------------------------------------------------------------------------

struct AnswerCall {
    std::optional<Duration> max_duration; // From the answer on; then the call ends.
};
struct EndCall {
    CallEndReason reason = CallEndReason::hangup;
};
// What is asked for before the call is answered.
enum class Begins : std::uint8_t {
    answered, // Answers an inbound call; waits for the other side of an outbound one.
    early,    // With the sound before the answer, if the other side can have or has it; else as soon as it is answered.
};
struct StartAi {
    ControlId control_id;
    AiSpec spec;
    Begins begins = Begins::answered;
};
struct StopAi {
    ControlId control_id; // Empty: whatever runs.
};
using agent::HoldSession;
using agent::InjectMessage;
using agent::UnholdSession;
// Plays of one call take the line one after the other. The agent is silent for them, and goes on afterwards.
struct StartPlay {
    ControlId control_id;
    PlaySpec spec;
    Begins begins = Begins::answered;
};
struct StopPlay {
    ControlId control_id;
};
struct PausePlay {
    ControlId control_id;
};
struct ResumePlay {
    ControlId control_id;
};
struct SetPlayVolume {
    ControlId control_id;
    double gain_db = 0;
};
struct StartDigits {
    ControlId control_id;
    std::string digits; // `is_digits_to_send`
    Begins begins = Begins::answered;
};
// From the call that it is connected to. None can be yet.
struct DisconnectPeer { };
using CallCommand = std::variant<AnswerCall, EndCall, StartAi, StopAi, InjectMessage, HoldSession, UnholdSession,
    StartPlay, StopPlay, PausePlay, ResumePlay, SetPlayVolume, StartDigits, DisconnectPeer>;

// ---- What can happen ----------------------------------------------------------------------------------------------

struct CommandArrived {
    RequestKey request;
    CallCommand command;
};
// No program wants the call: SIP 480.
struct NobodyThere { };
// Every program that heard of the answered call is gone for good.
struct ProgramGone { };
// Sound flows before the answer: of the other side of an outbound call, or ours after `PreviewLeg`.
struct EarlySound { };
// The AI session is over and its report was delivered, or given up.
struct AiFinished {
    AiSessionId session;
    agent::FinishReason reason = agent::FinishReason::stopped;
    std::string what; // error: for people.
};
// The other side sent neither sound nor a sign of life for too long: it vanished without a word.
struct LineLost { };
// The server stops: the call ends now.
struct CallShutDown { };
// An outbound call begins. Who dials also decides how long it may ring.
struct CallDialled {
    DialLeg leg;
    std::optional<Duration> max_duration; // From the answer on.
};
// Nobody wants the call any more: another telephone was faster, or it rang long enough.
struct CallDropped {
    CallEndReason reason = CallEndReason::cancel;
};
using CallEvent = std::variant<LegIncoming, LegRinging, LegAnswered, LegEnded, LegHeld, LegResumed, LegReferred,
    CommandArrived, NobodyThere, ProgramGone, AiFinished, LineLost, CallShutDown, CallDialled, CallDropped,
    SoundStarted, SoundEnded, SoundFailed, KeySent, KeyFailed, EarlySound>;

// ---- What it can ask for ------------------------------------------------------------------------------------------

// The command was taken; what it does follows. Exactly one `Accept` or `Reject` per command, before its notices.
struct Accept {
    RequestKey request;
    std::string message;       // For people.
    ControlId control_id = {}; // Of the action that was begun or addressed.

    friend bool operator==(const Accept&, const Accept&) = default;
};
struct Reject {
    RequestKey request;
    Error error;

    friend bool operator==(const Reject&, const Reject&) = default;
};
struct OpenAi {
    AiSessionId session;
    ControlId control_id;
    AiSpec spec;
};
struct TellAi {
    AiSessionId session;
    agent::Event event; // From outside: a message, a hold, the line taken or freed, the end.
};
// Its time is up: drop the session, whatever it does. No `AiFinished` is expected.
struct CloseAi {
    AiSessionId session;

    friend bool operator==(const CloseAi&, const CloseAi&) = default;
};
// The call was transferred: its sound is with this leg from now on.
struct MoveSound {
    LegId leg;

    friend bool operator==(const MoveSound&, const MoveSound&) = default;
};
// For the program. The last one is `ended`; the call may then be destroyed.
struct Notify {
    CallNotice notice;

    friend bool operator==(const Notify&, const Notify&) = default;
};
using CallOutput = std::variant<Accept, Reject, RingLeg, PreviewLeg, DialLeg, AnswerLeg, RejectLeg, HangUpLeg,
    TellReferral, MoveSound, OpenAi, TellAi, CloseAi, Notify, QueueSound, PauseSounds, ResumeSounds, DropSounds,
    SetVolume, SendKey>;
using CallOutputs = std::vector<CallOutput>;

struct CallPolicy {
    Duration ring = 60s;     // From the first ring to the answer.
    Duration report = 30s;   // After an AI session was told to end, how long its last words and report may take.
    Duration leg = 5s;       // After we hung up, how long the line may take to confirm it.
    Duration far_hold = 24h; // How long the other side may keep the AI session on hold.
    Duration transfer = 60s; // How long somebody whom we were referred to may ring.
    std::size_t max_early_messages = 64; // For an AI session that waits for the answer; then `limit_reached`.
    std::size_t max_actions = 64;        // Active at the same time, AI apart; then `limit_reached`.
};

class Call {
public:
    Call(CallFacts, CallPolicy, IdSource, Log);

    void handle(const CallEvent&, Instant now, CallOutputs& out);
    void handle_timeout(Instant now, CallOutputs& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] const CallFacts& facts() const { return facts_; }
    [[nodiscard]] CallState state() const;
    // The one that carries the sound, and after it, while a transfer is under way, the one that shall.
    [[nodiscard]] const LegId& leg() const { return leg_; }
    [[nodiscard]] std::vector<LegId> legs() const;
    [[nodiscard]] const Actions& actions() const { return actions_; }
    [[nodiscard]] bool over() const { return stage_ == Stage::ended; }

private:
    enum class Stage : std::uint8_t {
        created,   // The leg was not announced.
        ringing,   // Inbound; waits for a command.
        answering, // Inbound; the leg was asked to answer.
        calling,   // Outbound; waits for the other side.
        answered,
        ending, // The leg is down, or was asked to go; the AI session finishes.
        ended,
    };
    enum class AiStage : std::uint8_t {
        waiting, // For the leg's answer. Not opened.
        running,
        finishing, // Told to end; post-prompt and report take their time.
    };
    struct AiAction {
        ControlId control_id;
        AiSessionId session;
        AiSpec spec; // While waiting; moved into `OpenAi`.
        Begins begins = Begins::answered;
        AiStage stage = AiStage::waiting;
        std::string end_reason = "completed"; // Why it will have ended, if it ends well.
        std::vector<agent::Event> early = {}; // For when it is opened.
        Duration usual_hold {};               // Of a hold command without a limit.
        // Two may hold the session, the program and the other side of the line: it goes on when neither does.
        std::optional<Instant> held_until = {};       // By the program.
        std::optional<UnholdSession> after_hold = {}; // Asked for while the other side holds.
    };
    // The other side referred us to somebody else, whom we call while it stays, or hangs up.
    struct Transfer {
        LegId target;
        bool referrer_left = false;
    };
    enum class Timer : std::uint8_t {
        ring,         // CallPolicy::ring
        report,       // CallPolicy::report
        leg,          // CallPolicy::leg
        max_duration, // AnswerCall::max_duration
        count,
    };

    void on(const LegIncoming&, Instant now, CallOutputs& out);
    void on(const LegRinging&, Instant now, CallOutputs& out);
    void on(const LegAnswered&, Instant now, CallOutputs& out);
    void on(const LegEnded&, Instant now, CallOutputs& out);
    void on(const LegHeld&, Instant now, CallOutputs& out);
    void on(const LegResumed&, Instant now, CallOutputs& out);
    void on(const LegReferred&, Instant now, CallOutputs& out);
    void on(const CommandArrived&, Instant now, CallOutputs& out);
    void on(const NobodyThere&, Instant now, CallOutputs& out);
    void on(const ProgramGone&, Instant now, CallOutputs& out);
    void on(const AiFinished&, Instant now, CallOutputs& out);
    void on(const LineLost&, Instant now, CallOutputs& out);
    void on(const CallShutDown&, Instant now, CallOutputs& out);
    void on(const CallDialled&, Instant now, CallOutputs& out);
    void on(const CallDropped&, Instant now, CallOutputs& out);
    void on(const EarlySound&, Instant now, CallOutputs& out);
    // SoundStarted, SoundEnded, SoundFailed, KeySent, KeyFailed: what the line tells, for the actions.
    template <typename E> void on(const E& e, Instant now, CallOutputs& out)
    {
        ActionOutputs done;
        actions_.on(e, now, done);
        take(std::move(done), out);
    }

    void perform(const RequestKey&, const AnswerCall&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const EndCall&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const StartAi&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const StopAi&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const InjectMessage&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const HoldSession&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const UnholdSession&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const StartPlay&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const StopPlay&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const PausePlay&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const ResumePlay&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const SetPlayVolume&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const StartDigits&, Instant now, CallOutputs& out);
    void perform(const RequestKey&, const DisconnectPeer&, Instant now, CallOutputs& out);

    void on_timer(Timer, Instant now, CallOutputs& out);
    void start(Timer, Duration, Instant now);
    void stop(Timer);

    void answer_leg(CallOutputs& out);
    void need_line(Begins, Instant now, CallOutputs& out); // For what has to wait.
    void begin_early(Instant now, CallOutputs& out);
    void open_ai(CallOutputs& out);
    void tell_ai(const RequestKey&, agent::Event, std::string_view done, CallOutputs& out);
    // The line goes down, or is: the program is told, the AI session too.
    void begin_ending(CallEndReason, EndedBy, Instant now, CallOutputs& out);
    void end_ai(AiActionEnded::State, std::string reason, std::string message, CallOutputs& out);
    void hang_up(CallEndReason, EndedBy, Instant now, CallOutputs& out);
    void end_if_done(CallOutputs& out);

    void hold_session(CallOutputs& out); // Nobody listens: the other side holds, or there is none.
    void go_on(Instant now, CallOutputs& out);

    // call_transfer.cc
    [[nodiscard]] bool is_target(const LegId&) const;
    void take_over(Instant now, CallOutputs& out);
    void transfer_failed(const LegEnded&, Instant now, CallOutputs& out);
    void referrer_left(Instant now, CallOutputs& out);
    void drop_transfer(CallOutputs& out);

    // call_actions.cc
    [[nodiscard]] Result<void> may_start(const ControlId&) const;
    [[nodiscard]] bool is_active(const ControlId&) const;
    template <typename Start, typename Make>
    void start_action(const RequestKey&, const Start&, std::string_view said, Make, Instant now, CallOutputs& out);
    template <typename Change>
    void change_play(const RequestKey&, const ControlId&, std::string_view said, Change, Instant now, CallOutputs& out);
    void take(ActionOutputs, CallOutputs& out);

    CallFacts facts_;
    CallPolicy policy_;
    IdSource ids_;
    Log log_;

    LegId leg_; // `facts_.leg` until a transfer.
    std::optional<Transfer> transfer_;
    Stage stage_ = Stage::created;
    bool rang_ = false;         // While `calling`: at the other side.
    bool previewed_ = false;    // Before the answer: `PreviewLeg` was said.
    bool early_sound_ = false;  // Before the answer: sound flows.
    bool early_wanted_ = false; // Something shall begin with it.
    bool unattended_ = false;   // No program is left to decide: the call ends when the AI session does.
    bool leg_over_ = false;     // While `ending`: the line confirmed.
    bool far_hold_ = false;     // The other side holds the line.
    CallEndReason end_reason_ = CallEndReason::hangup;
    std::optional<Duration> max_duration_; // Asked for, until the answer.
    std::optional<AiAction> ai_;           // Waiting or running. At most one.
    Actions actions_;                      // All others.
    bool line_taken_ = false;              // By a play, as the AI session was told or will be.
    std::array<std::optional<Instant>, static_cast<std::size_t>(Timer::count)> timers_;
};

} // namespace parley
