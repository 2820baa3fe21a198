#include "speech/sound_flow.h"

namespace parley {

void SoundFlow::sound(Duration length, Instant now)
{
    if (now > heard_until_) {
        waited_ += now - heard_until_;
        heard_until_ = now;
        fluent_ = {};
    }
    heard_until_ += length;
    fluent_ += length;
    if (fluent_ >= flowing)
        waited_ = {};
}

} // namespace parley
