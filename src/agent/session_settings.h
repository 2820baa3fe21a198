#pragma once

#include "base/time.h"
#include "speech/language_model.h"

#include <optional>
#include <string>
#include <vector>

// What `params` set, but for turn-taking, which is `TurnPolicy`. Values only; each has the wire's own default, and
// `swaig/` knows their spellings and ranges.
namespace parley {

struct GreetingSettings {
    std::string text;           // `static_greeting`, a template: spoken verbatim first; empty: the model opens.
    bool may_interrupt = true;  // `static_greeting_no_barge` is its opposite.
    bool wait_for_user = false; // No opening at all.
    Duration initial_sleep {};  // `initial_sleep_ms`: before anything starts.
};

struct SilenceSettings {
    std::string attention_prompt = "The user has not responded, try to get their attention. Stay in the same language.";
    Duration outbound_attention
        = 120s;                 // `outbound_attention_timeout`: until the first words of somebody who was called.
    Duration inactivity = 600s; // `inactivity_timeout`: nobody speaks, presses or injects: the end.
    std::optional<Duration> hard_stop; // `hard_stop_time`
    std::string hard_stop_prompt
        = "The time for this conversation is over. Tell the user so, in the language that is being spoken, and that "
          "somebody will get in touch.";
    bool tools_on_no_response = false; // `functions_on_no_response`
    std::string escalate_prompt;       // `attention_escalate_prompt`
    int escalate_after_turns = 0;      // Unanswered attention prompts; 0: never.
    Duration escalate_after {};        // Silence; zero: never.
};

struct InterruptionSettings {
    int acknowledge = 0; // `acknowledge_interruptions`: at most so often; -1: each time.
    std::string prompt   // `interrupt_prompt`
        = "The user talked over you. Take that up in one short remark, and make sure that you understood.";
    bool tools_may_run
        = true; // `barge_functions`: also those that the model called while the user spoke over the agent.
};

struct ToolSettings {
    bool allow_swml = true;             // `swaig_allow_swml`
    bool allow_settings = true;         // `swaig_allow_settings`
    bool allow_global_data = true;      // `swaig_set_global_data`
    bool post_conversation = false;     // `swaig_post_conversation`
    bool post_variables = false;        // `swaig_post_swml_vars`
    std::vector<std::string> post_only; // Of the variables; empty: all.
    bool wait_for_talking = false;      // `function_wait_for_talking`
    bool persist_global_data = true;
    Duration input_poll = 2s; // `input_poll_freq`
    bool hold_on_process = false;
};

struct DigitSettings {
    Duration timeout = 3s;   // `digit_timeout`: after the last key.
    std::string terminators; // `digit_terminators`; empty: `#`.
};

struct SoundSettings {
    std::string background;              // `background_file`
    std::optional<int> background_loops; // Unset: endless.
    int background_volume = 0;           // -50 to 50
    std::string hold_music;
    int volume = 0;                      // `ai_volume`: -50 to 50, on the agent's voice.
    double energy_level = 52;            // 0 to 100 dB: what is below is silence.
    std::optional<double> vad_threshold; // `vad_config`: 0 to 100.
    int quick_stops = 3; // `speech_gen_quick_stops`: so many pieces of a reply may end at a clause. 0 to 10
    bool spoken_numbers_national = false; // `tts_number_format`
    bool normalize_heard = true;          // `enable_text_normalization`
    bool normalize_spoken = true;
};

struct ThinkingSettings {
    std::string utility_model;   // Empty: the prompt's.
    std::string conscience;      // Appended to the prompt, said again after tools; empty: none.
    int sliding_window = 0;      // `conversation_sliding_window`: so many messages are shown; 0: all.
    std::vector<LmMessage> seed; // `convo`
};

struct PauseSettings {
    bool enabled = false; // `enable_pause`: the model may call `pause_conversation`.
    bool start_paused = false;
    bool only_when_named = false;  // `speak_when_spoken_to`
    std::string name = "computer"; // `ai_name`
    std::string prefix;            // `wake_prefix`
};

struct ReportSettings {
    std::string debug_url; // `debug_webhook_url`, with its credentials; empty: none.
    int debug_level = 1;   // 2 adds what the model is asked and answers.
    bool save_conversation = false;
    bool transfer_summary = false;
    std::string redact;   // `redact_prompt`: what is masked; empty: nothing.
    bool verbose = false; // `verbose_logs`, `debug`
};

} // namespace parley
