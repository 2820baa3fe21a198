// Contexts and steps: what the step machine asks for, done to the conversation.
#include "agent/ai_session_machine.h"
#include "agent/step_text.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::string_view summary_wanted
    = "Summarise this conversation for somebody who takes it over: what the user wants, "
      "what is known, what was agreed. "
      "Write the facts alone, in a few sentences.";
constexpr std::string_view said_before = "What was said before, in short:\n";

std::string text_at(const Json& object, std::string_view key)
{
    return object.string_or(key);
}

bool flag_at(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr
        && ((value->is_bool() && value->as_bool()) || (value->is_string() && value->as_string() == "true"));
}

bool mentions(const ContextsSpec& contexts, std::string_view word)
{
    return std::ranges::any_of(contexts.contexts, [&](const ContextSpec& context) {
        return context.prompt.find(word) != std::string::npos
            || std::ranges::any_of(
                context.steps, [&](const StepSpec& step) { return step.text.find(word) != std::string::npos; });
    });
}

History::Kind kind_of(step::Lasting lasting)
{
    switch (lasting) {
    case step::Lasting::always: return History::Kind::dialogue;
    case step::Lasting::step: return History::Kind::instruction;
    case step::Lasting::question: return History::Kind::question;
    }
    return History::Kind::dialogue;
}

} // namespace

// ---- What moves the machine ----------------------------------------------------------------------------------------

void AiSession::Machine::start_steps(Instant now, Commands& out)
{
    if (steps_.empty())
        return;
    steps_are_quoted_ = mentions(spec_.contexts, "step_history");
    step::Commands commands;
    steps_.start(commands);
    note_place();
    take_step_work(std::move(commands), false, now, out);
}

void AiSession::Machine::call_step_tool(PendingTool& tool, Instant now, Commands& out)
{
    const auto arguments = Json::parse(tool.call.arguments); // It was checked; none at all are no arguments.
    step::Commands commands;
    steps_.call(
        tool.call.name, arguments && arguments->is_object() ? arguments->as_object() : Json::Object {}, commands);
    step_tool_ = &tool;
    take_step_work(std::move(commands), false, now, out);
    step_tool_ = nullptr;
}

bool AiSession::Machine::act_on_steps(const ToolAction& action, Instant now, Commands& out)
{
    step::Commands commands;
    bool texts_filled_in = false;
    if (action.name == "change_step" && action.value.is_string()) {
        steps_.change_step(action.value.as_string(), StepMachine::Trigger::webhook_action, commands);
    } else if (action.name == "change_context" && action.value.is_string()) {
        steps_.change_context(action.value.as_string(), StepMachine::Trigger::webhook_action, commands);
    } else if (action.name == "context_switch" && (action.value.is_string() || action.value.is_object())) {
        // Its prompts may name what was posted to the function, too, and that only now.
        const Json more = acting_on_.value_or(Json());
        const bool bare = action.value.is_string();
        const auto filled = [&](std::string_view key) { return filled_in(text_at(action.value, key), now, more); };
        texts_filled_in = true;
        steps_.switch_context(
            { bare ? filled_in(action.value.as_string(), now, more) : filled("system_prompt"), filled("user_prompt"),
                flag_at(action.value, "consolidate"), flag_at(action.value, "full_reset") },
            commands);
    } else {
        return false;
    }
    take_step_work(std::move(commands), texts_filled_in, now, out);
    return true;
}

void AiSession::Machine::go_to_step(std::string_view name, StepMachine::Trigger trigger, Instant now, Commands& out)
{
    step::Commands commands;
    steps_.change_step(name, trigger, commands);
    take_step_work(std::move(commands), false, now, out);
}

void AiSession::Machine::steps_reply_ended(Instant now, Commands& out)
{
    if (!std::exchange(replied_, false))
        return; // Nothing of the model's was spoken in this step.
    step::Commands commands;
    steps_.reply_ended(commands);
    take_step_work(std::move(commands), false, now, out);
}

