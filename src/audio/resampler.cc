#include "audio/resampler.h"

#include <speex/speex_resampler.h>

#include <algorithm>
#include <array>

namespace parley {

namespace {

// 1.6 us for 20 ms at 3 ms of look-ahead; image rejection beyond what eight-bit companding leaves of it.
constexpr int quality = 3;
constexpr int least_rate = 8'000;
constexpr int greatest_rate = 48'000;
constexpr std::size_t block = 512;

} // namespace

Result<Resampler> Resampler::create(int in_rate, int out_rate)
{
    for (const int rate : { in_rate, out_rate }) {
        if (rate < least_rate || rate > greatest_rate)
            return Error { ErrorKind::invalid_request, "sample rate out of 8000 to 48000: " + std::to_string(rate) };
    }
    int error = 0;
    SpeexResamplerState* state = speex_resampler_init(
        1, static_cast<spx_uint32_t>(in_rate), static_cast<spx_uint32_t>(out_rate), quality, &error);
    if (state == nullptr)
        return Error { ErrorKind::unavailable, std::string("resampler: ") + speex_resampler_strerror(error) };
    return Resampler(state, in_rate, out_rate);
}

void Resampler::Destroy::operator()(SpeexResamplerState_* state) const
{
    speex_resampler_destroy(state);
}

Resampler::Resampler(SpeexResamplerState_* state, int in_rate, int out_rate)
    : state_(state)
    , in_rate_(in_rate)
    , out_rate_(out_rate)
{
    speex_resampler_skip_zeros(state_.get());
}

Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

void Resampler::push(std::span<const std::int16_t> in, std::vector<std::int16_t>& out)
{
    taken_ += static_cast<std::int64_t>(in.size());
    if (in_rate_ == out_rate_) {
        out.insert(out.end(), in.begin(), in.end());
        given_ += static_cast<std::int64_t>(in.size());
        return;
    }
    std::array<std::int16_t, block> made;
    while (!in.empty()) {
        auto used = static_cast<spx_uint32_t>(in.size());
        auto count = static_cast<spx_uint32_t>(made.size());
        speex_resampler_process_int(state_.get(), 0, in.data(), &used, made.data(), &count);
        VERIFY(used > 0 || count > 0);
        out.insert(out.end(), made.begin(), made.begin() + count);
        given_ += count;
        in = in.subspan(used);
    }
}

void Resampler::flush(std::vector<std::int16_t>& out)
{
    const std::int64_t wanted = (taken_ * out_rate_ + in_rate_ - 1) / in_rate_;
    static constexpr std::array<std::int16_t, 32> silence {};
    while (given_ < wanted)
        push(silence, out);
    out.resize(out.size() - static_cast<std::size_t>(given_ - wanted));
    restart();
}

Duration Resampler::latency() const
{
    if (in_rate_ == out_rate_)
        return Duration(0);
    return Duration(static_cast<std::int64_t>(speex_resampler_get_input_latency(state_.get())) * 1'000'000 / in_rate_);
}

void Resampler::restart()
{
    taken_ = 0;
    given_ = 0;
    speex_resampler_reset_mem(state_.get());
    speex_resampler_skip_zeros(state_.get());
}

} // namespace parley
