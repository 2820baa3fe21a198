#pragma once

#include "agent/ai_session.h"
#include "agent/debug_events.h"
#include "agent/heard.h"
#include "agent/hearing.h"
#include "agent/history.h"
#include "agent/language_tags.h"
#include "agent/meta_store.h"
#include "agent/native_functions.h"
#include "agent/redaction.h"
#include "agent/report_builder.h"
#include "agent/sentence_splitter.h"
#include "agent/session_parts.h"
#include "agent/step_machine.h"

#include <array>
#include <deque>
#include <functional>
#include <map>

// The inside of AiSession. One file a concern: ai_session.cc (events, timers), session_turn.cc (what the turn engine
// decides), session_model.cc, session_tools.cc, session_voice.cc, session_inject.cc, session_steps.cc (contexts and
// steps), session_aside.cc (what the model is asked beside the conversation),
// session_barge.cc, session_silence.cc, session_digits.cc, session_hold.cc, session_sounds.cc, session_pause.cc,
// session_end.cc.
namespace parley::agent {

class AiSession::Machine {
public:
    Machine(AiSpec, SessionIdentity, Log);

    void handle(const Event&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;
    [[nodiscard]] turn::Floor floor() const { return engine_.floor(); }
    [[nodiscard]] bool finished() const { return phase_ == Phase::finished; }
    [[nodiscard]] const Json::Object& global_data() const { return global_data_; }

    // Around each of the above: what is told of it.
    void happened(const Event&, Instant now);
    void feed(std::size_t from, Instant now, Commands&);

private:
    enum class Phase : std::uint8_t {
        created,     // SessionStarted has not come.
        talking,     // The conversation.
        closing,     // It is over; the last mark of playout is still to come.
        hanging_up,  // The hangup hook runs.
        summarising, // The post-prompt runs.
        finished,
    };

    enum class Timer : std::uint8_t {
        model,         // The model has been silent for long.
        tool,          // So have the tools,
        voice,         // and the voice.
        stop_mark,     // StopPlayout was not answered.
        post_prompt,   // The post-prompt takes too long,
        conversation,  // and so does the answer about an earlier one.
        aside,         // So does the oldest aside.
        digits,        // No further key was pressed.
        opening,       // The conversation begins.
        inactivity,    // The user has done nothing for long.
        hard_stop,     // The session has lasted long enough.
        prepare,       // The functions of others were not fetched.
        hook,          // A hook does not answer.
        poll,          // It is time to ask for input.
        wait,          // A function waits so long on purpose.
        silence_limit, // The sound that nobody shall speak over does not end.
        count,
    };

    enum class Asking : std::uint8_t {
        idle,   // The model is not needed.
        wanted, // It is asked as soon as marks and tool results are in.
        asked,  // Its events come.
    };

    struct Ending {
        FinishReason reason;
        EndedBy who;
        std::string what;
    };

    // One answer of the model, from AskModel to LmDone.
    struct Round {
        ReplyId reply;
        Instant asked {};
        std::optional<Instant> first_token;
        std::string text;
        std::vector<ToolCall> calls;
        SentenceSplitter splitter;
        LanguageTags tags;
        bool has_segment = false;
        bool reported = false;
        History::EntryId entry = History::EntryId::none; // Of its segment.
    };

    struct PendingTool {
        ToolCall call;
        History::EntryId entry = History::EntryId::none; // Of its result.
        Instant asked {};
        bool returned = false;
        bool moves = false; // One of the step machine's: done when all others have returned.
        std::string tool_prompt;

        History::EntryId request = History::EntryId::none; // The message of the model that called it.
        ToolSpec spec;                                     // Of the program's functions, as it was then.
        std::string arguments;                             // An object.
        std::optional<int> uses_left;                      // After this call.
        bool held = false;                                 // Until its filler was spoken.
        bool running = false;                              // Its carrier has it.
        bool sounding = false;                             // Its `wait_file` plays.
        std::optional<Instant> waits_until;                // A native that waits.
    };

    // Whose actions they are.
    struct ActionOrigin {
        std::string function;
        std::string token;
        bool author_token = false;
        History::EntryId request = History::EntryId::none; // Of the call, and of its result.
        History::EntryId result = History::EntryId::none;
        std::string call_id;
        Json posted; // What the function was sent.
    };
    struct OrderedAction {
        ToolAction action;
        ActionOrigin origin;
    };
    struct Deed; // An action that we know: session_actions.cc.

    struct Replacement { // Of an exchange with a function, in the history.
        History::EntryId request;
        std::string call_id;
        std::string text; // "": nothing stands in its place.
        bool seen = false;
    };

    enum class BackToBack : std::uint8_t { no, this_turn, always };

    // Functions of reserved names.
    enum class Hook : std::uint8_t { startup, hangup, poll, summary };
    struct RunningHook {
        Hook hook;
        ToolCall call;
        Instant asked {};
        Instant until {};
        ActionOrigin origin;
    };

    // Something the model was asked beside the conversation. `then` gets all it wrote; "": it failed.
    using AsideTaken = std::function<void(const std::string& text, Instant now, Commands&)>;
    struct Aside {
        AsideId id;
        Instant until {};
        AsideTaken then;
        bool asked = true; // False: there were too many.
    };

    // What the step machine asked for and what had to wait for a summary.
    struct StepWork {
        step::Command command;
        bool filled_in = false;                         // Its texts are no templates any more.
        History::EntryId kept = History::EntryId::none; // What was said from here on stays, whatever it hides.
    };

    // The words of a turn that are not yet a row.
    struct PendingUser {
        std::string text;
        History::EntryId entry = History::EntryId::none;
        std::string before; // Of the same turn and a row already: its answer was taken back.
        int pieces = 1;
        int barges = 0;
        int counted = 1; // Of the turn engine's pieces.

        [[nodiscard]] std::string whole() const;
    };

    // How a hold ended.
    using HoldOver = std::function<void(bool timed_out, Instant now, Commands&)>;
    struct Hold {
        Duration limit {};
        HoldOver then;
    };

    // ai_session.cc
    void on(const SessionStarted&, Instant now, Commands&);
    void begin(Instant now, Commands&);
    void on(const SpeechStarted&, Instant now, Commands&);
    void on(const SpeechStopped&, Instant now, Commands&);
    void on(const Transcript&, Instant now, Commands&);
    void on(const SttFailed&, Instant now, Commands&);
    void on(const ToolsFetched&, Instant now, Commands&);
    void on(const ConversationFetched&, Instant now, Commands&);
    void on(const AsideAnswered&, Instant now, Commands&);
    void on(const StopSession&, Instant now, Commands&);
    void on(const CallEnded&, Instant now, Commands&);
    void on(const ProviderLost&, Instant now, Commands&);
    void fire(Timer, Instant now, Commands&);
    void open_conversation(Instant now, Commands&);
    void row(Role, std::string content, Commands&);
    void notify(Json::Object content, Commands&);

    // session_turn.cc
    void drive(const turn::Event&, Instant now, Commands&);
    void carry_out(const turn::Commands&, Instant now, Commands&);
    void on_turn(const turn::CommitTurn&, Instant now, Commands&);
    void on_turn(const turn::CancelReply&, Instant now, Commands&);
    void on_turn(const turn::SayFiller&, Instant now, Commands&);
    void on_turn(const turn::PromptAttention&, Instant now, Commands&);
    void on_turn(const turn::DuckPlayout&, Instant now, Commands&);
    void on_turn(const turn::UnduckPlayout&, Instant now, Commands&);
    void on_turn(const turn::PausePlayout&, Instant now, Commands&);
    void on_turn(const turn::ResumePlayout&, Instant now, Commands&);
    void on_turn(const turn::StopPlayout&, Instant now, Commands&);
    void on_turn(const turn::FloorTaken&, Instant now, Commands&);
    void on_turn(const turn::EndHold&, Instant now, Commands&);
    void settle_user(Instant now, Commands&);
    void open_reply(Instant now, Commands&);
    void weigh_reply(Instant now, Commands&);
    bool reply_over(Instant now, Commands&);
    void report_turn(Commands&);

    // session_model.cc
    void on(const ModelEvent&, Instant now, Commands&);
    void on_model(const LmText&, Instant now, Commands&);
    void on_model(const LmToolCall&, Instant now, Commands&);
    void on_model(const LmDone&, Instant now, Commands&);
    void on_model(const LmFailed&, Instant now, Commands&);
    void want_model(Instant now, Commands&);
    void try_ask(Instant now, Commands&);
    void cancel_model(Instant now, Commands&);
    void speak_pieces(bool complete, Instant now, Commands&);
    void model_failed(const Error&, Instant now, Commands&);
    void end_round(Instant now, int input_tokens, int output_tokens);
    [[nodiscard]] Segment* round_segment();

    // session_tools.cc
    void on(const ToolReturned&, Instant now, Commands&);
    void run_tools(std::vector<ToolCall> calls, Instant now, Commands&);
    void start_tool(PendingTool&, Instant now, Commands&);
    void refuse_tool(PendingTool&, const char* kind, std::string what, Instant now, Commands&);
    void finish_tool(PendingTool&, std::string content, Instant now, Commands&);
    void weigh_tools(Instant now, Commands&);
    void launch_tool(PendingTool&, Instant now, Commands&);
    void log_returned(const PendingTool&, const Result<ToolReply>&, Instant now);
    void begin_tool_turn();
    void tidy_history();
    [[nodiscard]] int round_limit() const;
    [[nodiscard]] ToolRequest request_of(const ToolSpec&, const ToolCall&, Instant now) const;
    [[nodiscard]] static ActionOrigin origin_of(const ToolSpec&);
    [[nodiscard]] static std::string name_for_model(std::string_view name);
    void fail_tools(std::string_view why, Instant now, Commands&);
    [[nodiscard]] ToolSpec* find_tool(std::string_view name);
    [[nodiscard]] bool hidden_call(const ToolCall&) const;
    [[nodiscard]] int times_called(const ToolCall&);
    [[nodiscard]] bool tools_pending() const { return !pending_tools_.empty(); }

    // session_actions.cc
    void act(const OrderedAction&, Instant now, Commands&);
    void act_all(const std::vector<ToolAction>&, const ActionOrigin&, Instant now, Commands&);
    static const Deed* deed_named(std::string_view name);
    // What is wrong with the value; empty: nothing.
    using Act = std::string(const Json&, const ActionOrigin&, Instant now, Commands&);
    Act act_set_global_data, act_unset_global_data, act_set_meta_data, act_unset_meta_data, act_user_event, act_say,
        act_stop, act_hangup, act_hold, act_playback, act_stop_playback, act_change_voice, act_move, act_user_input,
        act_wait_for_user, act_extensive_data, act_replace_in_history, act_toggle_functions, act_add_hints,
        act_clear_hints, act_end_of_speech, act_speech_event, act_back_to_back, act_functions_on_silence, act_settings,
        act_not_available;
    void toggle(const std::string& name, std::optional<int> uses, const ActionOrigin&);
    void tell_hints(Commands&);
    void background_over(Instant now, Commands&);

    // session_natives.cc
    [[nodiscard]] bool offers(Native) const;
    [[nodiscard]] std::vector<LmTool> native_tools() const;
    void run_native(Native, PendingTool&, const Json& arguments, Instant now, Commands&);
    void native_done(PendingTool&, std::string result, Instant now, Commands&);
    void watch_waits();
    void waits_due(Instant now, Commands&);
    void cut_waits(Instant now, Commands&);
    [[nodiscard]] bool waiting() const;
    [[nodiscard]] bool said_goodbye() const;
    void note_hung_up(Instant now, Commands&);

    // session_fillers.cc
    void fill_for(PendingTool&, Instant now, Commands&);
    void say_filler(const FillerMap&, Instant now, Commands&);
    [[nodiscard]] bool must_wait_for_voice(const PendingTool&) const;
    void voice_is_free(Instant now, Commands&);
    void play_wait_file(PendingTool&, Commands&);
    void stop_wait_file(PendingTool&, Commands&);
    void say_failure(std::string_view reason, Instant now, Commands&);

    // session_start.cc
    void prepare_due(Instant now, Commands&);
    void add_tool(const ToolSpec&, const std::string& url);
    void call_startup_hook(Instant now, Commands&);
    void prepared(Instant now, Commands&);

    // session_hooks.cc
    [[nodiscard]] static bool is_hook_name(std::string_view name);
    [[nodiscard]] const ToolSpec* hook_spec(Hook) const;
    bool call_hook(Hook, std::string arguments, Instant now, Commands&);
    bool hook_returned(const ToolReturned&, Instant now, Commands&);
    void log_hook(const RunningHook&, const Result<ToolReply>&, Instant now);
    void watch_hooks();
    void hooks_due(Instant now, Commands&);
    void cancel_hooks(Commands&);
    void start_polling(Instant now);
    void poll(Instant now, Commands&);
    void summary_given(bool ok, Instant now, Commands&);

    // session_voice.cc
    void on(const VoiceStarted&, Instant now, Commands&);
    void on(const PlayoutStarted&, Instant now, Commands&);
    void on(const PlayoutFinished&, Instant now, Commands&);
    void on(const PlayoutStopped&, Instant now, Commands&);
    void on(const UtteranceWords&, Instant now, Commands&);
    void on(const VoiceFailed&, Instant now, Commands&);
    void on(const LineTaken&, Instant now, Commands&);
    void on(const LineFreed&, Instant now, Commands&);
    void weigh_stillness(Instant now);
    // `failure`: which one this is a word about; "": none.
    void say(Segment::Kind, std::string text, Instant now, Commands&, std::string_view failure = {});
    void speak(Segment&, TextRange, Instant now, Commands&);
    void stop_playout(Instant now, Commands&);
    void utterance_failed(Utterance&, Segment&, const Error&, Instant now, Commands&);
    void utterance_cut(Utterance&, Segment&, Duration heard, Instant now);
    void settle_segments(Instant now, Commands&);
    void watch_voice(Instant now);
    [[nodiscard]] std::string heard_text(const Segment&) const;
    [[nodiscard]] static std::string pronounced_text(const Segment&);
    [[nodiscard]] std::pair<Segment*, Utterance*> find(UtteranceId);
    [[nodiscard]] bool anything_live() const;
    [[nodiscard]] bool anything_stopping() const;

    // session_inject.cc
    void on(const InjectMessage&, Instant now, Commands&);
    void reset(const Reset&, Instant now, Commands&);
    void merge_global_data(const Json::Object&, Commands&);
    void inject(Role, const std::string& text, const char* content_type, Instant now, Commands&);
    void keep_system(const std::string& text, Instant now, Commands&);

    // session_language.cc
    [[nodiscard]] const LanguageSpec& language() const; // The one that is being spoken.
    [[nodiscard]] VoiceOptions voice() const;
    // One of the phrases, at random, in the language that is being spoken; "": there is none.
    [[nodiscard]] std::string filler_phrase(const FillerMap&);
    static std::uint64_t seed_of(const AiSessionId&);
    [[nodiscard]] std::string language_code() const; // Of what is being spoken.
    void take_text(const std::vector<TaggedText>&, Instant now, Commands&);
    void switch_language(std::size_t index, std::string code, Instant now, Commands&);
    void follow_user(const Transcript&, Instant now, Commands&);
    Transcript rewritten(const Transcript&, Instant now);
    void translate_fillers(Instant now, Commands&);
    void say_speech_filler(Instant now, Commands&);
    [[nodiscard]] std::string thinking_filler(); // Never empty.

    // session_prompt.cc
    std::string own_prompt(Instant now); // Filled in; follows the global data from then on.
    void seed_history();
    void prepare_history(Instant now, Commands&); // What the model is about to see.
    void consolidate(Instant now, Commands&);
    [[nodiscard]] std::vector<LmMessage> shown_messages() const;

    // session_aside.cc
    void ask_aside(LmRequest, AsideTaken then, Instant now, Commands&);
    void ask_summary(
        std::string instruction, const std::vector<LmMessage>& dialogue, AsideTaken then, Instant now, Commands&);
    void watch_asides();
    void asides_due(Instant now, Commands&);
    void cancel_asides(Commands&);
    // A template, filled in with what a prompt may know; `more`: further names, null: none.
    [[nodiscard]] Json::Object prompt_variables(Instant now) const;
    [[nodiscard]] std::string filled_in(std::string_view text, Instant now, const Json& more = {}) const;

    // session_steps.cc
    void start_steps(Instant now, Commands&);
    void call_step_tool(PendingTool&, Instant now, Commands&);
    bool act_on_steps(const ToolAction&, Instant now, Commands&); // Whether the action is one of the steps'.
    void go_to_step(std::string_view name, StepMachine::Trigger, Instant now, Commands&);
    void steps_reply_ended(Instant now, Commands&);
    void run_model_if_due(Instant now, Commands&);
    void take_step_work(step::Commands, bool texts_filled_in, Instant now, Commands&);
    void do_step_work(Instant now, Commands&);
    bool perform(const StepWork&, Instant now, Commands&); // False: it waits for a summary.
    bool on_step(const step::HideInstructions&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::HideQuestion&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::HideDialogue&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::BeginSiblings&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::HideSiblings&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::ShowSiblings&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::IsolateHistory&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::RunModel&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::Warn&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::ShowInstruction&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::SwitchContext&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::SayFiller&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::LogEvent&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::SetGlobalData&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::LeaveStep&, const StepWork&, Instant now, Commands&);
    bool on_step(const step::ToolResult&, const StepWork&, Instant now, Commands&);
    void start_conversation(ContextReset, History::EntryId kept, const std::string& summary, Instant now, Commands&);
    void add_user_prompt(const std::string& text, Instant now, Commands&);
    bool summaries_ready(const std::string& text, Instant now, Commands&);
    void note_place();
    [[nodiscard]] std::vector<LmTool> offered_tools() const;
    [[nodiscard]] std::string post_prompt_text(Instant now) const;

    // session_feed.cc
    void ask_redactions(Instant now, Commands&);
    [[nodiscard]] bool saves_conversation() const;
    bool fetch_conversation(Instant now, Commands&);
    void recall(const std::string& summary, Instant now, Commands&);
    void sum_up(Instant now, Commands&);

    // session_barge.cc
    bool retract_reply();
    void take_words(const turn::CommitTurn&, bool goes_on);
    void acknowledge_interruption(Instant now, Commands&);
    bool refuse_under_speech(PendingTool&, Instant now, Commands&);
    bool answer_again(PendingTool&, Instant now, Commands&);
    void remember_result(const PendingTool&, const std::string& content);

    // session_silence.cc
    void start_clocks(Instant now);
    void weigh_policy();
    void user_active(Instant now);
    void user_said_words(Instant now);
    [[nodiscard]] bool silence_rests() const;
    void silence_goes_on(Instant now);
    void inactivity_due(Instant now, Commands&);
    void hard_stop_due(Instant now, Commands&);

    // session_digits.cc
    void on(const Dtmf&, Instant now, Commands&);
    void take_digits(Instant now, Commands&);

    // session_hold.cc
    void on(const HoldSession&, Instant now, Commands&);
    void on(const UnholdSession&, Instant now, Commands&);
    void begin_hold(Duration limit, std::string prompt, HoldOver then, Instant now, Commands&);
    void hold_if_due(Instant now, Commands&);
    void enter_hold(Instant now, Commands&);
    void leave_hold(const char* reason, Instant now, Commands&);

    // session_sounds.cc
    void on(const SoundEnded&, Instant now, Commands&);
    void start_background(Commands&);
    void play_sound(PlaySound, Commands&);
    void stop_sound(SoundPlace, Commands&);
    void stop_sounds(Commands&);

    // session_pause.cc
    void begin_pause(Instant now, Commands&);
    bool hears(const Transcript&, Instant now, Commands&);
    void turn_was_heard(Instant now, Commands&);
    [[nodiscard]] bool is_named(std::string_view text) const;
    [[nodiscard]] bool is_deaf() const;

    // session_end.cc
    void end(Ending, Instant now, Commands&);
    void summarise(Instant now, Commands&);
    void conclude(Instant now, Commands&);
    void finish(Instant now, Commands&);

    void start(Timer timer, Instant when) { timers_[static_cast<std::size_t>(timer)] = when; }
    void stop(Timer timer) { timers_[static_cast<std::size_t>(timer)].reset(); }

    AiSpec spec_;
    SessionIdentity identity_;
    Log log_;

    Phase phase_ = Phase::created;
    TurnEngine engine_;
    History history_;
    ReportBuilder report_;
    Json::Object global_data_;
    std::array<std::optional<Instant>, static_cast<std::size_t>(Timer::count)> timers_ {};

    // The turn.
    std::optional<PendingUser> pending_user_;
    History::EntryId question_ = History::EntryId::none; // The last words of the user that were put to the model.
    std::optional<TurnReport> turn_report_;
    double confidence_ = 0; // The least of the turn's words.
    std::optional<Instant> speech_start_;
    std::string digits_;
    bool greeting_due_ = false; // The static greeting was never audible.

    // The reply.
    Asking asking_ = Asking::idle;
    ReplyId last_reply_;
    Round round_;
    bool may_call_tools_ = true;
    bool reply_alive_ = false;                         // Nobody cancelled it: tool results lead to another round.
    int retries_ = 0;                                  // Of this round.
    int tool_rounds_ = 0;                              // In this turn.
    std::vector<std::pair<ToolCall, int>> calls_made_; // In this turn.
    std::vector<PendingTool> pending_tools_;
    std::vector<OrderedAction> actions_after_; // Wait until the reply has been spoken.
    std::optional<Ending> end_after_reply_;
    int model_failures_ = 0; // Replies in a row.

    // The voice.
    std::deque<Segment> segments_; // Not rows yet, in order.
    UtteranceId last_utterance_;
    VoiceSpeed speed_;
    std::optional<Instant> paused_; // Since when nothing moves, for one of these reasons:
    bool paused_by_turn_ = false;   // The turn engine paused it;
    bool line_taken_ = false;       // something else is heard.
    int voice_failures_ = 0;        // Utterances in a row.

    // The language.
    std::size_t language_ = 0;  // Of the spec's.
    std::string language_code_; // "": its own.
    IdSource random_;
    Hearing hearing_;
    std::string original_;                          // What was heard in this turn, where a hint rewrote it.
    std::map<std::string, std::string> translated_; // Fillers, by language and text.

    // The prompt.
    std::string shown_prompt_; // The program's own, as it was filled in last, and what it was filled in with.
    Json::Object shown_data_;
    bool consolidating_ = false;

    // Functions, beside the reply.
    MetaStore meta_;
    BackToBack back_to_back_ = BackToBack::no;
    bool failure_said_ = false;               // In this turn.
    bool quiet_until_user_ = false;           // The agent says nothing before the user does.
    bool silent_for_sound_ = false;           // Nor while this sound plays.
    bool hung_up_ = false;                    // The model itself ends the conversation.
    bool preparing_ = false;                  // The first word has to wait.
    std::vector<History::EntryId> extensive_; // Results that are shortened with the next turn.
    std::vector<Replacement> replacements_;
    std::vector<std::string> dynamic_hints_;
    std::vector<RunningHook> hooks_;
    std::uint64_t last_hook_ = 0;
    bool summary_by_function_ = false;
    std::optional<ToolCall> summary_call_; // The model called `summarize_conversation`.

    // Beside the conversation.
    AsideId last_aside_;
    std::vector<Aside> asides_;

    // Contexts and steps.
    StepMachine steps_;
    std::deque<StepWork> step_work_;                          // In order; the front waits for a summary.
    PendingTool* step_tool_ = nullptr;                        // The call that the step machine is answering.
    std::optional<Json> acting_on_;                           // What was posted to the function whose actions run.
    bool run_model_ = false;                                  // The model goes on as soon as the floor is open.
    bool replied_ = false;                                    // The model has spoken in this step.
    History::EntryId tool_round_ = History::EntryId::none;    // The last request of tools.
    History::EntryId step_entered_ = History::EntryId::none;  // The last entry before the step.
    History::EntryId siblings_from_ = History::EntryId::none; // The last entry before the gathering.
    bool steps_are_quoted_ = false;                           // Some text tells of `step_history`.
    std::vector<std::pair<std::string, std::vector<LmMessage>>> left_steps_; // Not summarised yet.
    Json::Object step_history_;                                              // As templates see it.
    std::string last_step_;                                                  // `prev`

    // What is told of it.
    DebugEvents debug_;
    Redaction redaction_;
    std::string summary_;           // For the next session of this call.
    bool post_prompt_over_ = false; // The session is over when nothing is asked beside it any more.

    // Who interrupted whom.
    PendingUser last_user_;     // The turn that was made a row last.
    bool turn_goes_on_ = false; // It goes on: its answer was taken back.
    int interruptions_ = 0;
    int acknowledged_ = 0;
    bool acknowledge_due_ = false;
    std::vector<std::pair<ToolCall, std::string>> results_; // Of tools, in this turn;
    bool results_stand_ = false;                            // it has been committed more than once.

    // Silence, holds, pauses, sounds.
    bool callee_silent_ = false; // Who was called has said nothing yet.
    Instant last_active_ {};     // The user.
    int unanswered_ = 0;         // Attention prompts since then.
    bool hard_stopped_ = false;
    std::optional<Hold> hold_due_; // It begins when the agent has announced it.
    Hold hold_;
    bool pause_conversation_ = false;
    bool named_ = false;    // This turn is addressed to the agent.
    bool voice_on_ = false; // Of the user, whether it reaches the turn engine or not.
    std::array<bool, 3> playing_ {};

    // The end.
    std::optional<Ending> ending_;
    std::string post_prompt_; // As the model is asked it.
};

} // namespace parley::agent
