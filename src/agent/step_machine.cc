#include "agent/step_machine.h"

#include "agent/step_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::agent {

namespace {

using namespace std::string_view_literals;

// Hooks and tools without which the platform does not work; no list of a step takes them away.
constexpr std::array protected_functions { "startup_hook"sv, "start_hook"sv, "hangup_hook"sv, "stop_hook"sv,
    "check_for_input"sv, "summarize_conversation"sv, "gather_submit"sv, "get_ideal_strategy"sv };

constexpr std::string_view moved_on = "Done. Go on as you are told now.";

bool holds(const std::vector<std::string>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

std::string text_of(const Json::Object& arguments, std::string_view key)
{
    const auto* value = arguments.find(key);
    return value != nullptr && value->is_string() ? value->as_string() : std::string();
}

// Where context and step both ask for a new conversation, it is one; what the step says wins.
std::optional<ContextReset> merged(const std::optional<ContextReset>& outer, const std::optional<ContextReset>& inner)
{
    if (!outer || !inner)
        return inner ? inner : outer;
    ContextReset both = *outer;
    if (!inner->system_prompt.empty())
        both.system_prompt = inner->system_prompt;
    if (!inner->user_prompt.empty())
        both.user_prompt = inner->user_prompt;
    both.consolidate = outer->consolidate || inner->consolidate;
    both.full_reset = outer->full_reset || inner->full_reset;
    return both;
}

Json index_of(const std::optional<std::size_t>& index)
{
    return index ? Json(*index) : Json(-1);
}

std::string spot(const std::string& name, const std::optional<std::size_t>& index)
{
    return index ? name + "[" + std::to_string(*index) + "]" : "(none)";
}

} // namespace

std::string_view to_string(StepMachine::Trigger trigger)
{
    switch (trigger) {
    case StepMachine::Trigger::start: return "start";
    case StepMachine::Trigger::ai_function: return "ai_function";
    case StepMachine::Trigger::webhook_action: return "webhook_action";
    case StepMachine::Trigger::auto_advance: return "auto_advance";
    case StepMachine::Trigger::gather_complete: return "gather_complete";
    case StepMachine::Trigger::hold: return "hold";
    }
    return "unknown";
}

StepMachine::StepMachine(ContextsSpec spec)
    : spec_(std::move(spec))
{
}

// ---- Where we are --------------------------------------------------------------------------------------------------

StepMachine::Place StepMachine::place() const
{
    if (empty())
        return {};
    return { context().name, step() == nullptr ? "" : step()->name, step_ };
}

std::optional<std::size_t> StepMachine::find_context(std::string_view name) const
{
    const auto found = std::ranges::find(spec_.contexts, name, &ContextSpec::name);
    if (found == spec_.contexts.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - spec_.contexts.begin());
}

std::optional<std::size_t> StepMachine::find_step(std::string_view name) const
{
    if (name == "next")
        return following();
    const auto& steps = context().steps;
    const auto found = std::ranges::find(steps, name, &StepSpec::name);
    if (found == steps.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - steps.begin());
}

std::optional<std::size_t> StepMachine::following() const
{
    if (!step_ || *step_ + 1 >= context().steps.size())
        return std::nullopt;
    return *step_ + 1;
}

std::vector<std::string> StepMachine::step_targets() const
{
    std::vector<std::string> targets;
    const auto* here = step();
    if (here == nullptr)
        return targets;
    const auto& valid = here->valid_steps ? here->valid_steps : context().valid_steps;
    // An empty list means that the model cannot go on by itself. Where that would be a trap, with no other way out, it
    // is taken as if it had not been given.
    const bool trap = valid && valid->empty() && !here->end && !here->skip_to_next_step && context_targets().empty();
    if (!valid || trap) {
        if (const auto next = following(); next && !here->end)
            targets.push_back(context().steps[*next].name);
        return targets;
    }
    for (const auto& name : *valid) {
        const auto target = find_step(name);
        if (target && !holds(targets, context().steps[*target].name))
            targets.push_back(context().steps[*target].name);
    }
    return targets;
}

std::vector<std::string> StepMachine::context_targets() const
{
    std::vector<std::string> targets;
    if (empty() || ended_)
        return targets;
    const auto* here = step();
    const auto& valid = here != nullptr && here->valid_contexts ? here->valid_contexts : context().valid_contexts;
    if (!valid)
        return targets;
    for (const auto& name : *valid) {
        if (find_context(name) && !holds(targets, name))
            targets.push_back(name);
    }
    return targets;
}

std::vector<LmTool> StepMachine::tools() const
{
    std::vector<LmTool> tools;
    if (empty())
        return tools;
    if (gather_) {
        tools.push_back(gather_submit(gather_->question()));
        return tools;
    }
    if (const auto targets = step_targets(); !targets.empty())
        tools.push_back(agent::next_step(targets));
    if (const auto targets = context_targets(); !targets.empty())
        tools.push_back(agent::change_context(targets));
    return tools;
}

bool StepMachine::owns(std::string_view tool) const
{
    return !empty() && (tool == next_step_tool || tool == change_context_tool || tool == gather_submit_tool);
}

bool StepMachine::is_protected(std::string_view function)
{
    return std::ranges::find(protected_functions, function) != protected_functions.end();
}

bool StepMachine::active(std::string_view function) const
{
    if (is_protected(function))
        return true;
    if (gather_)
        return holds(gather_->question().functions, function);
    return !functions_ || holds(*functions_, function);
}

std::optional<std::string> StepMachine::post_prompt() const
{
    return empty() ? std::nullopt : context().post_prompt;
}

// ---- Moving --------------------------------------------------------------------------------------------------------

void StepMachine::start(step::Commands& out)
{
    if (empty())
        return;
    const auto first = find_context("default").value_or(0);
    context_ = first;
    if (!context().steps.empty())
        step_ = context().initial_step.empty() ? 0 : find_step(context().initial_step).value_or(0);
    arrive(merged(context().reset, step() == nullptr ? std::nullopt : step()->reset), out);
}

// What is over with the step that is left.
void StepMachine::leave(step::Commands& out)
{
    if (gather_)
        gather_->close(out);
    gather_.reset();
    if (step() != nullptr)
        out.emplace_back(step::LeaveStep { step()->name });
}

void StepMachine::enter_step(std::size_t target, Trigger trigger, step::Commands& out)
{
    const auto from = place();
    leave(out);
    step_ = target;
    ended_ = false;
    const auto to = place();
    out.emplace_back(step::LogEvent { "step_change",
        spot(from.step, from.step_index) + " -> " + spot(to.step, to.step_index) + " ("
            + std::string(to_string(trigger)) + ")",
        { { "from_step", from.step }, { "from_index", index_of(from.step_index) }, { "to_step", to.step },
            { "to_index", index_of(to.step_index) }, { "trigger", to_string(trigger) } } });
    if (trigger == Trigger::ai_function)
        out.emplace_back(step::ToolResult { std::string(moved_on), false });
    arrive(step()->reset, out);
}

void StepMachine::enter_context(std::size_t target, Trigger trigger, step::Commands& out)
{
    const std::string from = context().name;
    if (!context().exit_fillers.empty())
        out.emplace_back(step::SayFiller { context().exit_fillers });
    leave(out);
    context_ = target;
    step_.reset();
    ended_ = false;
    if (!context().steps.empty())
        step_ = context().initial_step.empty() ? 0 : find_step(context().initial_step).value_or(0);
    if (!context().enter_fillers.empty())
        out.emplace_back(step::SayFiller { context().enter_fillers });
    out.emplace_back(
        step::LogEvent { "context_enter", from + " -> " + context().name + " (" + std::string(to_string(trigger)) + ")",
            { { "to_context", context().name }, { "from_context", from }, { "trigger", to_string(trigger) },
                { "isolated", context().isolated } } });
    if (trigger == Trigger::ai_function)
        out.emplace_back(step::ToolResult { std::string(moved_on), false });
    const auto reset = merged(context().reset, step() == nullptr ? std::nullopt : step()->reset);
    if (context().isolated && !(reset && reset->starts_anew()))
        out.emplace_back(step::IsolateHistory {});
    arrive(reset, out);
}

// The new place takes effect on what the model sees.
void StepMachine::arrive(std::optional<ContextReset> reset, step::Commands& out)
{
    const auto* here = step();
    if (here != nullptr && here->functions)
        functions_ = here->functions;
    const auto history = here != nullptr && here->history ? *here->history : context().history;
    switch (history) {
    case StepHistory::keep: break;
    case StepHistory::dialogue: out.emplace_back(step::HideInstructions {}); break;
    case StepHistory::hide:
        out.emplace_back(step::HideInstructions {});
        out.emplace_back(step::HideDialogue {});
        break;
    }
    if (reset)
        out.emplace_back(step::SwitchContext { std::move(*reset) });
    if (here == nullptr) {
        if (!context().prompt.empty())
            out.emplace_back(step::ShowInstruction { context().prompt });
        return;
    }
    if (here->gather && !here->gather->questions.empty()) {
        gather_.emplace(context(), *here->gather);
        gather_->start(out);
    } else {
        show_step(out);
    }
    if (here->skip_user_turn)
        out.emplace_back(step::RunModel {});
}

void StepMachine::show_step(step::Commands& out)
{
    const auto& here = *step();
    const bool gathered = here.gather && !gather_;
    auto text = step_instruction(
        context(), here, gathered ? Gather(context(), *here.gather).keys() : std::vector<std::string> {});
    if (!text.empty())
        out.emplace_back(step::ShowInstruction { std::move(text) });
    if (here.valid_steps && !here.valid_steps->empty() && step_targets().empty())
        out.emplace_back(step::Warn { "step " + here.name + ": none of its valid_steps exists" });
}

// The conversation goes on under the prompts of agent and context.
void StepMachine::end_steps(step::Commands& out)
{
    leave(out);
    step_.reset();
    ended_ = true;
    out.emplace_back(step::HideInstructions {});
    if (!context().prompt.empty())
        out.emplace_back(step::ShowInstruction { context().prompt });
}

void StepMachine::reply_ended(step::Commands& out)
{
    const auto* here = step();
    if (here == nullptr || gather_)
        return;
    if (here->end) {
        end_steps(out);
        return;
    }
    if (!here->skip_to_next_step)
        return;
    const auto next = following();
    if (!next)
        return; // It was the last one.
    enter_step(*next, Trigger::auto_advance, out);
    // Programs set both on the step that is left when they mean that nobody is waited for in between.
    if (here->skip_user_turn && !step()->skip_user_turn)
        out.emplace_back(step::RunModel {});
}

void StepMachine::switch_context(const ContextReset& reset, step::Commands& out)
{
    out.emplace_back(step::SwitchContext { reset });
    if (reset.starts_anew())
        show_again(out);
}

void StepMachine::show_again(step::Commands& out)
{
    if (empty())
        return;
    if (gather_) {
        out.emplace_back(
            step::ShowInstruction { question_instruction(context(), gather_->question()), step::Lasting::question });
    } else if (step() != nullptr) {
        show_step(out);
    } else if (!context().prompt.empty()) {
        out.emplace_back(step::ShowInstruction { context().prompt });
    }
}

bool StepMachine::change_step(std::string_view name, Trigger trigger, step::Commands& out)
{
    const auto target = empty() ? std::nullopt : find_step(name);
    if (!target) {
        step_refused(name, trigger, "there is no step " + std::string(name), out);
        return false;
    }
    enter_step(*target, trigger, out);
    return true;
}

bool StepMachine::change_context(std::string_view name, Trigger trigger, step::Commands& out)
{
    const auto target = find_context(name);
    if (!target) {
        context_refused(name, trigger, "there is no context " + std::string(name), out);
        return false;
    }
    enter_context(*target, trigger, out);
    return true;
}

void StepMachine::step_refused(std::string_view target, Trigger trigger, std::string what, step::Commands& out) const
{
    const auto from = place();
    out.emplace_back(step::LogEvent { "change_step_failed", "Step change failed: " + what,
        { { "from_step", from.step }, { "from_index", index_of(from.step_index) }, { "to_step", target },
            { "trigger", to_string(trigger) }, { "reason", what } } });
    out.emplace_back(step::Warn { std::move(what) });
}

void StepMachine::context_refused(std::string_view target, Trigger trigger, std::string what, step::Commands& out) const
{
    out.emplace_back(step::LogEvent { "change_step_failed", "Context change failed: " + what,
        { { "from_context", place().context }, { "to_context", target }, { "trigger", to_string(trigger) },
            { "reason", what } } });
    out.emplace_back(step::Warn { std::move(what) });
}

// ---- The model's tools ---------------------------------------------------------------------------------------------

void StepMachine::call(std::string_view tool, const Json::Object& arguments, step::Commands& out)
{
    if (tool == gather_submit_tool)
        gather_submit_called(arguments, out);
    else if (tool == change_context_tool)
        change_context_called(arguments, out);
    else
        next_step_called(arguments, out);
}

void StepMachine::next_step_called(const Json::Object& arguments, step::Commands& out)
{
    const auto name = text_of(arguments, "step");
    const auto targets = gather_ ? std::vector<std::string> {} : step_targets();
    const auto target = empty() ? std::nullopt : find_step(name);
    if (target && holds(targets, context().steps[*target].name)) {
        enter_step(*target, Trigger::ai_function, out);
        return;
    }
    std::string what = "one cannot go on to \"" + name + "\" from here";
    step_refused(name, Trigger::ai_function, what, out);
    for (std::size_t i = 0; i < targets.size(); ++i)
        what += (i == 0 ? "; possible: " : ", ") + targets[i];
    out.emplace_back(step::ToolResult { std::move(what), true });
}

void StepMachine::change_context_called(const Json::Object& arguments, step::Commands& out)
{
    const auto name = text_of(arguments, "context");
    const auto targets = gather_ ? std::vector<std::string> {} : context_targets();
    if (holds(targets, name)) {
        enter_context(*find_context(name), Trigger::ai_function, out);
        return;
    }
    std::string what = "one cannot turn to \"" + name + "\" from here";
    context_refused(name, Trigger::ai_function, what, out);
    for (std::size_t i = 0; i < targets.size(); ++i)
        what += (i == 0 ? "; possible: " : ", ") + targets[i];
    out.emplace_back(step::ToolResult { std::move(what), true });
}

void StepMachine::gather_submit_called(const Json::Object& arguments, step::Commands& out)
{
    if (!gather_) {
        out.emplace_back(step::ToolResult { "no question is being asked", true });
        return;
    }
    gather_->submit(arguments, out);
    if (gather_->complete())
        gather_over(out);
}

void StepMachine::gather_over(step::Commands& out)
{
    const std::string action = gather_->spec().completion_action;
    gather_->close(out);
    gather_.reset();
    if (!action.empty()) {
        const auto target = find_step(action == "next_step" ? "next" : action);
        if (target) {
            enter_step(*target, Trigger::gather_complete, out);
            return;
        }
        step_refused(action, Trigger::gather_complete, "there is no step " + action, out);
    }
    show_step(out);
}

} // namespace parley::agent
