#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <deque>

// Where in the call each sample of a recogniser's stream was: frames come late, lost ones not at all, so the stream's
// own time is not the call's.
namespace parley {

class Timeline {
public:
    static constexpr std::size_t max_marks = 4'096; // About 80 s of frames; older times are told as the oldest known.

    explicit Timeline(int sample_rate)
        : sample_rate_(sample_rate)
    {
    }

    // The next samples of the stream; a frame arrives when its last sample does.
    void push(std::size_t samples, Instant arrived);
    // What lies before is not asked for any more.
    void forget_before(std::int64_t sample);
    void clear();

    // When the sound at `offset` from the start of the stream came in.
    [[nodiscard]] Instant when(Duration offset) const;
    [[nodiscard]] std::int64_t samples() const { return samples_; }
    [[nodiscard]] std::int64_t sample_at(Duration offset) const;

private:
    struct Mark {
        std::int64_t sample;
        Instant when; // Of that sample.
    };

    [[nodiscard]] Duration length(std::int64_t samples) const;

    int sample_rate_;
    std::int64_t samples_ = 0;
    std::deque<Mark> marks_;
};

} // namespace parley
