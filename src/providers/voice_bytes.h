#pragma once

#include "audio/resampler.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Turns the bytes of a remote voice into samples of the line: whatever pieces they come in, at whatever rate, with a
// WAV header or without, from the first sound on.
namespace parley {

class VoiceBytes {
public:
    static constexpr std::size_t max_header = 4'096;  // Of a WAV stream, until its sound begins.
    static constexpr Duration longest_lead = 1'500ms; // Of silence that is left out; longer is meant.
    static constexpr std::int16_t silent_below = 64;  // About -54 dB.

    enum class Format : std::uint8_t {
        pcm, // 16 bits, little-endian, one channel.
        wav, // The same behind a header, which must agree.
    };

    // Rates of 8000 to 48000 Hz; others are `invalid_request`.
    static Result<VoiceBytes> create(Format, int native_rate, int wanted_rate);

    // Appends what can be played. An error names what is wrong with the header.
    Result<void> push(std::string_view bytes, std::vector<std::int16_t>& out);
    void finish(std::vector<std::int16_t>& out);

    [[nodiscard]] Duration received() const; // Of sound, silence included, on the provider's clock.
    [[nodiscard]] Duration left_out() const; // Of silence before the first sound.

private:
    VoiceBytes(Format, int native_rate, Resampler);

    Result<bool> take_header();
    void take(std::string_view bytes, std::vector<std::int16_t>& out);

    bool in_header_;
    int native_rate_;
    Resampler resampler_;
    std::string header_;
    std::optional<char> half_; // The first byte of a sample that was cut in two.
    bool sounding_ = false;
    std::int64_t received_ = 0;
    std::int64_t left_out_ = 0;
};

// The rate that a Content-Type like `audio/pcm;rate=16000` declares.
[[nodiscard]] std::optional<int> declared_rate(std::string_view content_type);

} // namespace parley
