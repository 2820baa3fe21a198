#pragma once

#include "audio/codec.h"

// Opus (RFC 6716) behind the interface of all codecs; one channel at 16 kHz, whatever the other side has.
namespace parley {

inline constexpr int opus_sample_rate = 16'000;

[[nodiscard]] std::unique_ptr<AudioEncoder> make_opus_encoder(const EncoderOptions&);
[[nodiscard]] std::unique_ptr<AudioDecoder> make_opus_decoder();

} // namespace parley
