#pragma once

#include "base/time.h"

#include <string>

namespace parley {

// All numbers of turn-taking, with the wire's own defaults (SignalWire REST `openapi.yaml`, AI parameters).
struct TurnPolicy {
    Duration end_of_speech = 700ms; // `end_of_speech_timeout`: how long a pause may last.
    Duration first_word = 1000ms; // `first_word_timeout`: after a pause with no words, how long to wait for late ones.
    Duration speech_event = 1400ms;   // `speech_event_timeout`: since the last words arrived, while the voice goes on.
    Duration attention = 5000ms;      // `attention_timeout`; zero: off.
    Duration turn_limit = 60'000ms;   // `speech_timeout`: longest turn of a user.
    Duration reply_budget = 4'000ms;  // Silence after a committed turn before a filler is said; zero: never.
    Duration barge_pause = 200ms;     // Speech over the agent this long pauses playout.
    Duration verdict = 1'000ms;       // After such speech stopped, how long its words may take to arrive.
    Duration contest_limit = 8'000ms; // Sound over the agent that brings no words for this long is noise.
    Duration noise = 0ms;             // `interrupt_on_noise`: sound this long interrupts without words; zero: off.
    Duration hold = 300'000ms;        // `ai_hold` without a timeout.
    int barge_min_words = 1;          // `barge_min_words`, 1 to 99
    // Least confidence of a transcript that interrupts, 0 to 1. Above 0, interim words without one wait for their final
    // text; final words without one pass.
    double barge_confidence = 0;
    std::string barge_match;       // `barge_match_string`, PCRE; empty: any words.
    bool barge = true;             // `enable_barge`: may the user interrupt at all.
    bool barge_on_interim = true;  // `enable_barge` has `partial`.
    bool barge_on_final = true;    // `enable_barge` has `complete`.
    bool transparent_barge = true; // `transparent_barge`: over a reply that has only begun, the user's turn goes on.
    Duration transparent_barge_within = 3'000ms; // `transparent_barge_max_time`, from the reply's first sound.
    bool turn_detection = true;                  // `enable_turn_detection`: a finished sentence ends the turn sooner.
    Duration turn_detection_pause = 250ms;       // `turn_detection_timeout`: the pause that then suffices.
    double confidence = 0; // Words below it wait twice the pause before they count. 0: all count at once.
};

} // namespace parley
