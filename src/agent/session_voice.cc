// From text to voice and back: what was spoken, and how much of it was heard.
#include "agent/ai_session_machine.h"
#include "agent/pronounce.h"
#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

using State = Utterance::State;

std::pair<Segment*, Utterance*> AiSession::Machine::find(UtteranceId id)
{
    for (auto& segment : segments_) {
        for (auto& utterance : segment.utterances) {
            if (utterance.id == id)
                return { &segment, &utterance };
        }
    }
    return { nullptr, nullptr };
}

bool AiSession::Machine::anything_live() const
{
    return std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
        return std::any_of(
            segment.utterances.begin(), segment.utterances.end(), [](const Utterance& u) { return u.live(); });
    });
}

bool AiSession::Machine::anything_stopping() const
{
    return std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
        return std::any_of(segment.utterances.begin(), segment.utterances.end(),
            [](const Utterance& u) { return u.state == State::stopping; });
    });
}

void AiSession::Machine::watch_voice(Instant now)
{
    if (anything_live() && !paused_)
        start(Timer::voice, now + voice_wait);
    else
        stop(Timer::voice);
}

// ---- Out -----------------------------------------------------------------------------------------------------------

void AiSession::Machine::say(Segment::Kind kind, std::string text, Instant now, Commands& out, std::string_view failure)
{
    if (turn::bare_word(text).empty())
        return;
    if (kind == Segment::Kind::manual) {
        Json::Object facts { { "text", text }, { "is_error", !failure.empty() } };
        if (!failure.empty())
            facts["error_reason"] = std::string(failure);
        report_.event("manual_say", "Manual say", std::move(facts), now);
    }
    Segment& segment = segments_.emplace_back();
    segment.kind = kind;
    segment.text = std::move(text);
    segment.complete = true;
    segment.entry = history_.add({ LmMessage::Role::assistant, segment.text, {}, {} });
    SentenceSplitter splitter;
    while (const auto range = splitter.next(segment.text, true))
        speak(segment, *range, now, out);
}

void AiSession::Machine::speak(Segment& segment, TextRange range, Instant now, Commands& out)
{
    Utterance utterance;
    utterance.id = { ++last_utterance_.value };
    utterance.range = range;
    utterance.spoken
        = pronounce(std::string_view(segment.text).substr(range.begin, range.end - range.begin), spec_.pronounce);
    utterance.spoken = pronounce(utterance.spoken, language().pronounce);
    if (!segment.first_piece) {
        segment.first_piece = now;
        if (turn_report_ && segment.kind == Segment::Kind::answer && !turn_report_->first_sentence)
            turn_report_->first_sentence = now - turn_report_->speech_end;
    }
    report_.pronounced(segment.text.substr(range.begin, range.end - range.begin), utterance.spoken, now);
    report_.voiced(utterance.spoken.size());
    out.emplace_back(Speak { utterance.id, utterance.spoken, voice() });
    segment.utterances.push_back(std::move(utterance));
    watch_voice(now);
}

// What is queued is dropped; what sounds is asked how much of it was heard.
void AiSession::Machine::stop_playout(Instant now, Commands&)
{
    for (auto& segment : segments_) {
        segment.complete = true;
        for (auto& utterance : segment.utterances) {
            if (utterance.state == State::queued) {
                utterance.state = State::dropped;
            } else if (utterance.state == State::playing) {
                utterance.state = State::stopping;
                const Instant until = paused_ ? std::max(*paused_, utterance.started) : now;
                utterance.heard = until - utterance.started; // Unless the mark knows better.
                start(Timer::stop_mark, now + stop_mark_wait);
            }
        }
    }
    paused_.reset();
    paused_by_turn_ = false;
    weigh_stillness(now);
    stop(Timer::voice);
}

void AiSession::Machine::on(const LineTaken&, Instant now, Commands& out)
{
    line_taken_ = true;
    weigh_stillness(now);
    drive(turn::LineTaken {}, now, out);
}

