#pragma once

#include "audio/gain.h"
#include "audio/rate_converter.h"
#include "call/action.h"
#include "host/call_guard.h"
#include "host/line_sound.h"
#include "media/line_source.h"
#include "media/media_port.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

// Carries out what the actions of a call want to be heard: a queue of sounds, one after the other without a gap.
// Belongs to the call's thread.
namespace parley {

class SoundLine final : private media::LineSource {
public:
    using Told = std::variant<SoundStarted, SoundEnded, SoundFailed>;

    // `tell` is called on the loop, never within a method of this class. The line outlives it.
    SoundLine(SoundMakers, media::MediaPort& line, std::function<void(Told)> tell);
    ~SoundLine();
    SoundLine(const SoundLine&) = delete;
    SoundLine& operator=(const SoundLine&) = delete;

    void carry_out(const QueueSound&);
    void carry_out(const PauseSounds&);
    void carry_out(const ResumeSounds&);
    void carry_out(const DropSounds&);
    void carry_out(const SetVolume&);

private:
    struct Queued {
        SoundId id;
        std::unique_ptr<LineSound> sound;
        std::size_t heard = 0; // Samples.
    };

    bool next(std::span<std::int16_t> out, int sample_rate) override;
    bool next_own(std::span<std::int16_t> out);
    std::size_t fill(std::span<std::int16_t> out);
    void fail(SoundId, Error);
    void retire(std::unique_ptr<LineSound>);
    void tell(Told);

    SoundMakers makers_;
    media::MediaPort& line_;
    std::function<void(Told)> tell_;

    std::deque<Queued> queue_;
    GainRamp gain_;
    enum class Motion : std::uint8_t {
        moves,
        stopping, // The next beat dies away.
        still,
        starting, // The next beat swells.
    };
    Motion motion_ = Motion::moves;
    bool sounding_ = false;          // In the last beat.
    std::vector<std::int16_t> tail_; // Of what was dropped: dies away in the next beat.
    // While the line has another rate than the one that sounds are made for.
    std::optional<RateConverter> converter_;
    std::vector<std::int16_t> converted_;

    CallGuard guard_; // Last: destroyed first.
};

} // namespace parley
