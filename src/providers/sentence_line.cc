#include "providers/sentence_line.h"

#include "net/clock.h"

#include <algorithm>
#include <utility>

namespace parley {

SentenceLine::SentenceLine(EventLoop& loop, Duration patience, std::shared_ptr<ProviderStatistics> statistics)
    : loop_(loop)
    , patience_(patience)
    , statistics_(std::move(statistics))
    , timer_(loop)
{
}

SentenceLine::~SentenceLine()
{
    statistics_->active -= static_cast<int>(sentences_.size());
}

void SentenceLine::listen(Listener listener)
{
    listener_ = std::move(listener);
}

void SentenceLine::close()
{
    listener_ = {};
    forget_all();
}

SentenceLine::Sentence* SentenceLine::add(UtteranceId utterance, std::string text, const VoiceOptions& voice)
{
    if (sentences_.size() >= max_sentences) {
        post(TtsFailed { utterance, { ErrorKind::limit_reached, "too many sentences wait to be spoken" } });
        return nullptr;
    }
    ++statistics_->active;
    ++statistics_->started;
    sentences_.push_back({ ++last_id_, utterance, std::move(text), voice, now() });
    if (sentences_.size() == 1)
        arm();
    return &sentences_.back();
}

void SentenceLine::forget_all()
{
    ++epoch_;
    statistics_->active -= static_cast<int>(sentences_.size());
    sentences_.clear();
    timer_.cancel();
}

SentenceLine::Sentence* SentenceLine::find(std::uint64_t id)
{
    const auto found = std::find_if(
        sentences_.begin(), sentences_.end(), [&](const Sentence& sentence) { return sentence.id == id; });
    return found == sentences_.end() ? nullptr : &*found;
}

void SentenceLine::tell(std::uint64_t id, TtsEvent event)
{
    auto* sentence = find(id);
    if (sentence == nullptr || sentence->over)
        return;
    if (const auto* audio = std::get_if<TtsAudio>(&event)) {
        if (!std::exchange(sentence->sounded, true))
            statistics_->latency.add(now() - sentence->said);
        sentence->held_sound += audio->frame.duration();
        if (sentence->flow)
            sentence->flow->sound(audio->frame.duration(), now());
    }
    sentence->over = std::holds_alternative<TtsDone>(event) || std::holds_alternative<TtsFailed>(event);
    if (sentence == &sentences_.front()) {
        post(std::move(event));
        if (sentence->over)
            advance();
        else
            arm();
    } else if (sentence->held_sound > max_held_sound && !sentence->over) {
        fail(id, { ErrorKind::limit_reached, "speech synthesis: a sentence is too long" });
    } else {
        sentence->held.push_back(std::move(event));
    }
}

void SentenceLine::fail(std::uint64_t id, Error error)
{
    auto* sentence = find(id);
    if (sentence == nullptr || sentence->over)
        return;
    ++statistics_->failed;
    tell(id, TtsFailed { sentence->utterance, std::move(error) });
}

void SentenceLine::post(TtsEvent event)
{
    loop_.post([weak = weak_from_this(), epoch = epoch_, event = std::move(event)]() mutable {
        if (const auto self = weak.lock(); self && self->epoch_ == epoch && self->listener_.tell)
            std::function(self->listener_.tell)(std::move(event)); // A copy: the listener may destroy us.
    });
}

// The first one is over: the next one says what it held back.
void SentenceLine::advance()
{
    bool over = true;
    while (over && !sentences_.empty()) {
        sentences_.pop_front();
        --statistics_->active;
        if (sentences_.empty())
            break;
        auto& first = sentences_.front();
        for (auto& event : std::exchange(first.held, {}))
            post(std::move(event));
        over = first.over;
    }
    arm();
    if (listener_.moved)
        listener_.moved();
}

void SentenceLine::arm()
{
    if (sentences_.empty()) {
        timer_.cancel();
        return;
    }
    auto& first = sentences_.front();
    if (!first.flow) {
        first.flow.emplace(patience_, now());
        first.flow->sound(first.held_sound, now());
    }
    timer_.set(first.flow->due(), [weak = weak_from_this(), id = first.id] {
        if (const auto self = weak.lock())
            self->on_overdue(id);
    });
}

void SentenceLine::on_overdue(std::uint64_t id)
{
    auto* sentence = find(id);
    if (sentence == nullptr || !listener_.overdue)
        return;
    sentence->flow.reset();               // Asked for again, it has all patience again.
    std::function(listener_.overdue)(id); // A copy: the listener may go.
    arm();
}

} // namespace parley
