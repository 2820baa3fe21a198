#pragma once

#include "base/result.h"
#include "base/time.h"

#include <optional>
#include <string_view>

// Keys of a telephone in the body of an INFO request, the two ways that phones know (RFC 6086 2 calls them legacy):
// `application/dtmf-relay` ("Signal=5\r\nDuration=160") and `application/dtmf` ("5").
namespace parley::sip {

struct KeyPress {
    char key = '0'; // 0-9 * # A-D
    Duration held {};

    friend bool operator==(const KeyPress&, const KeyPress&) = default;
};

[[nodiscard]] bool is_keypad_type(std::string_view media_type);

// Nothing: a key that is none of a telephone's sixteen (a hook flash), to be ignored. `what` names the line.
[[nodiscard]] Result<std::optional<KeyPress>> parse_keypad(std::string_view media_type, std::string_view body);

} // namespace parley::sip
