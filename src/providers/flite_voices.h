#pragma once

#include "audio/audio_frame.h"
#include "base/result.h"
#include "speech/words.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// The door to flite: text in, samples and word times out, all in the calling thread.
// Not thread-safe (the library's dictionaries and voices are global): the server speaks through worker processes, only
// programs with one thread that speaks call this directly.
namespace parley {

// One of "slt", "rms", "awb", "kal16", "kal" by a name as a client writes it: any case, with or without a prefix such
// as "flite." or "en-US-", or a gender ("female"). "" if none of them is meant.
[[nodiscard]] std::string_view known_voice(std::string_view name);
inline constexpr std::string_view default_voice = "slt";

// Called with each piece as it is made; false stops the synthesis.
using VoicePiece = std::function<bool(const AudioFrame&)>;
// Called once before the first piece.
using VoiceWords = std::function<void(const std::vector<TimedWord>&)>;

// Speaks `text` with a voice of `known_voice`, at that voice's own rate (8000 or 16000 Hz).
Result<void> speak(const std::string& text, std::string_view voice, const VoiceWords&, const VoicePiece&);

// The whole of it at `sample_rate`; unknown voices become the default one.
Result<AudioFrame> synthesize(const std::string& text, std::string_view voice, int sample_rate);

// How a word that no dictionary has is probably said, in the phones of the CMU dictionary ("HH EH L OW"). Empty if it
// has no letters.
[[nodiscard]] std::vector<std::string> phones_of(const std::string& word);

} // namespace parley
