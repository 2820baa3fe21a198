#include "speech/fallback_speaking.h"

#include "speech/spoken_rest.h"

#include <algorithm>

namespace parley {
namespace {

constexpr double usual_bytes_per_second = 15;
constexpr Duration shortest_lesson = 500ms; // A shorter sentence says nothing about a voice's speed.

} // namespace

FallbackSpeaking::FallbackSpeaking(std::vector<FallbackTtsChoice> choices, std::vector<CircuitBreaker>& health)
    : choices_(std::move(choices))
    , health_(health)
    , bytes_per_second_(choices_.size(), usual_bytes_per_second)
{
    VERIFY(!choices_.empty() && choices_.size() == health_.size());
}

void FallbackSpeaking::say(
    UtteranceId utterance, std::string text, const VoiceOptions& voice, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (sentences_.size() >= max_sentences) {
        out.emplace_back(
            Tell { TtsFailed { utterance, { ErrorKind::limit_reached, "too many sentences wait to be spoken" } } });
        return;
    }
    sentences_.push_back({ utterance, std::move(text), voice });
    pump(now, out);
}

void FallbackSpeaking::cancel(Instant now, Commands& out)
{
    handle_timeout(now, out);
    std::set<std::size_t> asked;
    for (const auto& sentence : sentences_) {
        if (sentence.provider)
            asked.insert(*sentence.provider);
    }
    sentences_.clear();
    sound_due_.reset();
    for (const auto provider : asked)
        out.emplace_back(Cancel { provider });
}

// ---- Who speaks
// ------------------------------------------------------------------------------------------------------

// The engine that is asked for, then in order. The first that works as far as we know; if all rest, the first one all
// the same.
std::size_t FallbackSpeaking::choose(const Sentence& sentence, Instant now) const
{
    std::optional<std::size_t> resting;
    std::optional<std::size_t> working;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
        if (sentence.tried.contains(i))
            continue;
        const bool asked_for = choices_[i].name == sentence.voice.engine;
        auto& place = health_[i].allows(now) ? working : resting;
        if (!place || asked_for)
            place = i;
    }
    VERIFY(working || resting);
    return working ? *working : *resting;
}

bool FallbackSpeaking::is_last_resort(const Sentence& sentence) const
{
    const bool counted = sentence.provider && sentence.tried.contains(*sentence.provider);
    return sentence.tried.size() + (counted ? 0 : 1) >= choices_.size();
}

// Gives out what can be given out: a provider speaks in order, two of them do not.
void FallbackSpeaking::pump(Instant now, Commands& out)
{
    std::optional<std::size_t> before;
    for (auto& sentence : sentences_) {
        if (!sentence.provider) {
            // A reply keeps its voice, unless a sentence asks for another one.
            const bool same_engine = !before || sentence.voice.engine == sentences_.front().voice.engine;
            const auto provider
                = before && same_engine && !sentence.tried.contains(*before) ? *before : choose(sentence, now);
            if (before && provider != *before)
                return;
            sentence.provider = provider;
            health_[provider].attempted(now);
            out.emplace_back(Say { provider, sentence.utterance, sentence.text, sentence.voice });
            if (&sentence == &sentences_.front())
                sound_due_ = is_last_resort(sentence) ? std::nullopt
                                                      : std::optional(now + choices_[provider].first_sound_timeout);
        }
        before = sentence.provider;
    }
}

void FallbackSpeaking::finish_head(TtsEvent last, Instant now, Commands& out)
{
    sentences_.pop_front();
    sound_due_.reset();
    out.emplace_back(Tell { std::move(last) });
    if (sentences_.empty())
        return;
    auto& head = sentences_.front();
    if (head.failed) {
        const auto why = std::move(*head.failed);
        head.failed.reset();
        fail_head(why, now, out);
        return;
    }
    if (head.provider && !is_last_resort(head))
        sound_due_ = now + choices_[*head.provider].first_sound_timeout;
    pump(now, out);
}

