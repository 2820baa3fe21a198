#pragma once

#include "base/result.h"
#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// Keys of a telephone in RTP packets (RFC 4733): many packets a key, one `Digit`.
namespace parley {

struct Digit {
    char key = '0';   // 0-9 * # A-D
    Duration held {}; // As far as was told.

    friend bool operator==(const Digit&, const Digit&) = default;
};

// One packet's payload.
struct TelephoneEvent {
    std::uint8_t event = 0;
    bool end = false;
    std::uint8_t volume = 10;   // -dBm0, 0 to 63
    std::uint16_t duration = 0; // In timestamp units.

    friend bool operator==(const TelephoneEvent&, const TelephoneEvent&) = default;
};

inline constexpr std::size_t telephone_event_bytes = 4;

[[nodiscard]] Result<TelephoneEvent> parse_telephone_event(std::span<const std::byte> payload);
[[nodiscard]] std::array<std::byte, telephone_event_bytes> write_telephone_event(const TelephoneEvent&);

[[nodiscard]] std::optional<char> event_to_key(std::uint8_t event);
[[nodiscard]] std::optional<std::uint8_t> key_to_event(char key);

class TelephoneEventReceiver {
public:
    explicit TelephoneEventReceiver(int clock_rate = 8'000)
        : clock_rate_(clock_rate)
    {
    }

    // The packets in order. A digit is told once: with its first end packet, or when the next key begins.
    [[nodiscard]] std::optional<Digit> receive(const TelephoneEvent&, std::uint32_t timestamp, Instant now);

    // All end packets were lost: 150 ms without a packet end the key.
    [[nodiscard]] std::optional<Digit> handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> deadline() const;

private:
    [[nodiscard]] std::optional<Digit> handle_end_of_previous();
    [[nodiscard]] Digit finish();

    static constexpr Duration patience = 150ms;
    static constexpr std::uint16_t longest_segment = 0xffff; // RFC 4733 2.5.1.3

    enum class State : std::uint8_t {
        idle,    // No key so far.
        pressed, // A key is down.
        told,    // The key of `timestamp_` was told; more packets of it are ignored.
    };
    int clock_rate_; // Ticks of timestamps and durations in a second.
    State state_ = State::idle;
    std::uint8_t event_ = 0;
    std::uint32_t timestamp_ = 0;
    std::uint32_t earlier_ = 0; // Duration of earlier segments of a long key (2.5.1.3).
    std::uint16_t duration_ = 0;
    Instant last_packet_ {};
};

} // namespace parley
