#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// `tone_stream://%(200,300,440,480);v=-10;loops=3`: tones on and off by rule, as FreeSWITCH writes them. Of its script
// language it knows `%(on_ms,off_ms,hertz,...)`, `v=` (dB, for the tones behind it) and `loops=` (-1: endless).
namespace parley {

class ToneStream {
public:
    static constexpr std::string_view scheme = "tone_stream://";
    static constexpr std::size_t max_text = 1'024;
    static constexpr std::size_t max_steps = 32;
    static constexpr std::size_t max_frequencies = 4; // Of one tone.
    static constexpr Duration max_part = 60s;         // On or off.

    static Result<ToneStream> parse(std::string_view source);

    [[nodiscard]] Duration period() const { return period_; }         // Of all tones with their pauses, once.
    [[nodiscard]] std::optional<int> loops() const { return loops_; } // As written; unset: endless.

    // A piece of the endless repetition, from its sample `first` on.
    void make(std::size_t first, int sample_rate, std::span<std::int16_t> out) const;

private:
    struct Step {
        Duration on {};
        Duration off {};
        std::vector<double> hertz;
        double dbfs = 0;
    };

    [[nodiscard]] double value_at(Duration since_start) const;

    std::vector<Step> steps_;
    Duration period_ {};
    std::optional<int> loops_;
};

// Music for callers who wait, where nobody has chosen any: plucked chords, 12 s of them, over and over.
inline constexpr Duration house_music_period = 12s;
void make_house_music(std::size_t first, int sample_rate, std::span<std::int16_t> out);

} // namespace parley
