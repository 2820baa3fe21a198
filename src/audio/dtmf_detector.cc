#include "audio/dtmf_detector.h"

#include "audio/resampler.h"
#include "base/error.h"

#include <spandsp.h>

namespace parley {

namespace {

constexpr int detector_rate = 8'000;

struct Free {
    void operator()(dtmf_rx_state_t* state) const { dtmf_rx_free(state); }
};

} // namespace

struct DtmfDetector::State {
    std::unique_ptr<dtmf_rx_state_t, Free> detector;
    std::unique_ptr<Resampler> resampler; // Of a wide band.
    std::vector<std::int16_t> narrow;
    std::vector<char> keys;
    bool tone = false;

    // Called by the library where a tone begins (its key) and ends (0).
    static void changed(void* self, int code, int, int)
    {
        auto& state = *static_cast<State*>(self);
        state.tone = code != 0;
        if (state.tone)
            state.keys.push_back(static_cast<char>(code));
    }
};

DtmfDetector::DtmfDetector(int sample_rate)
    : state_(std::make_unique<State>())
{
    state_->detector.reset(dtmf_rx_init(nullptr, nullptr, nullptr));
    VERIFY(state_->detector != nullptr);
    dtmf_rx_set_realtime_callback(state_->detector.get(), &State::changed, state_.get());
    if (sample_rate == detector_rate)
        return;
    auto resampler = Resampler::create(sample_rate, detector_rate);
    VERIFY(resampler.has_value());
    state_->resampler = std::make_unique<Resampler>(std::move(*resampler));
}

DtmfDetector::~DtmfDetector() = default;
DtmfDetector::DtmfDetector(DtmfDetector&&) noexcept = default;
DtmfDetector& DtmfDetector::operator=(DtmfDetector&&) noexcept = default;

void DtmfDetector::push(std::span<const std::int16_t> samples, std::vector<char>& keys)
{
    if (state_->resampler) {
        state_->narrow.clear();
        state_->resampler->push(samples, state_->narrow);
        samples = state_->narrow;
    }
    dtmf_rx(state_->detector.get(), samples.data(), static_cast<int>(samples.size()));
    keys.insert(keys.end(), state_->keys.begin(), state_->keys.end());
    state_->keys.clear();
}

bool DtmfDetector::hears_tone() const
{
    return state_->tone;
}

} // namespace parley