void AiSession::Machine::run_model_if_due(Instant now, Commands& out)
{
    if (!run_model_ || phase_ != Phase::talking || !step_work_.empty() || engine_.floor() != turn::Floor::open)
        return;
    run_model_ = false;
    may_call_tools_ = true;
    open_reply(now, out);
}

// ---- What the machine asks for -------------------------------------------------------------------------------------

// Who waits for a summary holds up those behind him, but for the answer to a call, which the model is waiting for.
void AiSession::Machine::take_step_work(step::Commands commands, bool texts_filled_in, Instant now, Commands& out)
{
    // A function's actions leave its own result standing: it was written for whoever comes next. So do words of the
    // user that nobody has answered yet.
    auto kept = static_cast<History::EntryId>(static_cast<std::uint64_t>(history_.last()) + 1);
    if (acting_on_)
        kept = tool_round_;
    else if (pending_user_)
        kept = pending_user_->entry;
    for (auto& command : commands) {
        StepWork work { std::move(command), texts_filled_in, kept };
        const bool at_once = step_work_.empty() || std::holds_alternative<step::ToolResult>(work.command);
        if (at_once && perform(work, now, out))
            continue;
        if (step_work_.size() >= max_step_work) {
            log_.warning("too many changes of steps wait for a summary", { { "limit", max_step_work } });
            return;
        }
        step_work_.push_back(std::move(work));
    }
}

void AiSession::Machine::do_step_work(Instant now, Commands& out)
{
    while (!step_work_.empty()) {
        const StepWork work = step_work_.front();
        if (!perform(work, now, out))
            return;
        step_work_.pop_front();
    }
    weigh_reply(now, out);
}

bool AiSession::Machine::perform(const StepWork& work, Instant now, Commands& out)
{
    return std::visit([&](const auto& command) { return on_step(command, work, now, out); }, work.command);
}

bool AiSession::Machine::on_step(const step::ShowInstruction& shown, const StepWork&, Instant now, Commands& out)
{
    if (!summaries_ready(shown.text, now, out))
        return false;
    const std::string text = filled_in(shown.text, now);
    if (text.empty())
        return true;
    row(Role::system, text, out);
    if (shown.lasting == step::Lasting::always)
        report_.system(text, now);
    else
        report_.instruction(text, now);
    history_.add({ LmMessage::Role::system, text, {}, {} }, kind_of(shown.lasting));
    return true;
}

bool AiSession::Machine::on_step(const step::HideInstructions&, const StepWork&, Instant, Commands&)
{
    history_.hide_instructions();
    return true;
}

bool AiSession::Machine::on_step(const step::HideQuestion&, const StepWork&, Instant, Commands&)
{
    history_.hide_question();
    return true;
}

bool AiSession::Machine::on_step(const step::HideDialogue&, const StepWork& work, Instant, Commands&)
{
    history_.start_epoch(work.kept);
    return true;
}

bool AiSession::Machine::on_step(const step::BeginSiblings&, const StepWork&, Instant, Commands&)
{
    siblings_from_ = history_.last();
    return true;
}

bool AiSession::Machine::on_step(const step::HideSiblings&, const StepWork&, Instant, Commands&)
{
    history_.hide_dialogue_after(siblings_from_);
    return true;
}

bool AiSession::Machine::on_step(const step::ShowSiblings&, const StepWork&, Instant, Commands&)
{
    history_.show_dialogue();
    return true;
}

bool AiSession::Machine::on_step(const step::IsolateHistory&, const StepWork& work, Instant, Commands&)
{
    history_.start_epoch(work.kept);
    return true;
}

bool AiSession::Machine::on_step(const step::SayFiller& filler, const StepWork&, Instant now, Commands& out)
{
    const std::string text = filler_phrase(filler.texts);
    if (text.empty() || !reply_alive_)
        return true; // The user has the floor: nothing has to be filled.
    report_.event(
        "filler", "Filler", { { "text", text }, { "language", language().code }, { "filler_type", "function" } }, now);
    say(Segment::Kind::manual, text, now, out);
    return true;
}

