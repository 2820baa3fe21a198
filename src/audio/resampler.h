#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct SpeexResamplerState_;

// Changes the rate of a stream of samples, band-limited. The output does not depend on how the input was cut, and is
// aligned with it: output sample n sounds at time n / out_rate of the input. The price is look-ahead: the output that
// belongs to the newest `latency()` of input comes with later input, or with `flush`.
namespace parley {

class Resampler {
public:
    // Rates of 8000 to 48000 Hz; others are `invalid_request`.
    static Result<Resampler> create(int in_rate, int out_rate);

    ~Resampler();
    Resampler(Resampler&&) noexcept;
    Resampler& operator=(Resampler&&) noexcept;

    // Appends to `out`.
    void push(std::span<const std::int16_t> in, std::vector<std::int16_t>& out);

    // Appends what is still inside, so that n samples in all gave ceil(n * out_rate / in_rate); then starts afresh.
    void flush(std::vector<std::int16_t>& out);

    // The look-ahead, in time of the input.
    [[nodiscard]] Duration latency() const;

private:
    struct Destroy {
        void operator()(SpeexResamplerState_*) const;
    };

    Resampler(SpeexResamplerState_*, int in_rate, int out_rate);
    void restart();

    std::unique_ptr<SpeexResamplerState_, Destroy> state_;
    int in_rate_;
    int out_rate_;
    std::int64_t taken_ = 0; // Samples since the last restart.
    std::int64_t given_ = 0;
};

} // namespace parley
