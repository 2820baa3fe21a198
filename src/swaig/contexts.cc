#include "swaig/contexts.h"

#include "swaig/coerce.h"
#include "swaig/fillers.h"
#include "swaig/pom.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;
using Names = std::vector<std::string>;

const Json* given(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

// One object of the JSON, where it stands, and the list of what was wrong with it.
struct Reader {
    const Json& object;
    std::string where;
    Warnings& warnings;
    PomFormat format;

    // What stands below it.
    [[nodiscard]] Reader below(const Json& member, const std::string& path) const
    {
        return { member, where + path, warnings, format };
    }
    void warn(std::string_view key, std::string_view what) const
    {
        warnings.push_back(where + "." + std::string(key) + ": " + std::string(what));
    }
    [[nodiscard]] std::string text(std::string_view key) const
    {
        const auto* value = given(object, key);
        if (value == nullptr)
            return "";
        auto text = to_text(*value);
        if (!text)
            warn(key, "must be a string, left out");
        return text.value_or("");
    }
    [[nodiscard]] bool flag(std::string_view key) const
    {
        const auto* value = given(object, key);
        if (value == nullptr)
            return false;
        const auto flag = to_bool(*value);
        if (!flag)
            warn(key, "must be a boolean, taken as false");
        return flag.value_or(false);
    }
    // The text beside `key`, or the sections beside `pom`, which win.
    [[nodiscard]] std::string prompt(std::string_view key, std::string_view pom) const
    {
        if (const auto* sections = given(object, pom)) {
            auto rendered = render_pom(*sections, format);
            if (rendered)
                return std::move(*rendered);
            warnings.push_back(where + rendered.error().what + ", left out");
        }
        return text(key);
    }
    // A list of names; one name alone and "none" are lists, too.
    [[nodiscard]] std::optional<Names> names(std::string_view key) const
    {
        const auto* value = given(object, key);
        if (value == nullptr)
            return std::nullopt;
        if (value->is_string())
            return value->as_string() == "none" ? Names {} : Names { value->as_string() };
        if (!value->is_array()) {
            warn(key, "must be an array of names, left out");
            return std::nullopt;
        }
        Names names;
        for (const auto& name : value->as_array()) {
            if (name.is_string())
                names.push_back(name.as_string());
            else
                warn(key, "holds something that is no name, left out");
        }
        return names;
    }
};

std::optional<StepHistory> history_of(const Reader& reader)
{
    const auto word = reader.text("history");
    if (word.empty())
        return std::nullopt;
    if (word == "keep")
        return StepHistory::keep;
    if (word == "default")
        return StepHistory::dialogue;
    if (word == "hide")
        return StepHistory::hide;
    reader.warn("history", "must be keep, default or hide, left out");
    return std::nullopt;
}

// The members of a reset where they stand. Nothing, if none of them says anything.
std::optional<ContextReset> reset_members(const Reader& reader)
{
    ContextReset reset { reader.prompt("system_prompt", "system_pom"), reader.prompt("user_prompt", "user_pom"),
        reader.flag("consolidate"), reader.flag("full_reset") };
    return reset == ContextReset {} ? std::nullopt : std::optional(std::move(reset));
}

std::optional<ContextReset> reset_object(const Reader& reader)
{
    const auto* value = given(reader.object, "reset");
    if (value == nullptr)
        return std::nullopt;
    if (!value->is_object()) {
        reader.warn("reset", "must be an object, left out");
        return std::nullopt;
    }
    return reset_members(reader.below(*value, ".reset"));
}

// ---- Questions -----------------------------------------------------------------------------------------------------

AnswerType answer_type(const Reader& reader)
{
    const auto word = reader.text("type");
    constexpr std::array<std::pair<std::string_view, AnswerType>, 4> types { { { "string", AnswerType::string },
        { "integer", AnswerType::integer }, { "number", AnswerType::number }, { "boolean", AnswerType::boolean } } };
    for (const auto& [name, type] : types) {
        if (word == name)
            return type;
    }
    if (!word.empty())
        reader.warn("type", "must be string, integer, number or boolean, taken as string");
    return AnswerType::string;
}

std::optional<GatherQuestion> parse_question(const Reader& reader)
{
    GatherQuestion question;
    question.key = reader.text("key");
    question.question = reader.text("question");
    if (question.key.empty() || question.question.empty()) {
        reader.warn(question.key.empty() ? "key" : "question", "is missing, question left out");
        return std::nullopt;
    }
    question.type = answer_type(reader);
    question.confirm = reader.flag("confirm");
    question.prompt = reader.prompt("prompt", "pom");
    question.functions = reader.names("functions").value_or(Names {});
    question.isolated = reader.flag("isolated");
    return question;
}

std::optional<GatherSpec> parse_gather(const Reader& step)
{
    const auto* value = given(step.object, "gather_info");
    if (value == nullptr)
        return std::nullopt;
    const Reader reader = step.below(*value, ".gather_info");
    const auto* questions = given(*value, "questions");
    GatherSpec gather;
    if (questions != nullptr && questions->is_array()) {
        for (std::size_t i = 0; i < questions->as_array().size(); ++i) {
            if (gather.questions.size() == max_gather_questions) {
                reader.warn("questions", "only the first " + std::to_string(max_gather_questions) + " are taken");
                break;
            }
            const Reader one = reader.below(questions->as_array()[i], ".questions[" + std::to_string(i) + "]");
            auto question = parse_question(one);
            if (question
                && std::ranges::find(gather.questions, question->key, &GatherQuestion::key) != gather.questions.end())
                one.warn("key", question->key + " was there before, question left out");
            else if (question)
                gather.questions.push_back(std::move(*question));
        }
    }
    if (gather.questions.empty()) {
        reader.warn("questions", "there are none, gather_info left out");
        return std::nullopt;
    }
    gather.prompt = reader.prompt("prompt", "pom");
    gather.output_key = reader.text("output_key");
    gather.completion_action = reader.text("completion_action");
    gather.isolated = reader.flag("isolated");
    return gather;
}

// ---- Steps ---------------------------------------------------------------------------------------------------------

StepSpec parse_step(const Reader& reader, std::size_t index)
{
    StepSpec step;
    step.name = reader.text("name");
    if (step.name.empty()) {
        step.name = "step_" + std::to_string(index + 1);
        reader.warn("name", "is missing, taken as " + step.name);
    }
    step.text = reader.prompt("text", "pom");
    if (step.text.empty())
        step.text = reader.text("instructions");
    step.criteria = reader.text("step_criteria");
    step.functions = reader.names("functions");
    step.valid_steps = reader.names("valid_steps");
    step.valid_contexts = reader.names("valid_contexts");
    step.history = history_of(reader);
    step.skip_user_turn = reader.flag("skip_user_turn");
    step.skip_to_next_step = reader.flag("skip_to_next_step");
    step.end = reader.flag("end");
    step.reset = reset_object(reader);
    step.gather = parse_gather(reader);
    return step;
}

std::vector<StepSpec> parse_steps(const Json& list, const std::string& where, Warnings& warnings, PomFormat format)
{
    std::vector<StepSpec> steps;
    if (!list.is_array()) {
        warnings.push_back(where + ": must be an array, left out");
        return steps;
    }
    for (std::size_t i = 0; i < list.as_array().size(); ++i) {
        const Reader reader { list.as_array()[i], where + "[" + std::to_string(i) + "]", warnings, format };
        if (steps.size() == max_steps) {
            warnings.push_back(where + ": only the first " + std::to_string(max_steps) + " are taken");
            break;
        }
        if (!reader.object.is_object()) {
            warnings.push_back(reader.where + ": must be an object, left out");
            continue;
        }
        auto step = parse_step(reader, i);
        if (step.name == "next")
            reader.warn("name", "next means the following step, step left out");
        else if (std::ranges::find(steps, step.name, &StepSpec::name) != steps.end())
            reader.warn("name", step.name + " was there before, step left out");
        else
            steps.push_back(std::move(step));
    }
    return steps;
}

// ---- Contexts ------------------------------------------------------------------------------------------------------

ContextSpec parse_context(const std::string& name, const Reader& reader)
{
    ContextSpec context;
    context.name = name;
    if (const auto* steps = given(reader.object, "steps"))
        context.steps = parse_steps(*steps, reader.where + ".steps", reader.warnings, reader.format);
    context.initial_step = reader.text("initial_step");
    context.prompt = reader.prompt("text", "pom");
    if (const auto* prompt = given(reader.object, "prompt"); prompt != nullptr && context.prompt.empty())
        context.prompt
            = prompt->is_object() ? reader.below(*prompt, ".prompt").prompt("text", "pom") : reader.text("prompt");
    context.isolated = reader.flag("isolated");
    context.history = history_of(reader).value_or(StepHistory::dialogue);
    if (const auto* fillers = given(reader.object, "enter_fillers"))
        context.enter_fillers = parse_fillers(*fillers, reader.where + ".enter_fillers", reader.warnings);
    if (const auto* fillers = given(reader.object, "exit_fillers"))
        context.exit_fillers = parse_fillers(*fillers, reader.where + ".exit_fillers", reader.warnings);
    context.valid_contexts = reader.names("valid_contexts");
    context.valid_steps = reader.names("valid_steps");
    context.reset = reset_object(reader);
    if (!context.reset)
        context.reset = reset_members(reader);
    if (const auto* post_prompt = given(reader.object, "post_prompt")) {
        auto text = post_prompt->is_object() ? reader.below(*post_prompt, ".post_prompt").prompt("text", "pom")
                                             : reader.text("post_prompt");
        if (!text.empty())
            context.post_prompt = std::move(text);
    }
    return context;
}

// ---- Names that lead nowhere ---------------------------------------------------------------------------------------

bool has_step(const ContextSpec& context, const std::string& name)
{
    return std::ranges::find(context.steps, name, &StepSpec::name) != context.steps.end();
}

void check_steps(
    const ContextSpec& context, const std::optional<Names>& valid, const std::string& where, Warnings& warnings)
{
    for (const auto& name : valid.value_or(Names {})) {
        if (name != "next" && !has_step(context, name))
            warnings.push_back(where + ".valid_steps: there is no step " + name);
    }
}

void check_contexts(
    const ContextsSpec& spec, const std::optional<Names>& valid, const std::string& where, Warnings& warnings)
{
    for (const auto& name : valid.value_or(Names {})) {
        if (std::ranges::find(spec.contexts, name, &ContextSpec::name) == spec.contexts.end())
            warnings.push_back(where + ".valid_contexts: there is no context " + name);
    }
}

void check_step(const ContextsSpec& spec, const ContextSpec& context, const StepSpec& step, const std::string& where,
    Warnings& warnings)
{
    check_steps(context, step.valid_steps, where, warnings);
    check_contexts(spec, step.valid_contexts, where, warnings);
    const bool last = &step == &context.steps.back();
    if (last && step.skip_to_next_step)
        warnings.push_back(where + ".skip_to_next_step: there is no next step");
    const auto& contexts = step.valid_contexts ? step.valid_contexts : context.valid_contexts;
    const auto& steps = step.valid_steps ? step.valid_steps : context.valid_steps;
    if (steps && steps->empty() && !step.end && !step.skip_to_next_step && (!contexts || contexts->empty()))
        warnings.push_back(where + ".valid_steps: is empty and nothing else leads on, the following step is allowed");
    if (!step.gather || step.gather->completion_action.empty())
        return;
    const auto& action = step.gather->completion_action;
    if (action == "next_step" || action == "next" ? last : !has_step(context, action))
        warnings.push_back(where + ".gather_info.completion_action: there is no step " + action);
}

void check_names(const ContextsSpec& spec, const std::string& name, Warnings& warnings)
{
    for (const auto& context : spec.contexts) {
        const auto where = name + "." + context.name;
        if (!context.initial_step.empty() && !has_step(context, context.initial_step))
            warnings.push_back(
                where + ".initial_step: there is no step " + context.initial_step + ", starts at the first");
        check_steps(context, context.valid_steps, where, warnings);
        check_contexts(spec, context.valid_contexts, where, warnings);
        for (const auto& step : context.steps)
            check_step(spec, context, step, where + ".steps." + step.name, warnings);
    }
}

} // namespace

