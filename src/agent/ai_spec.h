#pragma once

#include "agent/contexts_spec.h"
#include "agent/language_spec.h"
#include "agent/session_settings.h"
#include "agent/tool_spec.h"
#include "base/json.h"
#include "speech/language_model.h"
#include "turn/turn_policy.h"

#include <string>
#include <utility>
#include <vector>

// Everything that `calling.ai` asked for, complete: `swaig/` fills in each default, so nobody else has to know one.
namespace parley {

struct PromptSpec {
    std::string text; // A template: ${...} is filled in with what the session knows.
    ModelOptions options;
    double confidence = 0.6;     // Least confidence of a transcript to count as said. 0 to 1
    double barge_confidence = 0; // Least confidence of a transcript to interrupt. 0 to 1
};

struct ReportSpec {
    PromptSpec prompt; // `post_prompt`; empty text: no model run.
    WebHook hook;      // `post_prompt_url`; empty URL: no report.
};

struct AiSpec {
    PromptSpec prompt;
    ContextsSpec contexts; // Empty: the prompt is all.
    ReportSpec report;
    Json::Object global_data;
    std::vector<std::string> hints;
    std::vector<HearingHint> hearing_hints;
    std::vector<LanguageSpec> languages; // Never empty; the first is the one to start with.
    MultilingualSpec multilingual;
    std::vector<PronounceRule> pronounce;

    std::vector<ToolSpec> tools;
    std::vector<ToolSpec> hooks; // Functions of reserved names: the session calls them, no model does.
    std::vector<IncludeSpec> includes;
    std::vector<McpServerSpec> mcp_servers;
    std::vector<std::string> native_functions;
    std::vector<std::pair<std::string, FillerMap>> internal_fillers; // By function.
    WebHook default_hook;                                            // `SWAIG.defaults`

    TurnPolicy turn;
    GreetingSettings greeting;
    SilenceSettings silence;
    InterruptionSettings interruption;
    ToolSettings tool_settings;
    DigitSettings digits;
    SoundSettings sound;
    ThinkingSettings thinking;
    PauseSettings pause;
    ReportSettings reporting;

    std::string app_name = "swml app";
    std::string conversation_id;
    std::string direction;                // `params.direction`: "inbound", "outbound"; empty: the call's own.
    std::string time_zone = "US/Central"; // `local_tz`
};

} // namespace parley
