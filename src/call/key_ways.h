#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>

// Some telephones send a key twice: in the sound, as telephone-event or tone, and by signalling, as SIP INFO. Lets each
// key pass once. Knows neither of both ways.
namespace parley {

enum class KeyWay : std::uint8_t { sound, signalling };

class KeyWays {
public:
    // The way that brought the last key has the line for so long; a key of the other way is a copy.
    static constexpr Duration copy_within = 2s;

    // False: a copy.
    bool takes(KeyWay way, Instant now)
    {
        if (last_ && *last_ != way && now < until_)
            return false;
        last_ = way;
        until_ = now + copy_within;
        return true;
    }

private:
    std::optional<KeyWay> last_;
    Instant until_ {};
};

} // namespace parley