ContextsSpec parse_contexts(const Json::Object& prompt, const std::string& name, Warnings& warnings, PomFormat format)
{
    ContextsSpec spec;
    const auto* contexts = prompt.find("contexts");
    const auto* steps = prompt.find("steps");
    if (contexts != nullptr && !contexts->is_null()) {
        const auto where = name + ".contexts";
        if (!contexts->is_object()) {
            warnings.push_back(where + ": must be an object, left out");
            return spec;
        }
        for (const auto& [key, value] : contexts->as_object()) {
            if (spec.contexts.size() == max_contexts) {
                warnings.push_back(where + ": only the first " + std::to_string(max_contexts) + " are taken");
                break;
            }
            if (value.is_object())
                spec.contexts.push_back(parse_context(key, { value, where + "." + key, warnings, format }));
            else
                warnings.push_back(where + "." + key + ": must be an object, left out");
        }
        check_names(spec, where, warnings);
    } else if (steps != nullptr && !steps->is_null()) {
        ContextSpec only;
        only.name = "default";
        only.steps = parse_steps(*steps, name + ".steps", warnings, format);
        if (!only.steps.empty())
            spec.contexts.push_back(std::move(only));
        check_names(spec, name + ".steps", warnings);
    }
    return spec;
}

} // namespace parley::swaig
