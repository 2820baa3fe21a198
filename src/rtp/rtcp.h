#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

// RTCP compound packets (RFC 3550 6): sender and receiver reports, names, goodbye. Other kinds are skipped; a broken
// compound is rejected as a whole.
namespace parley {

inline constexpr Duration rtcp_interval = 5s; // RFC 3550 6.2: the recommended minimum.
inline constexpr std::size_t max_rtcp_bytes = 1'500;

struct ReportBlock {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction_lost = 0;        // Of 256, since the last report.
    std::int32_t cumulative_lost = 0;      // 24 bits, signed.
    std::uint32_t highest_sequence = 0;    // With its cycles.
    std::uint32_t jitter = 0;              // In timestamp units.
    std::uint32_t last_sr = 0;             // The middle 32 bits of the NTP time of the last sender report.
    std::uint32_t delay_since_last_sr = 0; // In 1/65536 s.

    friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

struct SenderReport {
    std::uint32_t ssrc = 0;
    std::uint64_t ntp = 0;
    std::uint32_t rtp_timestamp = 0;
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;
    std::vector<ReportBlock> blocks = {};

    friend bool operator==(const SenderReport&, const SenderReport&) = default;
};

struct ReceiverReport {
    std::uint32_t ssrc = 0;
    std::vector<ReportBlock> blocks = {};

    friend bool operator==(const ReceiverReport&, const ReceiverReport&) = default;
};

struct SourceName {
    std::uint32_t ssrc = 0;
    std::string cname;

    friend bool operator==(const SourceName&, const SourceName&) = default;
};

struct Goodbye {
    std::vector<std::uint32_t> sources = {};

    friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

using RtcpPacket = std::variant<SenderReport, ReceiverReport, SourceName, Goodbye>;

// `what` names the field.
[[nodiscard]] Result<std::vector<RtcpPacket>> parse_rtcp(std::span<const std::byte> datagram);

// RFC 5761 4: which of the two a datagram on a common port is.
[[nodiscard]] bool is_rtcp(std::span<const std::byte> datagram);

// Appends.
void write_rtcp(const RtcpPacket&, std::vector<std::byte>& out);

[[nodiscard]] std::uint64_t to_ntp(WallTime);

// What we tell a sender about its packets (RFC 3550 A.1, A.3, A.8).
class ReceptionStatistics {
public:
    // How many ticks of the timestamps a second has. A change makes the next packet the first to measure jitter by.
    void set_clock_rate(int clock_rate);

    void received(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp, Instant arrived);
    void sender_report(const SenderReport&, Instant arrived);

    // Begins a new interval of `fraction_lost`. Nothing before the first packet.
    [[nodiscard]] std::optional<ReportBlock> report(Instant now);

    // Of all sources so far.
    [[nodiscard]] std::uint64_t packets() const { return packets_before_ + received_; }
    [[nodiscard]] std::int64_t lost() const { return lost_before_ + lost_of_source(); }
    [[nodiscard]] Duration jitter() const;
    [[nodiscard]] Duration worst_jitter() const;

private:
    static constexpr std::uint16_t max_dropout = 3'000; // RFC 3550 A.1
    static constexpr std::uint16_t max_misorder = 100;

    void restart(std::uint32_t ssrc, std::uint16_t sequence);
    [[nodiscard]] bool follows(std::uint16_t sequence);
    [[nodiscard]] std::int64_t lost_of_source() const;
    [[nodiscard]] std::uint32_t highest() const { return cycles_ + highest_sequence_; }

    int clock_rate_ = 8'000;
    bool begun_ = false;
    std::uint32_t ssrc_ = 0;
    std::uint32_t base_sequence_ = 0;
    std::uint16_t highest_sequence_ = 0;
    std::uint32_t cycles_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t received_before_ = 0; // At the last report.
    std::uint64_t expected_before_ = 0;
    std::optional<std::uint16_t> after_jump_ = {}; // The number that would confirm a jump.
    std::uint64_t packets_before_ = 0;             // Of earlier sources, and before jumps.
    std::int64_t lost_before_ = 0;
    std::uint32_t jitter_times_16_ = 0;
    std::uint32_t worst_jitter_times_16_ = 0;
    std::optional<std::uint32_t> transit_ = {};
    std::uint32_t last_sr_ = 0;
    std::optional<Instant> last_sr_arrived_ = {};
};

} // namespace parley
