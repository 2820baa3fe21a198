#include "swaig/ai_parameter_table.h"

#include "swaig/ai_parameter_setters.h"

#include <algorithm>
#include <utility>

namespace parley::swaig {

namespace {

using S = AiSpec;
using D = Duration;

constexpr std::string_view no_recogniser = "the recogniser is the server's: see speech.md";
constexpr std::string_view no_voice = "voices are the server's: see speech.md";
constexpr std::string_view no_video = "a call has no picture";
constexpr std::string_view no_dialog = "there is no second model that listens in";
constexpr std::string_view no_backchannel = "the agent is silent while the user speaks";
constexpr std::string_view no_double = "what the user adds before the answer sounds joins his turn anyway";
constexpr std::string_view no_detector = "a turn ends by its pause and its punctuation";
constexpr std::string_view no_model = "models are the server's: see models.md";
constexpr std::string_view no_realtime = "speech goes through text";

const AiParameter table[] = {
    // ---- The model ------------------------------------------------------------------------------------------------
    { "Model", "ai_model", "", "the model of both prompts, where they name none; see models.md",
        Special { "string", "a name", set_model } },
    { "Model", "utility_model", "", "the model of what is asked beside the conversation: summaries, translations",
        Text { [](S& s, std::string v) { s.thinking.utility_model = std::move(v); } } },
    { "Model", "max_response_tokens", "", "as `max_tokens` of the prompt, and wins",
        Whole { 1, 16'384, [](S& s, int v) { s.prompt.options.max_tokens = v; } } },
    { "Model", "temperature", "", "of the prompt", OfPrompt { "number", "0 to 2" } },
    { "Model", "top_p", "", "of the prompt", OfPrompt { "number", "0 to 1" } },
    { "Model", "presence_penalty", "", "of the prompt", OfPrompt { "number", "-2 to 2" } },
    { "Model", "frequency_penalty", "", "of the prompt", OfPrompt { "number", "-2 to 2" } },
    { "Model", "max_tokens", "", "of the prompt", OfPrompt { "number", "1 to 16384" } },
    { "Model", "max_completion_tokens", "", "as `max_tokens`", OfPrompt { "number", "1 to 16384" } },
    { "Model", "confidence", "0.6", "of the prompt: words less certain wait twice the pause before they count",
        OfPrompt { "number", "0 to 1" } },
    { "Model", "barge_confidence", "0", "of the prompt: words less certain do not interrupt",
        OfPrompt { "number", "0 to 1" } },
    { "Model", "model", "", "of the prompt", OfPrompt { "string", "a name" } },
    { "Model", "pom_format", "markdown", "how sections of a prompt are written out",
        OfPrompt { "string", "`markdown`, `xml`" } },
    { "Model", "conscience", "true",
        "put to the model behind the prompt, and again behind what a tool said; `true`: the built-in text",
        Special { "text or boolean", "", set_conscience } },
    { "Model", "conversation_sliding_window", "", "so many messages are shown to the model; logs keep all",
        Whole { 1, no_limit, [](S& s, int v) { s.thinking.sliding_window = v; } } },
    { "Model", "convo", "", "what was said before: `role` (user, assistant, system), `content`",
        Special { "array", "at most 1000 messages", set_convo } },
    { "Model", "thinking_model", "", no_dialog, Ignored {} },
    { "Model", "vision_model", "", no_video, Ignored {} },
    { "Model", "inner_dialog_model", "", no_dialog, Ignored {} },
    { "Model", "cache_mode", "", "answers are never kept", Ignored {} },
    { "Model", "llm_diarize_aware", "", no_recogniser, Ignored {} },
    { "Model", "provider", "", no_model, Ignored {} },
    { "Model", "url", "", no_model, Ignored {} },
    { "Model", "auth_token", "", no_model, Ignored {} },
    { "Model", "openai_azure", "", no_model, Ignored {} },
    { "Model", "openai_gcloud_version", "", no_model, Ignored {} },
    { "Model", "send_single_llm_response", "", "answers are spoken while they are written", Ignored {} },
    { "Model", "realtime", "", no_realtime, Ignored {} },
    { "Model", "strict_mode", "", no_model, Ignored {} },
    { "Model", "developer_prompt", "", "the prompt is all", Ignored {} },

    // ---- Who and when ---------------------------------------------------------------------------------------------
    { "Identity", "app_name", "swml app", "named to tools and in the report",
        Text { [](S& s, std::string v) { s.app_name = std::move(v); } } },
    { "Identity", "ai_name", "computer", "the word that ends a pause",
        Text { [](S& s, std::string v) { s.pause.name = std::move(v); } } },
    { "Identity", "direction", "", "taken as the call's direction",
        Special { "string", "`inbound`, `outbound`", set_direction } },
    { "Identity", "local_tz", "US/Central", "the time zone of `${local_time}` and its like",
        Special { "string", "a time zone", set_time_zone } },
    { "Identity", "conversation_id", "",
        "named to tools and in the report; letters, digits, `.`, `_`, `-`, at most 256",
        Text { [](S& s, std::string v) { s.conversation_id = harmless_id(v); } } },
    { "Identity", "call_uuid", "", "the call has its own", Ignored {} },
    { "Identity", "ext", "", "has no meaning here", Ignored {} },
    { "Identity", "pvt_params", "", "has no meaning here", Ignored {} },

    // ---- Listening ------------------------------------------------------------------------------------------------
    { "Listening", "energy_level", "52", "dB; what is below is silence",
        Number { 0, 100, [](S& s, double v) { s.sound.energy_level = v; } } },
    { "Listening", "vad_config", "", "how certain the detector must be that a sound is a voice",
        Special { "`threshold` or `threshold:frame`", "0 to 100, 16 to 40 ms", set_vad } },
    { "Listening", "end_of_speech_timeout", "700", "the pause that ends a turn",
        Milliseconds { 250, 10'000, [](S& s, D v) { s.turn.end_of_speech = v; } } },
    { "Listening", "speech_event_timeout", "1400", "since the last words arrived, while a sound goes on",
        Milliseconds { 0, 10'000, [](S& s, D v) { s.turn.speech_event = v; } } },
    { "Listening", "first_word_timeout", "1000",
        "after a pause, how long words that are still on their way are waited for: any, or the final text of interim "
        "ones",
        Milliseconds { 0, 10'000, [](S& s, D v) { s.turn.first_word = v; } } },
    { "Listening", "speech_timeout", "60000", "the longest turn of a caller; 0: the longest of all",
        Milliseconds {
            0, 600'000, [](S& s, D v) { s.turn.turn_limit = v == D::zero() ? D(600s) : std::max(v, D(250ms)); } } },
    { "Listening", "turn_detection", "true", "older spelling of `enable_turn_detection`",
        Special { "boolean or string", "`both`, `punct_only`", set_turn_detection } },
    { "Listening", "enable_turn_detection", "true", "a finished sentence ends the turn sooner",
        Special { "boolean or string", "`both`, `punct_only`", set_turn_detection } },
    { "Listening", "turn_detection_timeout", "250", "the pause that then suffices",
        Milliseconds { 0, 10'000, [](S& s, D v) { s.turn.turn_detection_pause = v; } } },
    { "Listening", "enable_text_normalization", "both", "numbers as digits where heard, as words where spoken",
        Special { "string or boolean", "`heard`, `spoken`, `both`, `none`", set_text_normalization } },
    { "Listening", "redact_prompt", "", "what is masked in logs, reports and posts",
        Text { [](S& s, std::string v) { s.reporting.redact = std::move(v); } } },
    { "Listening", "openai_asr_engine", "", no_recogniser, Ignored {} },
    { "Listening", "asr_smart_format", "", no_recogniser, Ignored {} },
    { "Listening", "asr_diarize", "", no_recogniser, Ignored {} },
    { "Listening", "asr_speaker_affinity", "", no_recogniser, Ignored {} },
    { "Listening", "asr_params", "", no_recogniser, Ignored {} },
    { "Listening", "deepgram_key_override", "", no_recogniser, Ignored {} },
    { "Listening", "deepgram_url_override", "", no_recogniser, Ignored {} },
    { "Listening", "auto_correct", "", "words stay as they were recognised", Ignored {} },
    { "Listening", "turn_detection_min_length", "", no_detector, Ignored {} },
    { "Listening", "acoustic_eot_gate_prob", "", no_detector, Ignored {} },
    { "Listening", "acoustic_eot_trust_prob", "", no_detector, Ignored {} },
    { "Listening", "min_utterance_ms", "", no_detector, Ignored {} },
    { "Listening", "double_turns", "", no_double, Ignored {} },
    { "Listening", "double_turn_prompt", "", no_double, Ignored {} },
    { "Listening", "double_turn_model", "", no_double, Ignored {} },
    { "Listening", "double_turn_wait_ms", "", no_double, Ignored {} },
    { "Listening", "double_turn_filler_every_n", "", no_double, Ignored {} },
    { "Listening", "double_turn_filler_min_ms", "", no_double, Ignored {} },

    // ---- Sound ----------------------------------------------------------------------------------------------------
    { "Sound", "ai_volume", "0", "dB on the agent's voice",
        Whole { -50, 50, [](S& s, int v) { s.sound.volume = v; } } },
    { "Sound", "tts_number_format", "international", "how telephone numbers are spoken",
        Special { "string", "`international`, `national`", set_number_format } },
    { "Sound", "speech_gen_quick_stops", "3", "so many pieces of a reply may end at a comma, to be heard sooner",
        Whole { 0, 10, [](S& s, int v) { s.sound.quick_stops = v; } } },
    { "Sound", "background_file", "", "played under the conversation: a URL or a path",
        Text { [](S& s, std::string v) { s.sound.background = std::move(v); } } },
    { "Sound", "background_file_loops", "", "how often; without it, until the end",
        Whole { 1, no_limit, [](S& s, int v) { s.sound.background_loops = v; } } },
    { "Sound", "background_file_volume", "0", "dB",
        Whole { -50, 50, [](S& s, int v) { s.sound.background_volume = v; } } },
    { "Sound", "hold_music", "", "what a user who is on hold hears: a URL, a path or `tone_stream://`",
        Text { [](S& s, std::string v) { s.sound.hold_music = std::move(v); } } },
    { "Sound", "hold_on_process", "false", "hold music while a tool runs",
        Flag { [](S& s, bool v) { s.tool_settings.hold_on_process = v; } } },
    { "Sound", "max_emotion", "", no_voice, Ignored {} },
    { "Sound", "eleven_labs_stability", "", "deprecated: `languages[].params`", Ignored {} },
    { "Sound", "eleven_labs_similarity", "", "deprecated: `languages[].params`", Ignored {} },
    { "Sound", "eleven_labs_model", "", "deprecated: `languages[].model`", Ignored {} },
    { "Sound", "video_listening_file", "", no_video, Ignored {} },
    { "Sound", "video_idle_file", "", no_video, Ignored {} },
    { "Sound", "video_talking_file", "", no_video, Ignored {} },
    { "Sound", "video_fps", "", no_video, Ignored {} },
    { "Sound", "video_scale", "", no_video, Ignored {} },
    { "Sound", "lipsync_debug", "", no_video, Ignored {} },
    { "Sound", "target_first_segment_ms", "", "see `speech_gen_quick_stops`", Ignored {} },
    { "Sound", "stream_first", "", no_voice, Ignored {} },
    { "Sound", "streaming", "", no_voice, Ignored {} },
    { "Sound", "cache", "", no_voice, Ignored {} },
    { "Sound", "bill_all_tts", "", no_voice, Ignored {} },
    { "Sound", "voice_name", "", "see `languages`", Ignored {} },
    { "Sound", "speaker", "", "see `languages`", Ignored {} },
    { "Sound", "language", "", "see `languages`", Ignored {} },
    { "Sound", "languages_enabled", "", "has no effect on the wire either", Ignored {} },
    { "Sound", "speed", "", "see `languages[].params`", Ignored {} },
    { "Sound", "vol", "", "see `languages[].params`", Ignored {} },
    { "Sound", "stability", "", "see `languages[].params`", Ignored {} },
    { "Sound", "similarity", "", "see `languages[].params`", Ignored {} },
    { "Sound", "sample_rate", "", no_voice, Ignored {} },
    { "Sound", "pcm_rate", "", no_voice, Ignored {} },
    { "Sound", "pcm_channels", "", no_voice, Ignored {} },
    { "Sound", "inworld_apikey", "", no_voice, Ignored {} },
    { "Sound", "rime_apikey", "", no_voice, Ignored {} },
    { "Sound", "text_normalization_far_dir", "", no_voice, Ignored {} },

    // ---- Beginning ------------------------------------------------------------------------------------------------
    { "Beginning", "static_greeting", "", "spoken first, verbatim; variables are filled in",
        Text { [](S& s, std::string v) { s.greeting.text = std::move(v); } } },
    { "Beginning", "static_greeting_no_barge", "false", "nobody interrupts the greeting",
        Flag { [](S& s, bool v) { s.greeting.may_interrupt = !v; } } },
    { "Beginning", "wait_for_user", "false", "the agent says nothing first",
        Flag { [](S& s, bool v) { s.greeting.wait_for_user = v; } } },
    { "Beginning", "initial_sleep_ms", "0", "before anything starts",
        Milliseconds { 0, 300'000, [](S& s, D v) { s.greeting.initial_sleep = v; } } },
    { "Beginning", "start_paused", "false", "begins paused; `enable_pause` is on, too",
        Flag { [](S& s, bool v) { s.pause.start_paused = v; } } },

    // ---- Interruption ---------------------------------------------------------------------------------------------
    { "Interruption", "enable_barge", "complete,partial", "which words interrupt; `false`: none",
        Special { "string or boolean", "`complete`, `partial`, `all`", set_barge } },
    { "Interruption", "barge_min_words", "1", "how many words interrupt",
        Whole { 1, 99, [](S& s, int v) { s.turn.barge_min_words = v; } } },
    { "Interruption", "barge_match_string", "", "only words that match interrupt",
        Special { "string", "a regular expression", set_barge_match } },
    { "Interruption", "barge_functions", "true", "functions run also when the user speaks over the agent",
        Flag { [](S& s, bool v) { s.interruption.tools_may_run = v; } } },
    { "Interruption", "transparent_barge", "true", "over a reply that has only begun, the user's turn goes on",
        Flag { [](S& s, bool v) { s.turn.transparent_barge = v; } } },
    { "Interruption", "transparent_barge_max_time", "3000", "how long a reply has only begun",
        Milliseconds { 0, 60'000, [](S& s, D v) { s.turn.transparent_barge_within = v; } } },
    { "Interruption", "acknowledge_interruptions", "false",
        "the model is told of an interruption; a number: at most so often",
        Special { "boolean or number", "0 or more", set_acknowledge } },
    { "Interruption", "interrupt_prompt", "built in", "what it is told",
        Text { [](S& s, std::string v) { s.interruption.prompt = std::move(v); } } },
    { "Interruption", "interrupt_on_noise", "false", "a sound of 1 s interrupts without words",
        Special { "boolean or number", "", set_noise } },

    // ---- Silence and limits ---------------------------------------------------------------------------------------
    { "Silence and limits", "attention_timeout", "5000", "silence until the attention prompt; 0: never",
        Milliseconds { 10'000, 600'000, [](S& s, D v) { s.turn.attention = v; }, true } },
    { "Silence and limits", "attention_timeout_prompt", "built in", "what the model is then told",
        Text { [](S& s, std::string v) { s.silence.attention_prompt = std::move(v); } } },
    { "Silence and limits", "outbound_attention_timeout", "120000",
        "the same before the first words of somebody who was called",
        Milliseconds { 10'000, 600'000, [](S& s, D v) { s.silence.outbound_attention = v; } } },
    { "Silence and limits", "attention_escalate_prompt", "",
        "instead of the attention prompt, once that was to no avail",
        Text { [](S& s, std::string v) { s.silence.escalate_prompt = std::move(v); } } },
    { "Silence and limits", "escalate_after_turns", "0", "after so many attention prompts; 0: never",
        Whole { 0, no_limit, [](S& s, int v) { s.silence.escalate_after_turns = v; } } },
    { "Silence and limits", "escalate_after_ms", "0", "after so much silence; 0: never",
        Milliseconds { 0, 3'600'000, [](S& s, D v) { s.silence.escalate_after = v; } } },
    { "Silence and limits", "inactivity_timeout", "600000",
        "nobody speaks or presses a key for so long: the session ends",
        Milliseconds { 10'000, 3'600'000, [](S& s, D v) { s.silence.inactivity = v; } } },
    { "Silence and limits", "hard_stop_time", "", "then the agent says goodbye and the session ends",
        Special { "string", "`1h45m30s`, at most 24 h", set_hard_stop } },
    { "Silence and limits", "hard_stop_prompt", "built in", "what the model is then told",
        Text { [](S& s, std::string v) { s.silence.hard_stop_prompt = std::move(v); } } },
    { "Silence and limits", "functions_on_no_response", "false", "functions are offered on an attention prompt, too",
        Flag { [](S& s, bool v) { s.silence.tools_on_no_response = v; } } },

    // ---- Tools ----------------------------------------------------------------------------------------------------
    { "Tools", "swaig_allow_swml", "true", "functions may run SWML",
        Flag { [](S& s, bool v) { s.tool_settings.allow_swml = v; } } },
    { "Tools", "swaig_allow_settings", "true", "functions may change the model's settings",
        Flag { [](S& s, bool v) { s.tool_settings.allow_settings = v; } } },
    { "Tools", "swaig_set_global_data", "true", "functions may change the global data",
        Flag { [](S& s, bool v) { s.tool_settings.allow_global_data = v; } } },
    { "Tools", "swaig_post_conversation", "false", "functions are sent the conversation",
        Flag { [](S& s, bool v) { s.tool_settings.post_conversation = v; } } },
    { "Tools", "swaig_post_swml_vars", "false", "functions are sent the document's variables: all, or those named",
        Special { "boolean or array", "", set_post_variables } },
    { "Tools", "function_wait_for_talking", "false", "a function waits until its filler was spoken",
        Flag { [](S& s, bool v) { s.tool_settings.wait_for_talking = v; } } },
    { "Tools", "persist_global_data", "true", "the next session of the call finds the global data of this one",
        Flag { [](S& s, bool v) { s.tool_settings.persist_global_data = v; } } },
    { "Tools", "function_filler_sequence_gap_ms", "", "one filler a function", Ignored {} },
    { "Tools", "tool_result_distill", "", "the model sees what a function said, whole", Ignored {} },

    // ---- Keys -----------------------------------------------------------------------------------------------------
    { "Keys", "digit_timeout", "3000", "after the last key, until the keys are a turn",
        Milliseconds { 0, 30'000, [](S& s, D v) { s.digits.timeout = v; } } },
    { "Keys", "digit_terminators", "#", "keys that end the input at once",
        Text { [](S& s, std::string v) { s.digits.terminators = std::move(v); } } },
    { "Keys", "input_poll_freq", "2000", "how often `check_for_input` is asked",
        Milliseconds { 1'000, 10'000, [](S& s, D v) { s.tool_settings.input_poll = v; } } },

    // ---- Afterwards -----------------------------------------------------------------------------------------------
    { "Afterwards", "save_conversation", "false", "a summary is fetched at the beginning and sent at the end",
        Flag { [](S& s, bool v) { s.reporting.save_conversation = v; } } },
    { "Afterwards", "transfer_summary", "false", "the next session of the call is told a summary of this one",
        Flag { [](S& s, bool v) { s.reporting.transfer_summary = v; } } },
    { "Afterwards", "summary_mode", "", "a summary is a text", Ignored {} },
    { "Afterwards", "enable_accounting", "", "reports always have the totals", Ignored {} },

    // ---- Pause ----------------------------------------------------------------------------------------------------
    { "Pause", "enable_pause", "false", "the model may pause the conversation until `ai_name` is heard",
        Flag { [](S& s, bool v) { s.pause.enabled = v; } } },
    { "Pause", "speak_when_spoken_to", "false", "answers only who says `ai_name`; `enable_pause` is off then",
        Flag { [](S& s, bool v) { s.pause.only_when_named = v; } } },
    { "Pause", "wake_prefix", "", "must be said before `ai_name`",
        Text { [](S& s, std::string v) { s.pause.prefix = std::move(v); } } },

    // ---- Second thoughts ------------------------------------------------------------------------------------------
    { "Second thoughts", "enable_thinking", "", no_dialog, Ignored {} },
    { "Second thoughts", "enable_vision", "", no_video, Ignored {} },
    { "Second thoughts", "enable_inner_dialog", "", no_dialog, Ignored {} },
    { "Second thoughts", "inner_dialog", "", no_dialog, Ignored {} },
    { "Second thoughts", "inner_dialog_prompt", "", no_dialog, Ignored {} },
    { "Second thoughts", "inner_dialog_synced", "", no_dialog, Ignored {} },
    { "Second thoughts", "inner_dialog_scorecard", "", no_dialog, Ignored {} },
    { "Second thoughts", "turn_filler_sources", "", no_backchannel, Ignored {} },
    { "Second thoughts", "turn_filler_every_n", "", no_backchannel, Ignored {} },
    { "Second thoughts", "turn_filler_min_ms", "", no_backchannel, Ignored {} },

    // ---- Debugging ------------------------------------------------------------------------------------------------
    { "Debugging", "debug_webhook_url", "", "what happens is posted there while it happens; may hold `user:password@`",
        Text { [](S& s, std::string v) { s.reporting.debug_url = std::move(v); } } },
    { "Debugging", "debug_webhook_level", "1", "2 adds what the model is asked and answers",
        Whole { 0, 2, [](S& s, int v) { s.reporting.debug_level = v; } } },
    { "Debugging", "debug", "false", "more lines in the server's log", Special { "boolean or number", "", set_debug } },
    { "Debugging", "verbose_logs", "false", "the same", Special { "boolean", "", set_debug } },
    { "Debugging", "audible_debug", "", "names of functions are not spoken", Ignored {} },
    { "Debugging", "audible_latency", "", "times are not spoken", Ignored {} },
    { "Debugging", "event_webhook_url", "", "see `debug_webhook_url`", Ignored {} },
};

} // namespace

std::span<const AiParameter> ai_parameters()
{
    return table;
}

} // namespace parley::swaig
