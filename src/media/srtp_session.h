#pragma once

#include "base/result.h"
#include "sdp/crypto.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

// Protects what leaves and opens what arrives (RFC 3711, RFC 7714), between the sockets and a `MediaSession` that knows
// nothing of it. Without keys everything passes as it is. Knows packets and keys; knows neither SDP nor sources.
namespace parley::media {

class SrtpSession {
public:
    static constexpr std::size_t max_packet_bytes = 2'048; // Longer ones are refused.
    static constexpr std::size_t max_sources = 16;         // Under one key; packets of further ones are refused.

    struct Counters {
        std::uint64_t unauthentic = 0; // Wrong key, changed on the way, plain, or by somebody else.
        std::uint64_t replayed = 0;    // Authentic, and seen before; or too old to tell.
        std::uint64_t unprotected = 0; // Not sent: the library refused it.
    };

    SrtpSession();
    ~SrtpSession();
    SrtpSession(const SrtpSession&) = delete;
    SrtpSession& operator=(const SrtpSession&) = delete;

    // The suites that the library has, best first.
    [[nodiscard]] static std::vector<sdp::CryptoSuite> suites();

    // A fresh key for each of them, from the system's source of randomness.
    [[nodiscard]] static std::vector<sdp::Crypto> make_keys();

    // From now on. A key that was agreed on before goes on where it was (its roll-over counter and what was seen), also
    // after others: no key ever protects two packets of one index. On failure nothing passes either way.
    Result<void> agree(const std::optional<sdp::SrtpKeys>&);

    // Empty: refused and counted. Valid until the next call.
    [[nodiscard]] std::span<const std::byte> protect(std::span<const std::byte> rtp);
    [[nodiscard]] std::span<const std::byte> protect_report(std::span<const std::byte> rtcp);
    [[nodiscard]] std::span<const std::byte> open(std::span<const std::byte> srtp);
    [[nodiscard]] std::span<const std::byte> open_report(std::span<const std::byte> srtcp);

    [[nodiscard]] std::optional<sdp::CryptoSuite> suite() const;
    [[nodiscard]] const Counters& counters() const { return counters_; }

private:
    static constexpr std::size_t max_keys = 16; // Of one call, both ways; then the oldest of theirs is forgotten.

    class Context; // The library's state of one key, for one direction.
    enum class Way : std::uint8_t { out, in };

    Result<Context*> find_or_make(Way, const sdp::Crypto&);
    void forget_old_key();
    template <typename Work> std::span<const std::byte> run(Context*, std::span<const std::byte> packet, Work);

    std::vector<std::unique_ptr<Context>> contexts_;
    enum class Mode : std::uint8_t { plain, protects, shut };
    Mode mode_ = Mode::plain;
    Context* out_ = nullptr;
    Context* in_ = nullptr;
    Counters counters_;
    alignas(8) std::array<std::byte, max_packet_bytes + 256> buffer_ {};
};

} // namespace parley::media
