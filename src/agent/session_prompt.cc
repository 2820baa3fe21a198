// What the model sees: the prompt as the global data fill it in, rules behind it, and as much of the conversation as it
// can take.
#include "agent/ai_session_machine.h"
#include "agent/prompt_text.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::size_t consolidate_from = History::max_tokens / 4 * 3; // Tokens; beyond the limit the oldest just go.
constexpr std::string_view sum_up_oldest
    = "Summarise the beginning of this conversation for the agent who goes on with it: what the user wants, what is "
      "known, what was agreed, what functions said. Write the facts alone.";
constexpr std::string_view said_before = "What was said before, in short:\n";

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

} // namespace

std::string AiSession::Machine::own_prompt(Instant now)
{
    shown_data_ = global_data_;
    shown_prompt_ = filled_in(spec_.prompt.text, now);
    return shown_prompt_;
}

void AiSession::Machine::seed_history()
{
    for (const auto& message : spec_.thinking.seed)
        history_.add(message);
}

void AiSession::Machine::prepare_history(Instant now, Commands& out)
{
    // A prompt that somebody put in its place stays as it is.
    if (!(global_data_ == shown_data_) && history_.prompt() == shown_prompt_)
        history_.rewrite_prompt(own_prompt(now));
    if (history_.tokens() > consolidate_from && !consolidating_)
        consolidate(now, out);
    if (const std::size_t gone = history_.trim(); gone > 0)
        log_.info("history trimmed", { { "entries", gone }, { "limit_tokens", History::max_tokens } });
}

// Half of the conversation becomes a summary, while it goes on. If that fails or comes too late, the oldest part is let
// go as it is.
void AiSession::Machine::consolidate(Instant now, Commands& out)
{
    const std::size_t tokens = history_.tokens();
    const auto oldest = history_.oldest(tokens / 2);
    std::size_t held = 0;
    for (const auto& message : oldest.dialogue)
        held += estimated_tokens(message);
    if (held < tokens / 4)
        return; // The newest message is nearly all of it, or the prompt.
    log_.info("conversation summarised", { { "tokens", tokens }, { "limit_tokens", History::max_tokens } });
    report_.event("consolidation", "Consolidation",
        { { "event", "start" }, { "token_count", tokens }, { "limit", History::max_tokens } }, now);
    LmRequest request;
    request.options = spec_.prompt.options;
    if (!spec_.thinking.utility_model.empty())
        request.options.model = spec_.thinking.utility_model;
    std::string lines;
    for (const auto& message : oldest.dialogue) {
        if (!message.content.empty())
            lines.append(speaker(message.role)).append(message.content).push_back('\n');
    }
    request.messages = { { LmMessage::Role::system, std::string(sum_up_oldest), {}, {} },
        { LmMessage::Role::user, std::move(lines), {}, {} } };
    consolidating_ = true;
    ask_aside(
        std::move(request),
        [this, last = oldest.last](const std::string& summary, Instant then, Commands&) {
            consolidating_ = false;
            const bool folded = !summary.empty() && history_.fold(last, std::string(said_before) + summary);
            report_.event("consolidation", "Consolidation",
                { { "event", folded ? "done" : "failed" }, { "token_count", history_.tokens() },
                    { "limit", History::max_tokens } },
                then);
        },
        now, out);
}

std::vector<LmMessage> AiSession::Machine::shown_messages() const
{
    using MessageRole = LmMessage::Role;
    auto messages = history_.messages(static_cast<std::size_t>(std::max(spec_.thinking.sliding_window, 0)));
    const auto rules = prompt_rules(spec_, spec_.multilingual.on ? language_code() : language().name);
    if (!rules.empty()) {
        if (messages.empty() || history_.prompt().empty())
            messages.insert(messages.begin(), { MessageRole::system, rules.substr(2), {}, {} });
        else
            messages.front().content += rules;
    }
    const auto last = std::find_if(messages.rbegin(), messages.rend(),
        [](const LmMessage& message) { return message.role != MessageRole::system; });
    if (!spec_.thinking.conscience.empty() && last != messages.rend() && last->role == MessageRole::tool)
        messages.push_back({ MessageRole::system, spec_.thinking.conscience, {}, {} });
    return messages;
}

} // namespace parley::agent
