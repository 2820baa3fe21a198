#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What a calling telephone does, step by step; one step a line, `#` begins a comment:
//
//     say "text"                    speak, once the agent has been silent for 900 ms if it speaks
//     wait agent [timeout 20s] [optional]   until the agent has spoken and was then silent for 900 ms
//     barge after 1000ms "text"     speak 1 s after the agent's next onset, and measure when it falls silent
//     noise 3s                      noise of a busy street
//     silence 3s
//     digits 123#
//     wav FILE
//     hangup
namespace parley::caller {

struct Say {
    std::string text;

    friend bool operator==(const Say&, const Say&) = default;
};
struct WaitAgent {
    Duration timeout = 20s;
    bool optional = false; // Silence until the timeout is no failure.

    friend bool operator==(const WaitAgent&, const WaitAgent&) = default;
};
struct Barge {
    Duration after {};
    std::string text;

    friend bool operator==(const Barge&, const Barge&) = default;
};
struct Noise {
    Duration length {};

    friend bool operator==(const Noise&, const Noise&) = default;
};
struct Silence {
    Duration length {};

    friend bool operator==(const Silence&, const Silence&) = default;
};
struct Digits {
    std::string keys;

    friend bool operator==(const Digits&, const Digits&) = default;
};
struct PlayWav {
    std::string file;

    friend bool operator==(const PlayWav&, const PlayWav&) = default;
};
struct HangUp {
    friend bool operator==(const HangUp&, const HangUp&) = default;
};

using Step = std::variant<Say, WaitAgent, Barge, Noise, Silence, Digits, PlayWav, HangUp>;
using Script = std::vector<Step>;

inline constexpr std::size_t max_steps = 1'000;
inline constexpr Duration longest_wait = 3'600s;

// `what` names the line.
[[nodiscard]] Result<Script> parse_script(std::string_view text);

// Each sentence spoken and answered; a greeting is waited for, but not for long.
[[nodiscard]] Script script_of_sentences(const std::vector<std::string>& sentences);

// "1500ms", "3s", "0.5s"; up to an hour.
[[nodiscard]] Result<Duration> parse_length(std::string_view text);

} // namespace parley::caller
