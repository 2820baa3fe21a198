#pragma once

#include "agent/ai_session.h"
#include "host/call_guard.h"
#include "host/line_sound.h"
#include "media/line_source.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Carries out what an AI session wants to be heard beside speech: a background, music while somebody waits, a file
// while a tool runs. Mixed under the voice. Belongs to the call's thread.
namespace parley {

class SoundBed final : public media::LineSource {
public:
    // `tell` is called on the loop, never within a method of this class.
    SoundBed(SoundMakers, std::function<void(agent::SoundEnded)> tell);
    SoundBed(const SoundBed&) = delete;
    SoundBed& operator=(const SoundBed&) = delete;

    void carry_out(const agent::PlaySound&);
    void carry_out(const agent::StopSound&);

    bool next(std::span<std::int16_t> out, int sample_rate) override;

private:
    struct Place {
        agent::PlaySound wanted;
        std::uint64_t number = 0; // Of the sound: a file that comes for an earlier one is too late.
        std::unique_ptr<LineSound> sound;
        std::shared_ptr<const AudioFrame> file; // For the next loop.
        int played = 0;                         // Loops.
        std::size_t heard_of_loop = 0;          // Samples.
        float gain = 1;
        std::vector<std::int16_t> tail; // Of what was stopped: dies away.
    };

    void begin(agent::SoundPlace, Place&);
    void begin_loop(agent::SoundPlace, Place&);
    void fill(agent::SoundPlace, Place&, std::span<std::int16_t> out);
    void end(agent::SoundPlace, Place&, std::string error);
    void silence(Place&);
    [[nodiscard]] Place& at(agent::SoundPlace place) { return places_[static_cast<std::size_t>(place)]; }

    SoundMakers makers_;
    std::function<void(agent::SoundEnded)> tell_;
    std::array<Place, 3> places_;
    std::uint64_t last_number_ = 0;
    CallGuard guard_; // Last: destroyed first.
};

} // namespace parley
