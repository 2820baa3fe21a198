#pragma once

#include <cstdint>
#include <span>

namespace parley::media {

// Sound that is asked for when its time comes: heard in place of the playout, which waits meanwhile, or as a bed under
// everything.
class LineSource {
public:
    // The next samples, called once a packet from within the beat: may not touch the line. False: nothing to be heard
    // now.
    virtual bool next(std::span<std::int16_t> out, int sample_rate) = 0;

protected:
    ~LineSource() = default;
};

} // namespace parley::media
