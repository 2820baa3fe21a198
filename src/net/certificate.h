#pragma once

#include "base/result.h"
#include "base/time.h"
#include "net/tls.h"

#include <string>
#include <vector>

// What is in a certificate file, for people who look after a server.
namespace parley {

struct CertificateFacts {
    std::vector<std::string> names; // Subject alternative names: DNS names and IP addresses.
    WallTime not_before {};
    WallTime not_after {};
};

// Reads both files. The error names the file: it cannot be read, is not PEM, or the key is another certificate's.
[[nodiscard]] Result<CertificateFacts> inspect_certificate(const TlsIdentity&);

} // namespace parley
