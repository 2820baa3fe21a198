#pragma once

#include "base/time.h"

#include <string>

namespace parley {

// All numbers of turn-taking, with the wire's own defaults (SignalWire REST `openapi.yaml`, AI parameters).
struct TurnPolicy {
    Duration end_of_speech = 700ms; // `end_of_speech_timeout`: how long a pause may last.
    Duration first_word = 1000ms; // `first_word_timeout`: after a pause with no words, how long to wait for late ones.
    Duration attention = 5000ms;  // `attention_timeout`; zero: off.
    Duration turn_limit = 60'000ms;  // `speech_timeout`: longest turn of a user.
    Duration reply_budget = 4'000ms; // Silence after a committed turn before a filler is said; zero: never.
    Duration barge_pause = 200ms;    // Speech over the agent this long pauses playout.
    Duration verdict = 1'000ms;      // After such speech stopped, how long its words may take to arrive.
    Duration noise = 0ms;            // `interrupt_on_noise`: sound this long interrupts without words; zero: off.
    Duration hold = 300'000ms;       // `ai_hold` without a timeout.
    int barge_min_words = 1;         // `barge_min_words`, 1 to 99
    double barge_confidence
        = 0;                 // Least confidence of a transcript that interrupts. 0 to 1; providers without one pass.
    std::string barge_match; // `barge_match_string`; empty: any words.
    bool barge = true;       // `enable_barge`: may the user interrupt at all.
    bool barge_on_interim = true; // `enable_barge` has `partial`.
    bool barge_on_final = true;   // `enable_barge` has `complete`.
};

} // namespace parley