bool AiSession::Machine::on_step(const step::LogEvent& event, const StepWork&, Instant now, Commands& out)
{
    note_place();
    if (event.action == "step_change" || event.action == "context_enter")
        replied_ = false;
    log_.info("conversation moved", { { "what", event.action }, { "how", event.content } });
    report_.event(event.action, event.content, event.metadata, now);
    Json::Object content { { "type", event.action } };
    for (const auto& [key, value] : event.metadata)
        content[key] = value;
    notify(std::move(content), out);
    return true;
}

bool AiSession::Machine::on_step(const step::SetGlobalData& set, const StepWork&, Instant, Commands& out)
{
    if (set.group.empty()) {
        global_data_[set.key] = set.value;
    } else {
        Json& group = global_data_[set.group];
        if (!group.is_object())
            group = Json::Object {};
        group[set.key] = set.value;
    }
    notify(
        { { "type", "global_data" }, { "keys", Json::Array { Json(set.group.empty() ? set.key : set.group) } } }, out);
    return true;
}

bool AiSession::Machine::on_step(const step::RunModel&, const StepWork&, Instant, Commands&)
{
    run_model_ = true;
    return true;
}

bool AiSession::Machine::on_step(const step::ToolResult& result, const StepWork&, Instant now, Commands& out)
{
    if (step_tool_ == nullptr)
        return true;
    const auto& call = step_tool_->call;
    report_.event("function_call", "Calling function: " + call.name,
        { { "function", call.name }, { "native", true }, { "duration_ms", 0 },
            { "error", result.rejected ? Json(result.text) : Json() } },
        now);
    SwaigLogEntry swaig;
    swaig.command_name = call.name;
    swaig.command_arg = call.arguments;
    swaig.native = true;
    report_.swaig(std::move(swaig), now);
    finish_tool(*step_tool_, result.text, now, out);
    return true;
}

bool AiSession::Machine::on_step(const step::Warn& warning, const StepWork&, Instant, Commands&)
{
    log_.warning("steps lead nowhere", { { "what", warning.what } });
    return true;
}

void AiSession::Machine::note_place()
{
    const auto place = steps_.place();
    Json::Object known;
    if (!place.context.empty())
        known["context"] = place.context;
    if (place.step_index) {
        known["step"] = place.step;
        known["step_index"] = *place.step_index;
    }
    report_.place(std::move(known));
}

// ---- New conversations ---------------------------------------------------------------------------------------------

bool AiSession::Machine::on_step(const step::SwitchContext& wanted, const StepWork& work, Instant now, Commands& out)
{
    ContextReset reset = wanted.reset;
    if (!work.filled_in) {
        reset.system_prompt = filled_in(reset.system_prompt, now);
        reset.user_prompt = filled_in(reset.user_prompt, now);
    }
    if (!reset.starts_anew()) {
        add_user_prompt(reset.user_prompt, now, out);
        return true;
    }
    auto dialogue = history_.dialogue_after(History::EntryId::none);
    if (!reset.consolidate || dialogue.empty()) {
        start_conversation(reset, work.kept, "", now, out);
        return true;
    }
    ask_summary(
        std::string(summary_wanted), dialogue,
        [this, reset, kept = work.kept](const std::string& summary, Instant then, Commands& commands) {
            start_conversation(reset, kept, summary, then, commands);
            step_work_.pop_front();
            do_step_work(then, commands);
        },
        now, out);
    return false;
}