void AiSession::Machine::on(const LineFreed&, Instant now, Commands& out)
{
    line_taken_ = false;
    weigh_stillness(now);
    drive(turn::LineFreed {}, now, out);
    silence_goes_on(now);
}

// While nothing moves, no time passes for what is being spoken.
void AiSession::Machine::weigh_stillness(Instant now)
{
    const bool still = paused_by_turn_ || line_taken_;
    if (still && !paused_) {
        paused_ = now;
    } else if (!still && paused_) {
        for (auto& segment : segments_) {
            for (auto& utterance : segment.utterances) {
                if (utterance.state == State::playing)
                    utterance.started += now - std::max(*paused_, utterance.started);
            }
        }
        paused_.reset();
    }
    watch_voice(now);
}

// ---- Marks ---------------------------------------------------------------------------------------------------------

void AiSession::Machine::on(const VoiceStarted& mark, Instant now, Commands&)
{
    const auto [segment, utterance] = find(mark.utterance);
    if (utterance == nullptr)
        return;
    watch_voice(now);
    if (turn_report_ && segment->kind == Segment::Kind::answer && !turn_report_->first_audio)
        turn_report_->first_audio = now - turn_report_->speech_end;
}

void AiSession::Machine::on(const PlayoutStarted& mark, Instant now, Commands& out)
{
    const auto [segment, utterance] = find(mark.utterance);
    if (utterance == nullptr || utterance->state != State::queued)
        return; // Dropped meanwhile.
    utterance->state = State::playing;
    utterance->started = now;
    voice_failures_ = 0;
    greeting_due_ = false;
    if (!segment->sound_start)
        segment->sound_start = now;
    if (turn_report_ && segment->kind == Segment::Kind::answer && !turn_report_->heard) {
        turn_report_->heard = now - turn_report_->speech_end;
        if (!turn_report_->first_audio)
            turn_report_->first_audio = turn_report_->heard;
    }
    watch_voice(now);
    if (engine_.floor() == turn::Floor::thinking)
        settle_user(now, out);
    drive(turn::PlayoutStarted {}, now, out);
}

void AiSession::Machine::on(const PlayoutFinished& mark, Instant now, Commands& out)
{
    const auto [segment, utterance] = find(mark.utterance);
    if (utterance == nullptr || !utterance->live())
        return;
    if (utterance->state == State::playing)
        speed_.learn(utterance->spoken.size(), now - utterance->started);
    if (utterance->state == State::queued && !segment->sound_start)
        segment->sound_start = now;
    utterance->state = State::played;
    segment->sound_end = now;
    watch_voice(now);
    weigh_reply(now, out);
}

void AiSession::Machine::on(const PlayoutStopped& mark, Instant now, Commands& out)
{
    const auto [segment, utterance] = find(mark.utterance);
    if (utterance == nullptr || (utterance->state != State::playing && utterance->state != State::stopping))
        return;
    utterance_cut(*utterance, *segment, mark.heard, now);
    weigh_reply(now, out);
}

void AiSession::Machine::on(const UtteranceWords& event, Instant, Commands&)
{
    const auto [segment, utterance] = find(event.utterance);
    if (utterance != nullptr)
        utterance->words = event.words;
}

void AiSession::Machine::on(const VoiceFailed& failed, Instant now, Commands& out)
{
    const auto [segment, utterance] = find(failed.utterance);
    if (utterance != nullptr && utterance->live())
        utterance_failed(*utterance, *segment, failed.error, now, out);
}

void AiSession::Machine::utterance_failed(
    Utterance& utterance, Segment& segment, const Error& error, Instant now, Commands& out)
{
    log_.warning("voice failed", { { "utterance", utterance.id }, { "error", error.what } });
    report_.event("voice_error", error.what, { { "event", "voice_runtime_error" } }, now);
    if (utterance.state == State::queued)
        utterance.state = State::dropped;
    else if (utterance.state == State::stopping)
        utterance_cut(utterance, segment, utterance.heard, now);
    else
        utterance_cut(
            utterance, segment, (paused_ ? std::max(*paused_, utterance.started) : now) - utterance.started, now);
    watch_voice(now);
    if (++voice_failures_ >= max_voice_failures && phase_ == Phase::talking) {
        end({ FinishReason::error, EndedBy::system, "text to speech: " + error.what }, now, out);
        return;
    }
    weigh_reply(now, out);
}