void FallbackSpeaking::fail_head(Error why, Instant now, Commands& out)
{
    auto& head = sentences_.front();
    const auto from = *head.provider;
    if (why.kind != ErrorKind::limit_reached) // Too much asked of it is no illness.
        health_[from].failed(now);
    sound_due_.reset();
    out.emplace_back(Cancel { from });
    head.tried.insert(from);
    const bool rest = keep_rest(head);
    for (auto& sentence : sentences_) { // They were said to it as well.
        sentence.provider.reset();
        sentence.failed.reset();
    }
    if (!rest) { // It died after its last word.
        finish_head(TtsDone { head.utterance }, now, out);
        return;
    }
    if (head.tried.size() >= choices_.size()) {
        give_up_head(std::move(why), now, out);
        return;
    }
    out.emplace_back(Replaced { from, choose(head, now), std::move(why) });
    pump(now, out);
}

void FallbackSpeaking::give_up_head(Error why, Instant now, Commands& out)
{
    finish_head(TtsFailed { sentences_.front().utterance, std::move(why) }, now, out);
}

// False if nothing is left to say.
bool FallbackSpeaking::keep_rest(Sentence& sentence) const
{
    if (sentence.sound == Duration {})
        return true;
    const auto from = *sentence.provider;
    const auto until = spoken_until(sentence.text, sentence.words, bytes_per_second_[from], sentence.sound);
    for (const auto& word : sentence.words) {
        if (word.start < sentence.sound)
            sentence.words_before.push_back(
                { word.word, word.start + sentence.before, std::min(word.end, sentence.sound) + sentence.before });
    }
    sentence.text.erase(0, until);
    sentence.before += sentence.sound;
    sentence.sound = {};
    sentence.words.clear();
    return !sentence.text.empty();
}

// ---- What they say
// ---------------------------------------------------------------------------------------------------

void FallbackSpeaking::handle(std::size_t provider, const TtsEvent& event, Instant now, Commands& out)
{
    handle_timeout(now, out);
    const auto utterance = std::visit([](const auto& e) { return e.utterance; }, event);
    const auto found = std::find_if(sentences_.begin(), sentences_.end(),
        [&](const Sentence& sentence) { return sentence.utterance == utterance && sentence.provider == provider; });
    if (found == sentences_.end())
        return; // Cancelled, or somebody else's by now.
    const bool is_head = found == sentences_.begin();
    if (const auto* failed = std::get_if<TtsFailed>(&event)) {
        if (is_head)
            fail_head(failed->error, now, out);
        else
            found->failed = failed->error;
    } else if (const auto* words = std::get_if<TtsWords>(&event)) {
        on_words(*found, *words, out);
    } else if (const auto* audio = std::get_if<TtsAudio>(&event)) {
        if (is_head)
            on_sound(*audio, now, out);
    } else if (is_head) {
        if (found->before == Duration {} && found->sound >= shortest_lesson)
            bytes_per_second_[provider]
                = static_cast<double>(found->text.size()) * 1e6 / static_cast<double>(found->sound.count());
        finish_head(event, now, out);
    }
}

void FallbackSpeaking::on_sound(const TtsAudio& audio, Instant now, Commands& out)
{
    auto& head = sentences_.front();
    if (head.sound == Duration {})
        head.flow.emplace(choices_[*head.provider].next_sound_timeout, now);
    head.sound += audio.frame.duration();
    head.flow->sound(audio.frame.duration(), now);
    health_[*head.provider].succeeded();
    if (!is_last_resort(head))
        sound_due_ = head.flow->due();
    out.emplace_back(Tell { audio });
}

void FallbackSpeaking::on_words(Sentence& sentence, const TtsWords& told, Commands& out) const
{
    sentence.words = told.words;
    auto all = sentence.words_before;
    for (const auto& word : told.words)
        all.push_back({ word.word, word.start + sentence.before, word.end + sentence.before });
    out.emplace_back(Tell { TtsWords { told.utterance, std::move(all) } });
}

// ---- Time
// ------------------------------------------------------------------------------------------------------------

void FallbackSpeaking::handle_timeout(Instant now, Commands& out)
{
    while (sound_due_ && *sound_due_ <= now) {
        const auto due = *sound_due_;
        const bool began = sentences_.front().sound > Duration {};
        fail_head({ ErrorKind::timed_out, began ? "the voice broke off" : "no sound of the voice in time" }, due, out);
    }
}

std::optional<Instant> FallbackSpeaking::deadline() const
{
    return sound_due_;
}

} // namespace parley
