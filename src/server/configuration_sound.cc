#include "server/configuration_sound.h"

#include <algorithm>
#include <string>
#include <vector>

namespace parley {

namespace {

void read_codecs(YamlSection& rtp, std::vector<sdp::Codec>& into)
{
    if (!rtp.has("codecs"))
        return;
    std::vector<std::string> names;
    rtp.texts("codecs", names);
    into.clear();
    for (const std::string& name : names) {
        const auto codec = sdp::codec_named(name);
        if (!codec)
            rtp.problem("codecs", "\"" + name + "\" is none of opus, G722, PCMU and PCMA");
        else if (std::ranges::find(into, *codec) != into.end())
            rtp.problem("codecs", "\"" + name + "\" stands twice");
        else
            into.push_back(*codec);
    }
    if (names.empty())
        rtp.problem("codecs", "must name one codec at least");
}

} // namespace

void read_sound(YamlSection& rtp, SoundConfiguration& into)
{
    read_codecs(rtp, into.preferences.codecs);
    rtp.duration("ptime", 10ms, 60ms, into.preferences.ptime);
    const auto& ptimes = sdp::facts(sdp::Codec::pcmu).ptimes;
    if (std::ranges::find(ptimes, into.preferences.ptime) == ptimes.end())
        rtp.problem("ptime", "must be 10ms, 20ms, 30ms, 40ms or 60ms");
    rtp.boolean("comfort_noise", into.preferences.comfort_noise);
    auto digits = static_cast<std::size_t>(into.inband_digits);
    rtp.choice("inband_digits", { "when_needed", "always", "never" }, digits);
    into.inband_digits = static_cast<media::InbandDigits>(digits);
}

} // namespace parley
