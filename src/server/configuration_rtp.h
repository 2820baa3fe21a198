#pragma once

#include "base/time.h"
#include "sdp/crypto.h"
#include "server/yaml_section.h"

#include <cstdint>
#include <string>

// The section `rtp`, sound apart: where sound comes and goes, how it is protected, and when a silent line is given up.
namespace parley {

struct RtpConfiguration {
    std::string address = "127.0.0.1";
    std::uint16_t first_port = 0; // Both 0: the kernel chooses.
    std::uint16_t last_port = 0;
    Duration port_drain = 5s;         // A call's ports are not given to another one for so long.
    Duration timeout = 60s;           // No packet of the other side: the call ends. Zero: never.
    Duration timeout_on_hold = 30min; // The same while one side holds the line.
    sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
    bool echo_floor = true;          // The agent's own voice, coming back from the line, is not taken for the caller's.
    bool srtp_keys_over_any = false; // Also where SIP goes unprotected, and anybody on the way can read them.
};

// The caller finishes the section.
[[nodiscard]] RtpConfiguration read_rtp(YamlSection&);

} // namespace parley
