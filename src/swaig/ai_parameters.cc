#include "swaig/ai_parameters.h"

#include "swaig/ai_parameter_table.h"
#include "swaig/coerce.h"

#include <cmath>
#include <optional>

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
    if (most >= no_limit)
        return "must be at least " + plain(least);
    return "must be between " + plain(least) + " and " + plain(most);
}

// ---- Parameters ---------------------------------------------------------------------------------------------------

// The number, if it is one and in its range; else it is refused.
std::optional<double> number_in(const Given& given, double least, double most)
{
    const auto number = to_number(given.value);
    if (number && *number >= least && *number <= most)
        return number;
    given.refuse(number ? range_text(least, most) : "must be a number");
    return std::nullopt;
}

// One overload a kind of row.
struct Setter {
    Given given;
    AiSpec& spec;

    void operator()(const Milliseconds& row) const
    {
        if (row.zero && to_number(given.value) == 0)
            row.set(spec, Duration::zero());
        else if (const auto ms = number_in(given, row.least, row.most))
            row.set(spec, Duration(std::llround(*ms * 1000)));
    }
    void operator()(const Number& row) const
    {
        if (const auto number = number_in(given, row.least, row.most))
            row.set(spec, *number);
    }
    void operator()(const Whole& row) const
    {
        if (const auto number = number_in(given, row.least, row.most))
            row.set(spec, static_cast<int>(*number));
    }
    void operator()(const Flag& row) const
    {
        if (const auto on = to_bool(given.value))
            row.set(spec, *on);
        else
            given.refuse("must be a boolean");
    }
    void operator()(const Text& row) const
    {
        if (auto text = to_text(given.value))
            row.set(spec, std::move(*text));
        else
            given.refuse("must be a string");
    }
    void operator()(const Special& row) const { row.set(given, spec); }
    void operator()(const OfPrompt&) const { }
    void operator()(const Ignored&) const { }
};

} // namespace

void apply_prompt_settings(const Json::Object& prompt, PromptSpec& spec, const std::string& where, Warnings& warnings)
{
    for (const auto& setting : prompt_settings) {
        const auto* value = prompt.find(setting.key);
        if (value == nullptr || value->is_null())
            continue;
        const auto number = to_number(*value);
        if (number && *number >= setting.least && *number <= setting.most)
            setting.set(spec, *number);
        else
            warnings.push_back(where + std::string(setting.key) + ": "
                + (number ? range_text(setting.least, setting.most) : "must be a number") + ", the default stays");
    }
    const auto* model = prompt.find("model");
    if (model == nullptr || model->is_null())
        return;
    if (model->is_string())
        spec.options.model = model->as_string();
    else
        warnings.push_back(where + "model: must be a string, the default stays");
}

void apply_parameters(const Json::Object& params, AiSpec& spec, Warnings& warnings)
{
    for (const auto& parameter : ai_parameters()) {
        const auto* value = params.find(parameter.key);
        if (value != nullptr && !value->is_null())
            std::visit(Setter { { *value, parameter.key, warnings }, spec }, parameter.takes);
    }
    if (spec.pause.start_paused)
        spec.pause.enabled = true;
    if (spec.pause.only_when_named)
        spec.pause.enabled = false;
}

} // namespace parley::swaig
