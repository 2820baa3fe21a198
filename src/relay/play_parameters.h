#pragma once

#include "base/json.h"
#include "base/result.h"
#include "call/play.h"

#include <cstddef>

// Reading what `calling.play` is to play. Errors name the member: "play[2].params.url: is missing".
namespace parley::relay {

inline constexpr std::size_t max_play_items = 100;
inline constexpr std::size_t max_play_text = 16 * 1024; // Bytes of one text.
inline constexpr std::size_t max_url_size = 2'048;
inline constexpr double longest_silence_seconds = 3'600; // Ringing, too.
inline constexpr int max_play_loop = 1'000'000;

Result<PlaySpec> play_spec(const Json::Object& params);

// `volume` in dB, -40 to 40; missing: 0.
Result<double> play_volume(const Json::Object& params);

} // namespace parley::relay
