#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"

#include <algorithm>

namespace parley {

namespace {

constexpr std::int64_t ntp_epoch_seconds = 2'208'988'800; // From 1900 to 1970.
constexpr std::int64_t million = 1'000'000;
constexpr std::int32_t least_lost = -0x80'0000;
constexpr std::int32_t most_lost = 0x7f'ffff;

} // namespace

std::uint64_t to_ntp(WallTime wall)
{
    const auto seconds = static_cast<std::uint64_t>(wall.microseconds / million + ntp_epoch_seconds);
    const auto fraction = (static_cast<std::uint64_t>(wall.microseconds % million) << 32) / million;
    return seconds << 32 | fraction;
}

void ReceptionStatistics::set_clock_rate(int clock_rate)
{
    if (clock_rate == clock_rate_)
        return;
    clock_rate_ = clock_rate;
    jitter_times_16_ = 0;
    transit_.reset();
}

void ReceptionStatistics::restart(std::uint32_t ssrc, std::uint16_t sequence)
{
    ReceptionStatistics fresh;
    fresh.clock_rate_ = clock_rate_;
    fresh.begun_ = true;
    fresh.ssrc_ = ssrc;
    fresh.base_sequence_ = sequence;
    fresh.highest_sequence_ = sequence;
    fresh.packets_before_ = packets();
    fresh.lost_before_ = lost();
    fresh.worst_jitter_times_16_ = worst_jitter_times_16_;
    *this = fresh;
}

// RFC 3550 A.1: one packet far off is ignored; a second one behind it means that its sender began anew.
bool ReceptionStatistics::follows(std::uint16_t sequence)
{
    const auto ahead = static_cast<std::uint16_t>(sequence - highest_sequence_);
    if (ahead < max_dropout) {
        if (sequence < highest_sequence_)
            cycles_ += 0x1'0000;
        highest_sequence_ = sequence;
    } else if (ahead <= 0x1'0000 - max_misorder) {
        if (after_jump_ != sequence) {
            after_jump_ = static_cast<std::uint16_t>(sequence + 1);
            return false;
        }
        restart(ssrc_, sequence);
    }
    after_jump_.reset();
    return true;
}

void ReceptionStatistics::received(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp, Instant arrived)
{
    if (!begun_ || ssrc != ssrc_)
        restart(ssrc, sequence);
    if (!follows(sequence))
        return;
    ++received_;

    // A.8: the mean deviation of the transit time, in sixteenths.
    const auto arrival = static_cast<std::uint32_t>(arrived.time_since_epoch().count() * clock_rate_ / million);
    const std::uint32_t transit = arrival - timestamp;
    if (transit_) {
        const auto d = static_cast<std::int32_t>(transit - *transit_);
        const auto deviation = static_cast<std::uint32_t>(d < 0 ? -static_cast<std::int64_t>(d) : d);
        jitter_times_16_ += deviation - ((jitter_times_16_ + 8) >> 4);
        worst_jitter_times_16_ = std::max(worst_jitter_times_16_, jitter_times_16_);
    }
    transit_ = transit;
}

void ReceptionStatistics::sender_report(const SenderReport& report, Instant arrived)
{
    last_sr_ = static_cast<std::uint32_t>(report.ntp >> 16);
    last_sr_arrived_ = arrived;
}

std::int64_t ReceptionStatistics::lost_of_source() const
{
    if (!begun_)
        return 0;
    return static_cast<std::int64_t>(highest()) - base_sequence_ + 1 - static_cast<std::int64_t>(received_);
}

Duration ReceptionStatistics::jitter() const
{
    return Duration(static_cast<std::int64_t>(jitter_times_16_ >> 4) * million / clock_rate_);
}

Duration ReceptionStatistics::worst_jitter() const
{
    return Duration(static_cast<std::int64_t>(worst_jitter_times_16_ >> 4) * million / clock_rate_);
}

std::optional<ReportBlock> ReceptionStatistics::report(Instant now)
{
    if (!begun_)
        return std::nullopt;
    const std::uint64_t expected = static_cast<std::uint64_t>(highest()) - base_sequence_ + 1;
    const auto expected_now = static_cast<std::int64_t>(expected - expected_before_);
    const std::int64_t lost_now = expected_now - static_cast<std::int64_t>(received_ - received_before_);
    expected_before_ = expected;
    received_before_ = received_;

    ReportBlock block;
    block.ssrc = ssrc_;
    if (expected_now > 0 && lost_now > 0)
        block.fraction_lost = static_cast<std::uint8_t>(std::min<std::int64_t>(255, lost_now * 256 / expected_now));
    block.cumulative_lost
        = static_cast<std::int32_t>(std::clamp<std::int64_t>(lost_of_source(), least_lost, most_lost));
    block.highest_sequence = highest();
    block.jitter = jitter_times_16_ >> 4;
    if (last_sr_arrived_) {
        block.last_sr = last_sr_;
        block.delay_since_last_sr = static_cast<std::uint32_t>((now - *last_sr_arrived_).count() * 65'536 / million);
    }
    return block;
}

} // namespace parley
