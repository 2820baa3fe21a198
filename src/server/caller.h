#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

// `parley call`: a telephone without a person. Dials a SIP address, speaks and listens by a script, and tells on
// standard output what happened, one JSON object a line. Shares nothing with a server but UDP.
namespace parley {

struct CallerOptions {
    std::string uri; // sip:user@host:port
    std::string from = "caller";
    std::string script;           // A file; see `caller_script.h`.
    std::vector<std::string> say; // Without a script: these, one after the other, each answered; then hang up.
    std::string record;           // A stereo WAV: left what was sent, right what was received.
    bool events = false;          // Also tell every packet-level event (digits, speech edges).
    std::string bind_ip;          // Empty: the address that reaches the other side.
    std::string voice;            // Of the voice provider; empty: its default.
};

inline constexpr int caller_usage_status = 2;

// `what` says what is wrong with the line.
[[nodiscard]] Result<CallerOptions> parse_caller_arguments(const std::vector<std::string>& rest);
[[nodiscard]] std::string caller_usage();

// Blocks until the call is over. 0: the call was answered and the script was carried out.
int run_caller(const CallerOptions&);

} // namespace parley
