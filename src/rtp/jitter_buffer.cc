#include "rtp/jitter_buffer.h"

#include <algorithm>
#include <utility>

namespace parley {

void JitterBuffer::insert(const RtpPacket& packet, Instant now)
{
    ++counters_.inserted;
    if (!begun_) {
        restart(packet);
    } else if (packet.ssrc != ssrc_) {
        ++counters_.restarts;
        restart(packet);
    }
    int ahead = sequence_distance(next_, packet.sequence);
    if (ahead < -max_misorder || ahead > max_dropout) {
        // RFC 3550 A.1: one packet from far away is an error, two in a row are a sender that started again.
        if (probation_ != packet.sequence) {
            probation_ = static_cast<std::uint16_t>(packet.sequence + 1);
            ++counters_.strays;
            return;
        }
        ++counters_.restarts;
        restart(packet);
        ahead = 0;
    }
    probation_.reset();
    if (ahead < 0) {
        ++counters_.late;
        return;
    }
    if (ahead >= static_cast<int>(slots))
        skip_to(packet.sequence);
    keep(packet, now);
}

void JitterBuffer::restart(const RtpPacket& packet)
{
    begun_ = true;
    ssrc_ = packet.ssrc;
    next_ = packet.sequence;
    highest_ = packet.sequence;
    for (auto& each : ring_)
        each.used = false;
    count_ = 0;
    pending_gap_ = 0;
    probation_.reset();
}

// A burst was lost that is longer than the ring: what waits behind an earlier gap goes with it.
void JitterBuffer::skip_to(std::uint16_t sequence)
{
    pending_gap_ = static_cast<std::uint16_t>(pending_gap_ + sequence_distance(next_, sequence));
    next_ = sequence;
    highest_ = sequence;
    for (auto& each : ring_)
        each.used = false;
    count_ = 0;
}

void JitterBuffer::keep(const RtpPacket& packet, Instant now)
{
    Slot& place = slot(packet.sequence);
    if (place.used) {
        ++counters_.duplicates; // The ring is as long as the window, so it is the same number.
        return;
    }
    if (sequence_distance(highest_, packet.sequence) < 0)
        ++counters_.reordered;
    else
        highest_ = packet.sequence;
    place.used = true;
    place.arrived = now;
    place.bytes.assign(packet.payload.begin(), packet.payload.end());
    place.packet = packet;
    place.packet.payload = place.bytes;
    ++count_;
}

std::optional<Taken> JitterBuffer::take(Instant now)
{
    if (pending_gap_ > 0) {
        counters_.lost += pending_gap_;
        return Gap { std::exchange(pending_gap_, 0) };
    }
    if (count_ == 0)
        return std::nullopt;
    if (next_is_here()) {
        Slot& place = slot(next_++);
        place.used = false;
        --count_;
        return OrderedPacket { place.packet, place.arrived };
    }
    if (now < waiting_since() + patience && !overfull())
        return std::nullopt;
    const std::uint16_t length = gap_length();
    next_ = static_cast<std::uint16_t>(next_ + length);
    counters_.lost += length;
    return Gap { length };
}

std::optional<Instant> JitterBuffer::deadline() const
{
    if (count_ == 0)
        return std::nullopt;
    return next_is_here() ? slot(next_).arrived : waiting_since() + patience;
}

bool JitterBuffer::next_is_here() const
{
    return slot(next_).used;
}

std::uint16_t JitterBuffer::gap_length() const
{
    std::uint16_t length = 0;
    while (!slot(static_cast<std::uint16_t>(next_ + length)).used)
        ++length;
    return length;
}

// A gap is known from the first packet that came from behind it.
Instant JitterBuffer::waiting_since() const
{
    Instant since = Instant::max();
    for (const auto& each : ring_) {
        if (each.used)
            since = std::min(since, each.arrived);
    }
    return since;
}

bool JitterBuffer::overfull() const
{
    const auto& oldest = slot(static_cast<std::uint16_t>(next_ + gap_length()));
    const std::uint32_t kept = slot(highest_).packet.timestamp - oldest.packet.timestamp;
    const auto most = static_cast<std::uint32_t>(limit.count() * clock_rate_ / 1'000'000);
    return kept > most && kept < 0x8000'0000;
}

} // namespace parley
