#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// Certificates as files, the way operators keep them.
namespace parley {

struct TlsIdentity {
    std::string certificate_file; // PEM, the chain.
    std::string key_file;         // PEM.
};

// How the certificates of others are looked at.
struct TlsTrust {
    std::string ca_file = {};                            // PEM; empty: the system's authorities.
    enum class Peer : std::uint8_t { verified, anyone }; // `anyone`: neither authority nor name is checked.
    Peer peer = Peer::verified;
};

// Settings shared by the connections of one listener or client. TLS 1.2 is the oldest spoken. A file that cannot be
// read and a key that belongs to another certificate are `invalid_request`.
class TlsContext;
[[nodiscard]] Result<std::shared_ptr<TlsContext>> make_server_tls(const TlsIdentity&);
[[nodiscard]] Result<std::shared_ptr<TlsContext>> make_server_tls(const std::optional<TlsIdentity>&); // Or null.
[[nodiscard]] Result<std::shared_ptr<TlsContext>> make_client_tls(const TlsTrust&);

// Writes a self-signed certificate for development: names localhost and 127.0.0.1, a P-256 key (mode 0600), ten years.
[[nodiscard]] Result<void> write_self_signed_certificate(const TlsIdentity& where);

} // namespace parley