void AiSession::Machine::utterance_cut(Utterance& utterance, Segment& segment, Duration heard, Instant now)
{
    utterance.state = State::cut;
    utterance.heard = heard;
    segment.sound_end = now;
    if (!anything_stopping())
        stop(Timer::stop_mark);
    watch_voice(now);
}

// ---- Heard ---------------------------------------------------------------------------------------------------------

std::string AiSession::Machine::heard_text(const Segment& segment) const
{
    const std::string_view text = segment.text;
    std::string heard;
    std::size_t end = 0; // Of what was heard without a gap.
    for (const auto& utterance : segment.utterances) {
        const auto piece = text.substr(utterance.range.begin, utterance.range.end - utterance.range.begin);
        std::size_t bytes = 0;
        if (utterance.state == State::played)
            bytes = piece.size();
        else if (utterance.state == State::cut)
            bytes = utterance.words.empty() ? heard_by_speed(piece, speed_.bytes_per_second(), utterance.heard)
                                            : heard_by_words(piece, utterance.words, utterance.heard);
        if (bytes == 0) {
            end = 0; // Its text is no part of the gap either.
            continue;
        }
        if (!heard.empty())
            heard += end != 0 ? text.substr(end, utterance.range.begin - end) : std::string_view(" ");
        heard += piece.substr(0, bytes);
        end = bytes == piece.size() ? utterance.range.end : 0;
    }
    return heard;
}

// As the voice read it, where that is not what was written.
std::string AiSession::Machine::pronounced_text(const Segment& segment)
{
    std::string text;
    bool otherwise = false;
    for (const auto& utterance : segment.utterances) {
        if (utterance.state != State::played)
            continue;
        otherwise |= segment.text.compare(
                         utterance.range.begin, utterance.range.end - utterance.range.begin, utterance.spoken)
            != 0;
        text += (text.empty() ? "" : " ") + utterance.spoken;
    }
    return otherwise ? text : "";
}

// Stretches of speech that are over become rows, in order.
void AiSession::Machine::settle_segments(Instant now, Commands& out)
{
    while (!segments_.empty()) {
        const Segment& segment = segments_.front();
        const bool live = std::any_of(
            segment.utterances.begin(), segment.utterances.end(), [](const Utterance& u) { return u.live(); });
        if (!segment.complete || live)
            return;
        SpokenEntry spoken;
        spoken.by_model = segment.kind != Segment::Kind::manual;
        spoken.generated = segment.text;
        spoken.heard = heard_text(segment);
        spoken.cut = std::any_of(segment.utterances.begin(), segment.utterances.end(),
            [](const Utterance& u) { return u.state != State::played; });
        spoken.pronounced = pronounced_text(segment);
        spoken.start = segment.sound_start;
        spoken.end = segment.sound_end;
        spoken.asked = segment.asked;
        spoken.first_token = segment.first_token;
        spoken.first_piece = segment.first_piece;
        spoken.retracted = segment.retracted;
        if (spoken.heard.empty() || spoken.retracted)
            history_.remove(segment.entry);
        else
            history_.replace(segment.entry, spoken.heard);
        if (!spoken.heard.empty())
            row(Role::assistant, spoken.heard, out);
        log_.info("agent spoke",
            { { "text", Pii<std::string>(spoken.heard) }, { "words", turn::count_words(spoken.heard) },
                { "of_words", turn::count_words(spoken.generated) } });
        report_.spoken(spoken, now);
        segments_.pop_front();
    }
}

} // namespace parley::agent
