#pragma once

#include "base/time.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// Finds the keys of a telephone in its sound (ITU-T Q.23, Q.24), at 8000 or 16000 Hz. Knows samples; knows nothing of
// packets and time.
namespace parley {

class DtmfDetector {
public:
    static constexpr Duration least_tone = std::chrono::milliseconds(40); // Shorter ones are no keys (Q.24).

    explicit DtmfDetector(int sample_rate);
    ~DtmfDetector();
    DtmfDetector(DtmfDetector&&) noexcept;
    DtmfDetector& operator=(DtmfDetector&&) noexcept;

    // Appends the keys that are recognised with these samples, each once however long it is held: some 30 ms after its
    // tone began.
    void push(std::span<const std::int16_t> samples, std::vector<char>& keys);

    // A tone is being heard at the end of what was pushed.
    [[nodiscard]] bool hears_tone() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace parley
