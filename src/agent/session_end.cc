// The end, in order: last marks, last rows, post-prompt, report, Finished.
#include "agent/ai_session_machine.h"
#include "agent/post_prompt.h"

#include <utility>

namespace parley::agent {

namespace {

constexpr std::string_view summarise_by_function
    = "The conversation is over. Call the function summarize_conversation now, with what was said in it.";

} // namespace

void AiSession::Machine::end(Ending ending, Instant now, Commands& out)
{
    if (ending_)
        return;
    log_.info("AI session ending",
        { { "reason", to_string(ending.reason) }, { "by", to_string(ending.who) }, { "what", ending.what } });
    ending_ = std::move(ending);
    if (phase_ == Phase::created) { // Nothing was said, so there is nothing to tell.
        phase_ = Phase::finished;
        out.emplace_back(Finished { ending_->reason, ending_->what });
        return;
    }
    phase_ = Phase::closing;
    timers_.fill(std::nullopt);
    stop_sounds(out);
    end_after_reply_.reset();
    actions_after_.clear();
    step_work_.clear();
    cancel_asides(out);
    cancel_hooks(out);
    cancel_model(now, out);
    fail_tools("the session ended", now, out);
    pending_tools_.clear();
    if (anything_live()) {
        if (!anything_stopping())
            out.emplace_back(turn::StopPlayout {});
        else
            start(Timer::stop_mark, now + stop_mark_wait);
        stop_playout(now, out);
    }
    settle_segments(now, out);
    if (!anything_stopping())
        summarise(now, out);
}

void AiSession::Machine::summarise(Instant now, Commands& out)
{
    timers_.fill(std::nullopt);
    for (auto& segment : segments_)
        segment.complete = true;
    settle_segments(now, out);
    // Words that were on their way to a turn are a fact all the same.
    if (const std::string words = engine_.unsettled(); !words.empty()) {
        if (pending_user_)
            pending_user_->text = words;
        else
            pending_user_ = { words, history_.add({ LmMessage::Role::user, words, {}, {} }), "" };
    }
    settle_user(now, out);
    report_turn(out);
    note_hung_up(now, out);
    phase_ = Phase::hanging_up;
    if (!call_hook(Hook::hangup, "", now, out))
        conclude(now, out);
}

void AiSession::Machine::conclude(Instant now, Commands& out)
{
    report_.ended(ending_->who,
        ending_->reason == FinishReason::error ? "error"
            : hard_stopped_                    ? "hard_timeout"
                                               : "normal",
        now);
    // Without an address nobody would see the answer.
    post_prompt_ = post_prompt_text(now);
    round_ = Round {};
    phase_ = Phase::summarising;
    sum_up(now, out);
    const ToolSpec* summary = hook_spec(Hook::summary);
    if (summary == nullptr && (post_prompt_.empty() || spec_.report.hook.url.empty())) {
        finish(now, out);
        return;
    }
    history_.trim();
    LmRequest request;
    request.options = spec_.report.prompt.options;
    request.messages = history_.messages();
    if (summary != nullptr) {
        post_prompt_ = std::string(summarise_by_function) + (post_prompt_.empty() ? "" : "\n\n") + post_prompt_;
        request.tools = { { summary->name, summary->description, summary->parameters } };
        report_.event("summarize_start", "Summary by function",
            { { "function", summary->name }, { "model", request.options.model } }, now);
    }
    request.messages.push_back({ LmMessage::Role::system, post_prompt_, {}, {} });
    round_.reply = { ++last_reply_.value };
    round_.asked = now;
    start(Timer::post_prompt, now + post_prompt_wait);
    out.emplace_back(AskModel { round_.reply, std::move(request) });
}

void AiSession::Machine::finish(Instant now, Commands& out)
{
    post_prompt_over_ = true;
    stop(Timer::post_prompt);
    if (!asides_.empty())
        return; // They have a time of their own, and come back here.
    if (phase_ == Phase::summarising && !round_.text.empty()) {
        if (summary_by_function_)
            report_.post_prompt_by_function(post_prompt_, read_post_prompt(round_.text), now);
        else
            report_.post_prompt(post_prompt_, read_post_prompt(round_.text), now);
    }
    timers_.fill(std::nullopt);
    cancel_hooks(out);
    phase_ = Phase::finished;
    if (!spec_.report.hook.url.empty())
        out.emplace_back(PostReport { report_.report(global_data_), spec_.report.hook });
    log_.info("AI session finished", { { "reason", to_string(ending_->reason) } });
    out.emplace_back(Finished { ending_->reason, ending_->what, summary_ });
}

} // namespace parley::agent
