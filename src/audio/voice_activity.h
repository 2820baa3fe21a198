#pragma once

#include "audio/audio_frame.h"
#include "audio/echo_floor.h"
#include "base/time.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

// Is somebody speaking? Two opinions must agree on each 20 ms: a spectral detector (where the library has one) and the
// energy, 3 dB above a tracked noise floor. Three speech frames of four begin speech, 200 ms without one end it.
// Knows samples; knows nothing of words or turns.
namespace parley {

struct VoiceEdge {
    enum class Kind : std::uint8_t { started, stopped };

    Kind kind;
    Instant at; // When the first frame of the speech began, or its last one ended; a little before it is told.

    friend bool operator==(const VoiceEdge&, const VoiceEdge&) = default;
};

struct VoiceActivityOptions {
    int sample_rate = 8000;  // 8000 or 16000
    double gate_db = 3;      // How far above the floor.
    double least_dbfs = -55; // Softer than this is never speech.
    Duration hang = 200ms;
    bool spectral = true;   // Ask the spectral detector too, if it is built in.
    bool echo_floor = true; // What may be the echo of our own voice is no speech.
};

class VoiceActivity {
public:
    explicit VoiceActivity(VoiceActivityOptions = {});
    ~VoiceActivity();
    VoiceActivity(VoiceActivity&&) noexcept;
    VoiceActivity& operator=(VoiceActivity&&) noexcept;

    // Replaces those of the options.
    void set_gate(double least_dbfs, double gate_db);

    // The frames' samples, any number of them. `arrived`: when the last of them was there.
    void push(std::span<const std::int16_t> samples, Instant arrived, std::vector<VoiceEdge>& out);

    // What we sent into the line meanwhile, silence included; `end`: when its last sample left.
    void played(std::span<const std::int16_t> samples, Instant end);

    // No sound comes any more (a sender that suppresses silence, a dead line): speech ends after the hang.
    void handle_timeout(Instant now, std::vector<VoiceEdge>& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] bool speaking() const { return speaking_; }
    [[nodiscard]] double floor_dbfs() const { return floor_db_; }
    [[nodiscard]] const EchoFloor& echo() const { return echo_; }

private:
    class Detector;

    bool is_speech(std::span<const std::int16_t> frame, Instant end);
    void judge(bool speech, Instant begin, Instant end, std::vector<VoiceEdge>& out);
    void track_floor(double level_db);
    void stop(std::vector<VoiceEdge>& out);

    VoiceActivityOptions options_;
    std::size_t frame_samples_;
    std::unique_ptr<Detector> detector_; // Empty: energy alone decides.

    std::array<std::int16_t, 320> pending_ {}; // Less than one frame.
    std::size_t pending_count_ = 0;

    EchoFloor echo_;
    double floor_db_;
    std::array<double, 8> minima_ {}; // Lowest level of each of the last windows.
    std::size_t window_ = 0;
    std::size_t window_frames_ = 0;

    struct Recent {
        bool speech = false;
        Instant begin {};
    };
    std::array<Recent, 4> recent_ {};
    std::size_t recent_next_ = 0;

    bool speaking_ = false;
    int silent_frames_ = 0; // In a row. The hang is counted in sound: arrival times jitter.
    Instant last_speech_end_ {};
    Instant last_push_ {};
    Instant echo_heard_ {}; // So far the echo floor knows the line, silence without packets included.

    void hear_nothing(Instant now);
};

} // namespace parley
