// Asking the model, and turning what it writes into speech and tool calls.
#include "agent/ai_session_machine.h"
#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::string_view answer_now = "Answer the user now, in words. No further function can be called.";

std::string trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

} // namespace

void AiSession::Machine::want_model(Instant now, Commands& out)
{
    asking_ = Asking::wanted;
    run_model_ = false;
    reply_alive_ = true;
    retries_ = 0;
    try_ask(now, out);
}

// Asks as soon as it is known what the model must see: how much of the last reply was heard, and what the tools said.
void AiSession::Machine::try_ask(Instant now, Commands& out)
{
    if (phase_ != Phase::talking || asking_ != Asking::wanted || anything_stopping() || tools_pending()
        || !step_work_.empty() || preparing_ || silent_for_sound_)
        return;
    tidy_history();
    prepare_history(now, out);
    LmRequest request;
    request.options = spec_.prompt.options;
    request.messages = shown_messages();
    if (tool_rounds_ >= round_limit()) {
        request.messages.push_back({ LmMessage::Role::system, std::string(answer_now), {}, {} });
    } else if (may_call_tools_) {
        request.tools = offered_tools();
    }
    asking_ = Asking::asked;
    round_ = Round {};
    round_.reply = { ++last_reply_.value };
    round_.asked = now;
    if (turn_report_ && !turn_report_->asked)
        turn_report_->asked = now - turn_report_->speech_end;
    start(Timer::model, now + model_wait);
    log_.debug("model asked", { { "reply", round_.reply }, { "messages", request.messages.size() } });
    out.emplace_back(AskModel { round_.reply, std::move(request) });
}

void AiSession::Machine::cancel_model(Instant now, Commands& out)
{
    if (asking_ == Asking::asked) {
        out.emplace_back(CancelModel { round_.reply });
        if (auto* segment = round_segment())
            segment->complete = true;
        end_round(now, 0, 0);
    }
    asking_ = Asking::idle;
}

void AiSession::Machine::on(const ModelEvent& event, Instant now, Commands& out)
{
    if (event.reply != round_.reply)
        return; // Of a cancelled reply.
    if (phase_ == Phase::summarising) {
        if (const auto* text = std::get_if<LmText>(&event.event)) {
            if (round_.text.size() + text->text.size() <= max_reply_text)
                round_.text += text->text;
        } else if (const auto* called = std::get_if<LmToolCall>(&event.event)) {
            summary_call_ = called->call;
        } else if (const auto* done = std::get_if<LmDone>(&event.event)) {
            end_round(now, done->input_tokens, done->output_tokens);
            stop(Timer::post_prompt);
            if (!summary_call_ || !call_hook(Hook::summary, summary_call_->arguments, now, out))
                finish(now, out);
        } else if (const auto* failed = std::get_if<LmFailed>(&event.event)) {
            log_.warning("post-prompt failed", { { "error", failed->error.what } });
            finish(now, out);
        }
        return;
    }
    if (asking_ != Asking::asked)
        return;
    start(Timer::model, now + model_wait);
    std::visit([&](const auto& e) { on_model(e, now, out); }, event.event);
}

void AiSession::Machine::on_model(const LmText& text, Instant now, Commands& out)
{
    if (!round_.first_token) {
        round_.first_token = now;
        if (turn_report_ && !turn_report_->first_token)
            turn_report_->first_token = now - turn_report_->speech_end;
    }
    if (round_.text.size() + text.text.size() > max_reply_text) {
        log_.warning("reply too long, cut", { { "reply", round_.reply }, { "limit_bytes", max_reply_text } });
        out.emplace_back(CancelModel { round_.reply });
        on_model(LmDone {}, now, out);
        return;
    }
    take_text(round_.tags.next(text.text), now, out);
    speak_pieces(false, now, out);
}

void AiSession::Machine::on_model(const LmToolCall& event, Instant now, Commands&)
{
    if (!round_.first_token) {
        round_.first_token = now;
        if (turn_report_ && !turn_report_->first_token)
            turn_report_->first_token = now - turn_report_->speech_end;
    }
    if (round_.calls.size() >= max_tool_calls) {
        log_.warning("too many tool calls in one reply", { { "limit", max_tool_calls } });
        return;
    }
    ToolCall call = event.call;
    if (call.id.empty())
        call.id = "call_" + std::to_string(round_.reply.value) + "_" + std::to_string(round_.calls.size() + 1);
    round_.calls.push_back(std::move(call));
}

