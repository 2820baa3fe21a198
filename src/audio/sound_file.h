#pragma once

#include "audio/audio_frame.h"
#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <span>

// Sound files as programs offer them for playing: WAV, MP3, Ogg (Vorbis, Opus), FLAC. In memory, from strangers.
namespace parley {

inline constexpr Duration longest_sound = std::chrono::minutes(20); // A longer file is refused.
inline constexpr int highest_sound_rate = 16'000;                   // Of decoded sound; nothing above it is heard here.

// All channels mixed to one, at the file's own rate or `highest_sound_rate`, whichever is less. Takes its time: not on
// a call's thread. Errors: `invalid_request` (no such format, broken, a rate below 8000 or above 48000 Hz),
// `limit_reached` (longer than `longest_sound`).
[[nodiscard]] Result<AudioFrame> decode_sound_file(std::span<const std::byte> file);

} // namespace parley
