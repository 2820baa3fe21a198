// What is told of the session: debug events while it runs, what is masked of it, summaries for those who come later.
#include "agent/ai_session_machine.h"

#include <string_view>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::string_view summary_instruction
    = "Sum up the following telephone conversation in a few sentences for an agent who speaks with the same person "
      "later: what "
      "was wanted, what was found out, agreed and left open. Write nothing but the summary.";

constexpr std::string_view earlier_conversation = "What an earlier conversation with this person was about: ";

} // namespace

void AiSession::Machine::happened(const Event& event, Instant now)
{
    if (phase_ != Phase::created && phase_ != Phase::finished)
        debug_.saw(event, now);
}

// Commands from `from` on are new.
void AiSession::Machine::feed(std::size_t from, Instant now, Commands& out)
{
    if (phase_ == Phase::talking && redaction_.due())
        ask_redactions(now, out);
    if (!debug_.on())
        return;
    for (std::size_t i = from; i < out.size(); ++i)
        debug_.saw(out[i], now);
    auto events = debug_.take();
    if (events.empty())
        return;
    std::optional<Command> last; // Nothing follows Finished.
    if (std::holds_alternative<Finished>(out.back())) {
        last = std::move(out.back());
        out.pop_back();
    }
    for (auto& event : events)
        out.emplace_back(PostDebug { std::move(event), { spec_.reporting.debug_url, "", "" } });
    if (last)
        out.push_back(std::move(*last));
}

// A failure leaves texts masked whole.
void AiSession::Machine::ask_redactions(Instant now, Commands& out)
{
    for (auto texts = redaction_.take(); !texts.empty(); texts = redaction_.take()) {
        auto options = spec_.prompt.options;
        if (!spec_.thinking.utility_model.empty())
            options.model = spec_.thinking.utility_model;
        auto question = redaction_.question(texts, std::move(options));
        ask_aside(
            std::move(question),
            [this, texts = std::move(texts)](const std::string& answer, Instant when, Commands& commands) {
                redaction_.answered(texts, answer);
                if (post_prompt_over_)
                    finish(when, commands);
            },
            now, out);
    }
}

// ---- Earlier and later conversations -------------------------------------------------------------------------------

bool AiSession::Machine::saves_conversation() const
{
    return spec_.reporting.save_conversation && !spec_.conversation_id.empty() && !spec_.report.hook.url.empty();
}

// True: the first word waits for the answer.
bool AiSession::Machine::fetch_conversation(Instant now, Commands& out)
{
    recall(identity_.earlier_summary, now, out);
    if (!saves_conversation())
        return false;
    start(Timer::conversation, now + conversation_wait);
    out.emplace_back(FetchConversation { report_.beginning(), spec_.report.hook });
    return true;
}

void AiSession::Machine::on(const ConversationFetched& fetched, Instant now, Commands& out)
{
    if (!timers_[static_cast<std::size_t>(Timer::conversation)])
        return; // Too late: the conversation has begun without it.
    stop(Timer::conversation);
    recall(fetched.summary, now, out);
    begin(now, out);
}

void AiSession::Machine::recall(const std::string& summary, Instant now, Commands& out)
{
    if (!summary.empty())
        keep_system(std::string(earlier_conversation) + summary, now, out);
}

// Beside the post-prompt; the session is over when both are.
void AiSession::Machine::sum_up(Instant now, Commands& out)
{
    redaction_.ask_again();
    ask_redactions(now, out);
    const auto dialogue = history_.dialogue_after(History::EntryId::none);
    if ((saves_conversation() || spec_.reporting.transfer_summary) && !dialogue.empty())
        ask_summary(
            std::string(summary_instruction), dialogue,
            [this](const std::string& summary, Instant when, Commands& commands) {
                if (saves_conversation())
                    report_.summary(summary);
                if (spec_.reporting.transfer_summary)
                    summary_ = summary;
                if (post_prompt_over_)
                    finish(when, commands);
            },
            now, out);
    if (!asides_.empty()) {
        phase_ = Phase::summarising;
        round_ = Round {}; // Nothing that was said is the answer to a post-prompt.
    }
}

} // namespace parley::agent
