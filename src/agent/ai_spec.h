#pragma once

#include "base/json.h"
#include "base/time.h"
#include "speech/language_model.h"
#include "turn/turn_policy.h"

#include <optional>
#include <string>
#include <vector>

// Everything that `calling.ai` asked for, complete: `swaig/` fills in each default, so nobody else has to know one.
namespace parley {

struct PromptSpec {
    std::string text;
    ModelOptions options;
    double confidence = 0.6;     // Least confidence of a transcript to count as said. 0 to 1
    double barge_confidence = 0; // Least confidence of a transcript to interrupt. 0 to 1
};

// HTTP with basic authentication; empty user: none.
struct WebHook {
    std::string url;
    std::string user;
    std::string password;

    friend bool operator==(const WebHook&, const WebHook&) = default;
};

struct ToolSpec {
    std::string name;
    std::string description;
    Json parameters; // JSON Schema, verbatim; an object.
    WebHook hook;
    Json meta_data; // An object.
    std::string meta_data_token;
};

struct LanguageSpec {
    std::string name;
    std::string code; // "en-US"
    std::string voice;
    std::string engine;
};

struct PronounceRule {
    std::string replace;
    std::string with;
    bool ignore_case = true;
};

struct ReportSpec {
    PromptSpec prompt; // `post_prompt`; empty text: no model run.
    WebHook hook;      // `post_prompt_url`; empty URL: no report.
};

struct AiSpec {
    PromptSpec prompt;
    ReportSpec report;
    Json::Object global_data;
    std::vector<std::string> hints;
    std::vector<LanguageSpec> languages; // Never empty; the first is the one to start with.
    std::vector<PronounceRule> pronounce;
    std::vector<ToolSpec> tools;
    TurnPolicy turn;
    std::string app_name = "swml app";
    std::string conversation_id;
    std::string static_greeting; // Spoken verbatim first; empty: the model opens.
    bool wait_for_user = false;  // No opening at all.
    std::string attention_prompt = "The user has not responded, try to get their attention. Stay in the same language.";
};

} // namespace parley
