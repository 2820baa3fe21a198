#pragma once

#include "server/cli.h"

#include <istream>
#include <ostream>

// `parley replay FILE`: plays a recorded call (`host/flight_recorder.h`) through the machines of this program and
// compares what they ask for with what they asked for then.
namespace parley {

inline constexpr int replay_same = 0;
inline constexpr int replay_differs = 1;
inline constexpr int replay_unreadable = 2;

enum class ReplayDetail : std::uint8_t { names, content };

// A line for each event and command. Differences are marked; the last line counts them.
int replay(std::istream& recorded, ReplayDetail, std::ostream& out);

int run_replay(const ReplayArguments&);

} // namespace parley
