#pragma once

#include "base/result.h"
#include "base/time.h"
#include "providers/sphinx_decoder.h"
#include "speech/words.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

// What the server and its speech worker say to each other, one message a frame of the pipe.
//
// A frame is: lane (8 bits), kind (8 bits), job (32 bits), then the kind's own fields. Integers and floats are little
// endian; a string is its length (32 bits) and its bytes; a list is its length (32 bits) and its elements; samples are
// 16 bits each up to the frame's end; times are milliseconds. Lanes are counted as in `SpeechWorkerOptions`. A job is
// one utterance, numbered by the server; answers carry its number, so those of a job that was dropped are recognised as
// late.
namespace parley::speech {

// --- server to worker

struct ListenBegin {
    std::uint32_t speaker = 0; // The same for all utterances of one stream.
    std::uint32_t sample_rate = 8000;
    std::vector<std::string> hints;
};
struct ListenAudio {
    std::vector<std::int16_t> samples;
};
struct ListenEnd { };
struct SpeakText {
    std::uint32_t sample_rate = 8000;
    std::string voice;
    std::string text;
};
struct DropJob { }; // Either kind. No answer follows but those already under way.
// To the worker itself: the lane does not answer any more. It is killed and replaced; LaneLost and LaneReady follow.
struct RestartLane { };

using Request = std::variant<ListenBegin, ListenAudio, ListenEnd, SpeakText, DropJob, RestartLane>;

// --- worker to server

struct LaneReady { }; // The lane is loaded and free. Sent again after its process died and was replaced.
struct LaneLost { };  // Its process died; what it was doing is lost.
struct ListenedTo {
    std::uint32_t samples = 0; // Of this job, so far; frees the window for more.
};
struct HeardSoFar {
    std::string text;
};
struct HeardFinal {
    Hypothesis hypothesis; // The end of the job. No words: nothing was said.
};
struct HintsRefused {
    std::vector<std::string> hints;
};
struct SpokenWords {
    std::vector<TimedWord> words;
};
struct SpokenAudio {
    std::vector<std::int16_t> samples; // At the rate that was asked for.
};
struct SpokenDone { };
struct SpokenFailed {
    std::string what;
};

using Answer = std::variant<LaneReady, LaneLost, ListenedTo, HeardSoFar, HeardFinal, HintsRefused, SpokenWords,
    SpokenAudio, SpokenDone, SpokenFailed>;

using Bytes = std::vector<std::byte>;

struct LaneRequest {
    std::uint8_t lane = 0;
    std::uint32_t job = 0;
    Request request;
};
struct LaneAnswer {
    std::uint8_t lane = 0;
    std::uint32_t job = 0;
    Answer answer;
};

[[nodiscard]] Bytes encode(const LaneRequest&);
[[nodiscard]] Bytes encode(const LaneAnswer&);
Result<LaneRequest> decode_request(std::span<const std::byte>);
Result<LaneAnswer> decode_answer(std::span<const std::byte>);

} // namespace parley::speech
