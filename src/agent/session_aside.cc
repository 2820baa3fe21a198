// What the model is asked beside the conversation, and what templates know.
#include "agent/ai_session_machine.h"
#include "expand/prompt_variables.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

std::string_view speaker(LmMessage::Role role)
{
    switch (role) {
    case LmMessage::Role::system: return "note: ";
    case LmMessage::Role::user: return "user: ";
    case LmMessage::Role::assistant: return "agent: ";
    case LmMessage::Role::tool: return "result: ";
    }
    return "";
}

// The end of the dialogue, a line for each message.
std::string transcript(const std::vector<LmMessage>& dialogue)
{
    std::string lines;
    for (const auto& message : dialogue) {
        if (!message.content.empty())
            lines.append(speaker(message.role)).append(message.content).push_back('\n');
    }
    if (lines.size() <= max_transcript)
        return lines;
    const auto cut = lines.find('\n', lines.size() - max_transcript);
    return lines.substr(cut == std::string::npos ? lines.size() : cut + 1);
}

} // namespace

void AiSession::Machine::ask_aside(LmRequest request, AsideTaken then, Instant now, Commands& out)
{
    Aside aside { { ++last_aside_.value }, now + aside_wait, std::move(then), asides_.size() < max_asides };
    if (aside.asked) {
        out.emplace_back(AskAside { aside.id, std::move(request) });
    } else {
        log_.warning("too much is asked beside the conversation", { { "limit", max_asides } });
        aside.until = now; // It fails at once, but not before whoever asked is ready for it.
    }
    asides_.push_back(std::move(aside));
    watch_asides();
}

void AiSession::Machine::watch_asides()
{
    const auto first = std::ranges::min_element(asides_, {}, &Aside::until);
    if (first == asides_.end())
        stop(Timer::aside);
    else
        start(Timer::aside, first->until);
}

void AiSession::Machine::on(const AsideAnswered& answer, Instant now, Commands& out)
{
    const auto aside = std::ranges::find(asides_, answer.aside, &Aside::id);
    if (aside == asides_.end()) {
        log_.debug("answer that nobody waited for", {});
        return;
    }
    if (!answer.error.empty())
        log_.warning("language model failed beside the conversation", { { "error", answer.error } });
    const auto then = std::move(aside->then);
    asides_.erase(aside);
    watch_asides();
    then(answer.error.empty() ? answer.text : "", now, out);
}

void AiSession::Machine::asides_due(Instant now, Commands& out)
{
    const auto late = std::ranges::find_if(asides_, [&](const Aside& aside) { return aside.until <= now; });
    if (late == asides_.end())
        return;
    if (late->asked) {
        log_.warning("language model was too slow beside the conversation", {});
        out.emplace_back(CancelAside { late->id });
    }
    const auto then = std::move(late->then);
    asides_.erase(late);
    watch_asides();
    then("", now, out);
}

void AiSession::Machine::cancel_asides(Commands& out)
{
    for (const auto& aside : std::exchange(asides_, {})) {
        if (aside.asked)
            out.emplace_back(CancelAside { aside.id });
    }
    stop(Timer::aside);
}

void AiSession::Machine::ask_summary(
    std::string instruction, const std::vector<LmMessage>& dialogue, AsideTaken then, Instant now, Commands& out)
{
    LmRequest request;
    request.options = spec_.prompt.options;
    if (!spec_.thinking.utility_model.empty())
        request.options.model = spec_.thinking.utility_model;
    request.messages = { { LmMessage::Role::system, std::move(instruction), {}, {} },
        { LmMessage::Role::user, transcript(dialogue), {}, {} } };
    ask_aside(std::move(request), std::move(then), now, out);
}

Json::Object AiSession::Machine::prompt_variables(Instant now) const
{
    const expand::ExpandTime time { identity_.clock.at(now), spec_.time_zone };
    expand::PromptFacts facts;
    const bool outbound = spec_.direction.empty() ? identity_.outbound : spec_.direction == "outbound";
    facts.direction = outbound ? expand::CallDirection::outbound : expand::CallDirection::inbound;
    facts.caller_id_name = identity_.caller_id_name;
    facts.caller_id_number = identity_.caller_id_number;
    for (const auto& language : spec_.languages)
        facts.languages.push_back(language.name);
    facts.call = identity_.call_variables;
    return expand::prompt_variables(std::move(facts), time);
}

std::string AiSession::Machine::filled_in(std::string_view text, Instant now, const Json& more) const
{
    const expand::ExpandTime time { identity_.clock.at(now), spec_.time_zone };
    const auto variables = prompt_variables(now);
    auto scope = expand::prompt_scope(variables, global_data_);
    scope.add_root(more);
    scope.add_named("step_history", step_history_);
    expand::ExpandOptions options;
    options.style = expand::ValueStyle::tabbed;
    auto expanded = expand::expand_text(text, scope, time, options);
    for (const auto& complaint : expanded.notes.complaints)
        log_.warning("placeholder not filled in", { { "why", complaint } });
    return std::move(expanded.text);
}

} // namespace parley::agent