void AiSession::Machine::on_model(const LmDone& done, Instant now, Commands& out)
{
    take_text(round_.tags.end(), now, out);
    speak_pieces(true, now, out);
    if (auto* segment = round_segment())
        segment->complete = true;
    end_round(now, done.input_tokens, done.output_tokens);
    asking_ = Asking::idle;
    model_failures_ = 0;
    replied_ = replied_ || round_.has_segment;
    const bool asked_again = std::exchange(retries_, 0) > 0;
    auto calls = std::exchange(round_.calls, {});
    if (!calls.empty()) {
        run_tools(std::move(calls), now, out);
        return;
    }
    if (!round_.has_segment) {
        log_.info("reply was empty", { { "reply", round_.reply } });
        if (!asked_again) { // Nobody wants to be answered with silence.
            retries_ = 1;
            asking_ = Asking::wanted;
        }
    }
    weigh_reply(now, out);
}

void AiSession::Machine::on_model(const LmFailed& failed, Instant now, Commands& out)
{
    model_failed(failed.error, now, out);
}

Segment* AiSession::Machine::round_segment()
{
    if (!round_.has_segment)
        return nullptr;
    const auto segment = std::find_if(segments_.begin(), segments_.end(),
        [&](const Segment& s) { return s.kind == Segment::Kind::answer && s.entry == round_.entry && !s.complete; });
    return segment == segments_.end() ? nullptr : &*segment;
}

void AiSession::Machine::speak_pieces(bool complete, Instant now, Commands& out)
{
    while (const auto range = round_.splitter.next(round_.text, complete)) {
        const std::string_view piece = std::string_view(round_.text).substr(range->begin, range->end - range->begin);
        const bool speakable = !turn::bare_word(piece).empty();
        if (!round_.has_segment) {
            if (!speakable)
                continue;
            Segment segment;
            segment.asked = round_.asked;
            segment.first_token = round_.first_token;
            segment.entry = history_.add({ LmMessage::Role::assistant, "", {}, {} });
            round_.entry = segment.entry;
            round_.has_segment = true;
            segments_.push_back(std::move(segment));
        }
        Segment* segment = round_segment();
        if (segment == nullptr)
            return;
        segment->text = round_.text;
        history_.replace(segment->entry, trimmed(round_.text));
        if (speakable)
            speak(*segment, *range, now, out);
        else if (!segment->utterances.empty())
            segment->utterances.back().range.end = range->end; // Punctuation belongs to the words before it.
    }
}

void AiSession::Machine::end_round(Instant now, int input_tokens, int output_tokens)
{
    stop(Timer::model);
    if (std::exchange(round_.reported, true))
        return;
    ModelRoundTrip trip;
    trip.response = trimmed(round_.text);
    trip.answer_time = now - round_.asked;
    trip.token_time = round_.first_token ? now - *round_.first_token : Duration(0);
    report_.round_trip(std::move(trip), input_tokens, output_tokens);
}

// One retry as long as nothing was spoken and the failure came soon; then an apology; after too many of those, the end.
void AiSession::Machine::model_failed(const Error& error, Instant now, Commands& out)
{
    log_.warning("language model failed",
        { { "reply", round_.reply }, { "kind", to_string(error.kind) }, { "error", error.what },
            { "retry", retries_ } });
    const bool spoke = round_.has_segment;
    if (auto* segment = round_segment())
        segment->complete = true;
    end_round(now, 0, 0);
    const bool retry = !spoke && retries_ == 0 && now - round_.asked <= retry_within;
    report_.event("llm_error", error.what, { { "event", retry ? "llm_retry" : "llm_fatal" } }, now);
    asking_ = Asking::idle;
    if (retry) {
        retries_ = 1;
        asking_ = Asking::wanted;
        try_ask(now, out);
        return;
    }
    reply_alive_ = false;
    if (++model_failures_ >= max_model_failures) {
        end_after_reply_ = { FinishReason::error, EndedBy::system, "language model: " + error.what };
        say(Segment::Kind::manual, std::string(last_apology_text), now, out, "llm_max_retries");
    } else if (!spoke) {
        say(Segment::Kind::manual, std::string(apology_text), now, out, "llm_retry");
    }
    weigh_reply(now, out);
}

} // namespace parley::agent
