#pragma once

#include "base/socket_address.h"
#include "server/yaml_section.h"

#include <optional>
#include <string>

// `sip.tls`.
namespace parley {

struct SipTlsConfiguration {
    SocketAddress listen { "127.0.0.1", 5061 };
    std::string certificate; // PEM, the chain.
    std::string key;         // PEM.
    std::string ca;          // PEM, for connections that we open; empty: the system's authorities.
    bool verify = true;      // Whether their certificates are looked at.
};

// Nothing without the section.
void read_sip_tls(YamlSection& sip, std::optional<SipTlsConfiguration>& into);

} // namespace parley
