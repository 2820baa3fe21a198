#pragma once

#include "audio/rate_converter.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Both directions of a call as one stereo sound at 16000 Hz: left what was sent, right what was received, each where it
// was heard.
namespace parley::caller {

class CallRecording {
public:
    static constexpr int rate = 16'000;
    static constexpr Duration limit = 3'600s; // What comes later is not kept.

    explicit CallRecording(Instant begin)
        : begin_(begin)
    {
    }

    // `samples` are at `rate`; frames come at that of the line.
    void sent(std::span<const std::int16_t> samples, Instant began);
    void received(const AudioFrame&, Instant arrived);
    [[nodiscard]] Result<void> write(const std::string& path) const;

private:
    // Where samples belong that began at an instant.
    [[nodiscard]] std::size_t position(Instant began) const;
    static void put(std::vector<std::int16_t>& track, std::size_t at, std::span<const std::int16_t> samples);

    Instant begin_;
    RateConverter converter_ { rate };
    std::vector<std::int16_t> left_;
    std::vector<std::int16_t> right_;
};

} // namespace parley::caller
