#pragma once

#include "base/time.h"

#include <string>

namespace parley {

// A word and when it sounds, from the start of the utterance (voices) or of the stream (recognisers).
struct TimedWord {
    std::string word;
    Duration start {};
    Duration end {};

    friend bool operator==(const TimedWord&, const TimedWord&) = default;
};

} // namespace parley
