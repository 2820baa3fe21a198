#pragma once

#include <cstdint>

namespace parley::media {

// When keys are looked for in the sound itself.
enum class InbandDigits : std::uint8_t {
    when_needed, // Telephone-event was not agreed on.
    always,      // Until the first telephone-event comes.
    never,
};

} // namespace parley::media