void AiSession::Machine::start_conversation(
    ContextReset reset, History::EntryId kept, const std::string& summary, Instant now, Commands& out)
{
    log_.info("conversation begun anew",
        { { "consolidate", reset.consolidate }, { "full_reset", reset.full_reset }, { "summary", !summary.empty() } });
    report_.event("reset", "Reset", { { "consolidate", reset.consolidate }, { "full_reset", reset.full_reset } }, now);
    notify({ { "type", "reset" }, { "consolidate", reset.consolidate }, { "full_reset", reset.full_reset } }, out);
    report_.conversation_left();
    history_.start_epoch(kept);
    std::string prompt = std::move(reset.system_prompt);
    if (reset.full_reset && prompt.empty())
        prompt = own_prompt(now);
    if (!summary.empty())
        prompt.append(prompt.empty() ? "" : "\n\n").append(said_before).append(summary);
    if (reset.full_reset)
        history_.set_prompt(prompt);
    else
        history_.set_second_prompt(prompt);
    if (!prompt.empty()) {
        row(Role::system, prompt, out);
        report_.system(prompt, now);
    }
    add_user_prompt(reset.user_prompt, now, out);
}

void AiSession::Machine::add_user_prompt(const std::string& text, Instant now, Commands& out)
{
    if (text.empty())
        return;
    row(Role::user, text, out);
    question_ = history_.add({ LmMessage::Role::user, text, {}, {} });
    CallLogEntry entry;
    entry.content = text;
    entry.content_type = "Injected";
    report_.user(std::move(entry), now);
    run_model_ = true;
}

// ---- What templates know of earlier steps --------------------------------------------------------------------------

bool AiSession::Machine::on_step(const step::LeaveStep& left, const StepWork&, Instant, Commands&)
{
    if (steps_are_quoted_) {
        std::erase_if(left_steps_, [&](const auto& step) { return step.first == left.name; });
        left_steps_.emplace_back(left.name, history_.dialogue_after(step_entered_));
        step_history_.erase(left.name);
        step_history_.erase("prev");
        last_step_ = left.name;
    }
    step_entered_ = history_.last();
    return true;
}

// Summaries are made when a text asks for them. False: one is on its way.
bool AiSession::Machine::summaries_ready(const std::string& text, Instant now, Commands& out)
{
    if (!steps_are_quoted_ || text.find("step_history") == std::string::npos)
        return true;
    const bool asks_for_last = text.find("step_history.prev") != std::string::npos;
    const auto asked = std::ranges::find_if(left_steps_, [&](const auto& step) {
        return text.find("step_history." + step.first) != std::string::npos
            || (asks_for_last && step.first == last_step_);
    });
    if (asked == left_steps_.end()) {
        if (const auto* last = step_history_.find(last_step_); last != nullptr)
            step_history_["prev"] = Json(*last);
        return true;
    }
    const auto step = std::move(*asked);
    left_steps_.erase(asked);
    if (step.second.empty()) {
        step_history_[step.first] = Json::Object { { "summary", "" } };
        return summaries_ready(text, now, out);
    }
    ask_summary(
        std::string(summary_wanted), step.second,
        [this, name = step.first](const std::string& summary, Instant then, Commands& commands) {
            step_history_[name] = Json::Object { { "summary", summary } };
            do_step_work(then, commands);
        },
        now, out);
    return false;
}

// ---- What the model has --------------------------------------------------------------------------------------------

std::vector<LmTool> AiSession::Machine::offered_tools() const
{
    std::vector<LmTool> tools;
    for (const auto& tool : spec_.tools) {
        if (tool.uses_left != 0 && steps_.active(tool.name) && !steps_.owns(tool.name))
            tools.push_back({ name_for_model(tool.name), tool.description, tool.parameters });
    }
    for (auto& tool : native_tools())
        tools.push_back(std::move(tool));
    for (auto& tool : steps_.tools())
        tools.push_back(std::move(tool));
    return tools;
}

std::string AiSession::Machine::post_prompt_text(Instant now) const
{
    return filled_in(steps_.post_prompt().value_or(spec_.report.prompt.text), now);
}

} // namespace parley::agent
