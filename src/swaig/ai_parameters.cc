#include "swaig/ai_parameters.h"

#include "swaig/coerce.h"

#include <algorithm>
#include <cmath>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

// ---- Settings of a prompt -----------------------------------------------------------------------------------------

struct PromptSetting {
    std::string_view key;
    double least, most;
    void (*set)(PromptSpec&, double);
};

constexpr PromptSetting prompt_settings[] = {
    { "temperature", 0, 2, [](PromptSpec& p, double v) { p.options.temperature = v; } },
    { "top_p", 0, 1, [](PromptSpec& p, double v) { p.options.top_p = v; } },
    { "presence_penalty", -2, 2, [](PromptSpec& p, double v) { p.options.presence_penalty = v; } },
    { "frequency_penalty", -2, 2, [](PromptSpec& p, double v) { p.options.frequency_penalty = v; } },
    { "max_tokens", 1, 16'384, [](PromptSpec& p, double v) { p.options.max_tokens = static_cast<int>(v); } },
    { "max_completion_tokens", 1, 16'384, [](PromptSpec& p, double v) { p.options.max_tokens = static_cast<int>(v); } },
    { "confidence", 0, 1, [](PromptSpec& p, double v) { p.confidence = v; } },
    { "barge_confidence", 0, 1, [](PromptSpec& p, double v) { p.barge_confidence = v; } },
};

std::string plain(double number)
{
    const auto whole = std::llround(number);
    return static_cast<double>(whole) == number ? std::to_string(whole) : Json(number).dump();
}

std::string range_text(double least, double most)
{
    return "must be between " + plain(least) + " and " + plain(most);
}

// The number, if it is one and in its range; else a warning.
std::optional<double> number_in(
    const Json& value, double least, double most, const std::string& where, Warnings& warnings)
{
    const auto number = to_number(value);
    if (number && *number >= least && *number <= most)
        return number;
    warnings.push_back(where + ": " + (number ? range_text(least, most) : "must be a number") + ", the default stays");
    return std::nullopt;
}

// ---- Parameters ---------------------------------------------------------------------------------------------------

struct TimeParameter {
    std::string_view key;
    double least, most; // Milliseconds.
    bool zero_allowed;  // Means off, where the range begins later.
    Duration TurnPolicy::*field;
};

constexpr TimeParameter time_parameters[] = {
    { "end_of_speech_timeout", 250, 10'000, false, &TurnPolicy::end_of_speech },
    { "first_word_timeout", 0, 10'000, false, &TurnPolicy::first_word },
    { "attention_timeout", 10'000, 600'000, true, &TurnPolicy::attention },
    { "speech_timeout", 250, 600'000, false, &TurnPolicy::turn_limit },
    { "turn_detection_timeout", 0, 10'000, false, &TurnPolicy::turn_detection_pause },
};

struct TextParameter {
    std::string_view key;
    void (*set)(AiSpec&, std::string);
};

// Payloads and files are named by it, so only what is harmless there stays.
std::string harmless_id(std::string_view text)
{
    constexpr std::size_t longest = 256;
    std::string kept;
    for (const char c : text) {
        const bool fine = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.'
            || c == '_' || c == '-';
        if (fine && kept.size() < longest)
            kept.push_back(c);
    }
    return kept;
}

constexpr TextParameter text_parameters[] = {
    { "app_name", [](AiSpec& s, std::string v) { s.app_name = std::move(v); } },
    { "conversation_id", [](AiSpec& s, std::string v) { s.conversation_id = harmless_id(v); } },
    { "static_greeting", [](AiSpec& s, std::string v) { s.greeting.text = std::move(v); } },
    { "attention_timeout_prompt", [](AiSpec& s, std::string v) { s.silence.attention_prompt = std::move(v); } },
    { "barge_match_string", [](AiSpec& s, std::string v) { s.turn.barge_match = std::move(v); } },
    // A model named at the prompt wins, so only an empty place is filled.
    { "ai_model",
        [](AiSpec& s, std::string v) {
            if (s.report.prompt.options.model.empty())
                s.report.prompt.options.model = v;
            if (s.prompt.options.model.empty())
                s.prompt.options.model = std::move(v);
        } },
};

using Special = void (*)(const Json&, AiSpec&, Warnings&);

// `complete`, `partial`, `all`, both with a comma, or a boolean.
void set_enable_barge(const Json& value, AiSpec& spec, Warnings& warnings)
{
    auto& turn = spec.turn;
    if (const auto all = to_bool(value)) {
        turn.barge = turn.barge_on_final = turn.barge_on_interim = *all;
        return;
    }
    const auto text = to_text(value).value_or("");
    const bool all = text.find("all") != std::string::npos;
    const bool complete = all || text.find("complete") != std::string::npos;
    const bool partial = all || text.find("partial") != std::string::npos;
    if (!complete && !partial) {
        warnings.emplace_back("params.enable_barge: must be complete, partial, all or a boolean, the default stays");
        return;
    }
    turn.barge = true;
    turn.barge_on_final = complete;
    turn.barge_on_interim = partial;
}

void set_interrupt_on_noise(const Json& value, AiSpec& spec, Warnings& warnings)
{
    constexpr Duration noise
        = 1000ms; // The wire knows only on and off (or a sound level): "any sound longer than 1 s".
    const auto on = to_bool(value);
    if (on)
        spec.turn.noise = *on ? noise : Duration::zero();
    else
        warnings.emplace_back("params.interrupt_on_noise: must be a boolean, the default stays");
}

// A boolean, or which signs of an ended turn count. Ours are the marks at the end of a sentence; an acoustic sign alone
// is none that we have.
void set_enable_turn_detection(const Json& value, AiSpec& spec, Warnings& warnings)
{
    const auto text = to_text(value).value_or("");
    if (const auto on = to_bool(value))
        spec.turn.turn_detection = *on;
    else if (text == "both" || text == "punct_only" || text == "punctuation_only")
        spec.turn.turn_detection = true;
    else if (text == "acoustic_only") {
        spec.turn.turn_detection = false;
        warnings.emplace_back("params.enable_turn_detection: acoustic_only is not available yet, taken as off");
    } else
        warnings.emplace_back("params.enable_turn_detection: must be a boolean, both, punct_only, punctuation_only or "
                              "acoustic_only, the default stays");
}

void set_wait_for_user(const Json& value, AiSpec& spec, Warnings& warnings)
{
    const auto on = to_bool(value);
    if (on)
        spec.greeting.wait_for_user = *on;
    else
        warnings.emplace_back("params.wait_for_user: must be a boolean, the default stays");
}

void set_barge_min_words(const Json& value, AiSpec& spec, Warnings& warnings)
{
    if (const auto words = number_in(value, 1, 99, "params.barge_min_words", warnings))
        spec.turn.barge_min_words = static_cast<int>(*words);
}

void set_max_response_tokens(const Json& value, AiSpec& spec, Warnings& warnings)
{
    if (const auto tokens = number_in(value, 1, 16'384, "params.max_response_tokens", warnings))
        spec.prompt.options.max_tokens = static_cast<int>(*tokens);
}

constexpr std::pair<std::string_view, Special> special_parameters[] = {
    { "enable_barge", set_enable_barge },
    { "interrupt_on_noise", set_interrupt_on_noise },
    { "enable_turn_detection", set_enable_turn_detection },
    { "turn_detection", set_enable_turn_detection }, // Older spelling.
    { "wait_for_user", set_wait_for_user },
    { "barge_min_words", set_barge_min_words },
    { "max_response_tokens", set_max_response_tokens },
};

} // namespace

void apply_prompt_settings(const Json::Object& prompt, PromptSpec& spec, const std::string& where, Warnings& warnings)
{
    for (const auto& setting : prompt_settings) {
        const auto* value = prompt.find(setting.key);
        if (value == nullptr || value->is_null())
            continue;
        const auto number = number_in(*value, setting.least, setting.most, where + std::string(setting.key), warnings);
        if (number)
            setting.set(spec, *number);
    }
    if (const auto* model = prompt.find("model"); model != nullptr && model->is_string())
        spec.options.model = model->as_string();
}

void apply_parameters(const Json::Object& params, AiSpec& spec, Warnings& warnings)
{
    const auto given = [&](std::string_view key) -> const Json* {
        const auto* value = params.find(key);
        return value != nullptr && !value->is_null() ? value : nullptr;
    };
    for (const auto& parameter : time_parameters) {
        const auto* value = given(parameter.key);
        if (value == nullptr)
            continue;
        const auto where = "params." + std::string(parameter.key);
        if (parameter.zero_allowed && to_number(*value) == 0)
            spec.turn.*parameter.field = Duration::zero();
        else if (const auto ms = number_in(*value, parameter.least, parameter.most, where, warnings))
            spec.turn.*parameter.field = Duration(std::llround(*ms * 1000));
    }
    for (const auto& parameter : text_parameters) {
        const auto* value = given(parameter.key);
        if (value == nullptr)
            continue;
        if (auto text = to_text(*value))
            parameter.set(spec, std::move(*text));
        else
            warnings.push_back("params." + std::string(parameter.key) + ": must be a string, the default stays");
    }
    for (const auto& [key, set] : special_parameters) {
        if (const auto* value = given(key))
            set(*value, spec, warnings);
    }
}

} // namespace parley::swaig
