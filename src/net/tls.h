#pragma once

#include "base/result.h"

#include <string>

// Certificates as files, the way operators keep them.
namespace parley {

struct TlsIdentity {
    std::string certificate_file; // PEM, the chain.
    std::string key_file;         // PEM.
};

// Writes a self-signed certificate for development: names localhost and 127.0.0.1, a P-256 key (mode 0600), ten years.
[[nodiscard]] Result<void> write_self_signed_certificate(const TlsIdentity& where);

} // namespace parley
