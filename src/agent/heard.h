#pragma once

#include "base/time.h"
#include "speech/words.h"

#include <cstddef>
#include <string_view>
#include <vector>

// How much of a text was heard when its playout was stopped. A word counts when all of it was played, so the answer is
// never more than one word short and never one too many.
namespace parley::agent {

// Bytes of `text` heard after `heard` of sound, by the voice's word times. The voice may have read numbers and
// pronunciations as other words than the text has; equal words are the anchors between the two.
[[nodiscard]] std::size_t heard_by_words(std::string_view text, const std::vector<TimedWord>& words, Duration heard);

// The same without word times, from the voice's usual speed. Never the whole text: its playout did not finish.
[[nodiscard]] std::size_t heard_by_speed(std::string_view text, double bytes_per_second, Duration heard);

// Learns a voice's speed from utterances that were played whole.
class VoiceSpeed {
public:
    void learn(std::size_t bytes, Duration played);
    [[nodiscard]] double bytes_per_second() const { return rate_; }

private:
    double rate_ = 15; // Until the first utterance ends.
};

} // namespace parley::agent
