#include "rtp/telephone_event.h"

#include "rtp/byte_order.h"

#include <algorithm>
#include <string_view>

namespace parley {

namespace {

constexpr std::string_view keys = "0123456789*#ABCD"; // RFC 4733 3.2
constexpr std::int64_t million = 1'000'000;

} // namespace

Result<TelephoneEvent> parse_telephone_event(std::span<const std::byte> payload)
{
    if (payload.size() < telephone_event_bytes)
        return Error { ErrorKind::invalid_request, "telephone-event payload: cut off" };
    // RFC 4733 2.5.1.5 allows several events in a packet, one after the other; only redundancy schemes use it. The
    // first one is what is current.
    const auto flags = std::to_integer<std::uint8_t>(payload[1]);
    return TelephoneEvent { std::to_integer<std::uint8_t>(payload[0]), (flags & 0x80) != 0,
        static_cast<std::uint8_t>(flags & 0x3f), read_u16(payload, 2) };
}

std::array<std::byte, telephone_event_bytes> write_telephone_event(const TelephoneEvent& event)
{
    std::array<std::byte, telephone_event_bytes> out {};
    out[0] = std::byte { event.event };
    out[1] = std::byte { static_cast<std::uint8_t>((event.end ? 0x80 : 0) | (event.volume & 0x3f)) };
    write_u16(out, 2, event.duration);
    return out;
}

std::optional<char> event_to_key(std::uint8_t event)
{
    if (event >= keys.size())
        return std::nullopt;
    return keys[event];
}

std::optional<std::uint8_t> key_to_event(char key)
{
    const auto at = keys.find(key >= 'a' && key <= 'd' ? static_cast<char>(key - 'a' + 'A') : key);
    if (at == std::string_view::npos)
        return std::nullopt;
    return static_cast<std::uint8_t>(at);
}

std::optional<Digit> TelephoneEventReceiver::receive(const TelephoneEvent& packet, std::uint32_t timestamp, Instant now)
{
    if (!event_to_key(packet.event))
        return std::nullopt; // Flash, modem tones: no key.
    std::optional<Digit> told;
    const bool same = state_ != State::idle && timestamp == timestamp_ && packet.event == event_;
    // RFC 4733 2.5.1.3: a key longer than the duration field goes on in a segment of its own. The report of the full
    // segment may be lost.
    const bool next_segment
        = state_ == State::pressed && packet.event == event_ && timestamp == timestamp_ + longest_segment;
    if (next_segment) {
        earlier_ += longest_segment;
        timestamp_ = timestamp;
        duration_ = 0;
    } else if (!same) {
        told = handle_end_of_previous();
        state_ = State::pressed;
        event_ = packet.event;
        timestamp_ = timestamp;
        earlier_ = 0;
        duration_ = 0;
    }
    last_packet_ = now;
    if (state_ != State::pressed)
        return told;
    duration_ = std::max(duration_, packet.duration);
    if (packet.end && !told)
        return finish();
    return told;
}

std::optional<Digit> TelephoneEventReceiver::handle_end_of_previous()
{
    if (state_ != State::pressed)
        return std::nullopt;
    return finish();
}

Digit TelephoneEventReceiver::finish()
{
    state_ = State::told;
    return Digit { *event_to_key(event_),
        Duration((static_cast<std::int64_t>(earlier_) + duration_) * million / clock_rate_) };
}

std::optional<Digit> TelephoneEventReceiver::handle_timeout(Instant now)
{
    const auto due = deadline();
    if (!due || *due > now)
        return std::nullopt;
    return finish();
}

std::optional<Instant> TelephoneEventReceiver::deadline() const
{
    if (state_ != State::pressed)
        return std::nullopt;
    return last_packet_ + patience;
}

} // namespace parley
