// room: rtp
#include "rtp/jitter_buffer.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"
#include "rtp/telephone_event.h"

#include <algorithm>
#include <array>

using namespace parley;

namespace {

using Bytes = std::span<const std::byte>;

// What parses is written as bytes that parse to the same packet.
void check_rtp(Bytes bytes)
{
    const auto packet = parse_rtp(bytes);
    if (!packet)
        return;
    std::array<std::byte, rtp_header_size + max_rtp_payload_bytes> written;
    const auto size = write_rtp(*packet, written);
    const auto again = parse_rtp(Bytes(written).first(size));
    if (!again || again->sequence != packet->sequence || again->timestamp != packet->timestamp
        || !std::equal(again->payload.begin(), again->payload.end(), packet->payload.begin(), packet->payload.end()))
        __builtin_trap();
}

void check_rtcp(Bytes bytes)
{
    const auto packets = parse_rtcp(bytes);
    if (!packets || packets->empty())
        return;
    std::vector<std::byte> written;
    for (const auto& packet : *packets)
        write_rtcp(packet, written);
    const auto again = parse_rtcp(written);
    if (!again || *again != *packets)
        __builtin_trap();
}

// A story of packets: each eight bytes are one, with a step in time. The numbers that come out never go back.
void check_order(Bytes bytes)
{
    JitterBuffer buffer;
    TelephoneEventReceiver keys;
    ReceptionStatistics statistics;
    Instant now {};
    std::optional<RtpPacket> last;
    std::uint64_t restarts = 0;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
        const auto at = [&](std::size_t n) { return std::to_integer<std::uint32_t>(bytes[n]); };
        now += Duration(at(0) * 500);
        const auto sequence = static_cast<std::uint16_t>(at(1) << 8 | at(2));
        const RtpPacket packet { (at(3) & 1) != 0, 0, sequence, at(4) << 24 | at(5) << 8, at(3) >> 7, bytes.first(8) };
        statistics.received(packet.ssrc, packet.sequence, packet.timestamp, now);
        buffer.insert(packet, now);
        while (const auto taken = buffer.take(now)) {
            const auto* ordered = std::get_if<OrderedPacket>(&*taken);
            if (ordered == nullptr)
                continue;
            if (last && restarts == buffer.counters().restarts
                && sequence_distance(last->sequence, ordered->packet.sequence) <= 0)
                __builtin_trap();
            last = ordered->packet;
            restarts = buffer.counters().restarts;
            if (const auto event = parse_telephone_event(ordered->packet.payload))
                (void)keys.receive(*event, ordered->packet.timestamp, now);
        }
        (void)keys.handle_timeout(now);
        (void)statistics.report(now);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    const Bytes input(reinterpret_cast<const std::byte*>(bytes), size);
    check_rtp(input);
    check_rtcp(input);
    check_order(input);
    return 0;
}
