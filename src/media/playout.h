#pragma once

#include "audio/gain.h"
#include "base/id.h"
#include "base/time.h"
#include "media/media_event.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

// What is to be heard, utterance by utterance, and how much of it was. Asked for the samples of one packet after the
// other; knows samples and marks, nothing of clocks, codecs or packets.
namespace parley::media {

inline constexpr int line_rate = 8000;           // Until a codec is agreed on,
inline constexpr std::size_t beat_samples = 160; // and 20 ms of it.

class Playout {
public:
    static constexpr Duration full_at = 30s;     // Then `PlayoutFull` is told,
    static constexpr Duration drained_at = 15s;  // and here `PlayoutDrained`.
    static constexpr Duration refused_at = 120s; // Samples beyond it are dropped and counted.

    // From here on all samples are at this rate. What waits is brought to it; its marks stay true.
    void set_rate(int sample_rate);
    [[nodiscard]] int rate() const { return rate_; }

    // More samples of an utterance, at `rate()`. Utterances are played in the order in which they were first named.
    // False if they were dropped at the limit. Samples of a stopped or finished utterance are ignored.
    bool play(UtteranceId, std::vector<std::int16_t> samples);

    // All samples of the utterance were given. One without any finishes at once when its time comes.
    void end_of(UtteranceId);

    void set_volume(double gain_db); // Of what is played; 0 leaves it as it is.
    void duck();                     // -20 dB from the next beat on; the position goes on.
    void unduck();
    void pause();  // Silence from the next beat on; the position stays.
    void resume(); // From the exact sample.

    // As a pause, for somebody else who takes the line; the two do not know of each other.
    void give_way(bool given) { gave_way_ = given; }

    // Drops everything; the next beat falls silent and tells `PlayoutStopped`. Also ends pause and duck. All utterances
    // named so far, and those up to `last`, are over: what still arrives of them is ignored. Later ones play at once.
    void stop(std::optional<UtteranceId> last = std::nullopt);

    // What leaves next. True if there was sound in it; else it is silence.
    bool beat(std::span<std::int16_t> out, MediaEvents& marks);

    // In place of `beat` while the line takes no sound: nothing moves, marks of a stop are told.
    void idle_beat(MediaEvents& marks);

    [[nodiscard]] Duration heard() const;   // Of the utterance that is being played.
    [[nodiscard]] Duration waiting() const; // To be played.
    [[nodiscard]] bool idle() const { return queue_.empty(); }
    [[nodiscard]] bool paused() const { return paused_; }
    [[nodiscard]] std::uint64_t dropped_samples() const { return dropped_; }
    [[nodiscard]] std::uint64_t underruns() const { return underruns_; } // Beats that waited within an utterance.

private:
    static constexpr double duck_db = -20;
    static constexpr std::size_t longest_fade = 80; // 5 ms at 16000 Hz

    struct Utterance {
        UtteranceId id;
        std::deque<std::vector<std::int16_t>> pieces = {};
        std::size_t offset = 0; // Into the first piece.
        std::size_t played = 0;
        bool started = false;
        bool ended = false;
    };

    enum class Position : std::uint8_t { advances, stays };

    Utterance* find_or_add(UtteranceId);
    std::size_t fill(std::span<std::int16_t> out, MediaEvents& marks);
    static std::size_t copy(Utterance&, std::span<std::int16_t> out, Position);
    void add_tail(std::span<std::int16_t> out);
    void aim_gain() { gain_.set_target_db(volume_db_ + (ducked_ ? duck_db : 0)); }
    void tell_stop(MediaEvents& marks);
    void tell_room(MediaEvents& marks);
    void bring_to(int sample_rate, Utterance&);
    [[nodiscard]] Duration time_of(std::size_t samples) const;
    [[nodiscard]] std::size_t fade_samples() const { return static_cast<std::size_t>(rate_ / 200); }

    int rate_ = line_rate;
    std::deque<Utterance> queue_;
    UtteranceId last_named_ {};
    UtteranceId over_ {};     // This one and all before it take no more samples.
    std::size_t waiting_ = 0; // Samples in the queue.
    GainRamp gain_ { line_rate };
    double volume_db_ = 0;
    bool ducked_ = false;
    bool paused_ = false;
    bool gave_way_ = false;
    bool sounding_ = false; // The last beat carried sound up to its end: cutting it needs a fade.
    bool fade_in_ = false;  // The next sound follows a pause.
    bool full_told_ = false;
    std::optional<PlayoutStopped> stopped_; // Told with the next beat.
    std::array<std::int16_t, longest_fade> tail_ {};
    std::size_t tail_count_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t underruns_ = 0;
};

} // namespace parley::media
