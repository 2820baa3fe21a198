#pragma once

#include "base/time.h"

#include <cstddef>

// What a SIP peer may make us keep. Each has an answer when it is reached.
namespace parley::sip {

inline constexpr std::size_t max_message_bytes = 65'535;  // A UDP datagram has no more; longer input is dropped.
inline constexpr std::size_t max_headers = 128;           // Fields after splitting lists; more: dropped.
inline constexpr std::size_t max_header_bytes = 8 * 1024; // One field; longer: dropped.
inline constexpr std::size_t max_via = 70;                // RFC 3261 20.22: a request has made 70 hops at most.
inline constexpr std::size_t max_route_set = 16;          // Record-Route entries of a dialog; more: 400.
inline constexpr std::size_t max_forks = 8;               // Answers (2xx) to one INVITE; further ones are not answered.

inline constexpr std::size_t max_redirects = 5;       // INVITEs after the first one of a leg; then it has failed.
inline constexpr Duration min_session_interval = 90s; // RFC 4028 5; a shorter one is refused with 422.
inline constexpr Duration referral_lasts = 180s;      // From the REFER on; then its subscription ends without a result.
inline constexpr Duration longest_offer_pause = 32s;  // Retry-After of a refused offer; longer: it has failed.

struct Limits {
    std::size_t max_datagram = 1'300;      // RFC 3261 18.1.1: a longer request goes over TCP, if the server takes that.
    std::size_t max_transactions = 20'000; // New INVITE: 503 with Retry-After, without state.
    std::size_t max_transaction_bytes = 64 * 1024 * 1024; // What transactions keep to send again; beyond it: the same.
    std::size_t max_legs = 2'000;                         // New INVITE: 503 with Retry-After.
};

} // namespace parley::sip
