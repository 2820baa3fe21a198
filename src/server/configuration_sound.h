#pragma once

#include "media/inband_digits.h"
#include "sdp/codecs.h"
#include "server/yaml_section.h"

// The sound of the lines: a part of the section `rtp`.
namespace parley {

struct SoundConfiguration {
    sdp::SoundPreferences preferences;
    media::InbandDigits inband_digits = media::InbandDigits::when_needed;
};

// Takes the keys `codecs`, `ptime`, `comfort_noise` and `inband_digits`.
void read_sound(YamlSection& rtp, SoundConfiguration& into);

} // namespace parley
