#pragma once

#include "base/json.h"
#include "base/result.h"
#include "call/dial.h"

#include <cstddef>

// Reading whom `calling.dial` is to call. Errors name the member: "devices[0][1].params.to_number: is missing".
namespace parley::relay {

inline constexpr std::size_t max_dial_groups = 10;
inline constexpr std::size_t max_dial_targets = 10; // At the same time.
inline constexpr std::size_t max_tag_size = 256;
inline constexpr std::size_t max_dial_headers = 20;            // Of one device.
inline constexpr std::size_t max_dial_header_bytes = 4 * 1024; // Of all names and values of one device.
inline constexpr std::size_t max_address_size = 256;
inline constexpr double longest_dial_seconds = 300; // Of one device.

Result<DialSpec> dial_spec(const Json::Object& params);

} // namespace parley::relay
