#pragma once

#include <cstdint>

namespace parley::sip {

// Who may send a call of theirs elsewhere by REFER.
enum class Referrers : std::uint8_t {
    refuse,  // Nobody.
    trusted, // Trunks and the phones of users.
    accept,  // Whoever may call.
};

} // namespace parley::sip
