#include "rtp/rtcp.h"

#include "rtp/byte_order.h"

#include <algorithm>
#include <array>

namespace parley {

namespace {

using Bytes = std::span<const std::byte>;

enum PacketType : std::uint8_t {
    sender_report = 200,
    receiver_report = 201,
    source_description = 202,
    goodbye = 203,
    last_of_rtcp = 223, // RFC 5761 4
};

constexpr std::size_t header_size = 4;
constexpr std::size_t block_size = 24;
constexpr std::uint8_t cname_item = 1;
constexpr std::size_t max_blocks = 31; // Five bits count them.

Error broken(const char* what)
{
    return Error { ErrorKind::invalid_request, what };
}

Result<std::vector<ReportBlock>> parse_blocks(Bytes body, std::size_t count)
{
    if (body.size() < count * block_size)
        return broken("RTCP report blocks: cut off");
    std::vector<ReportBlock> blocks;
    for (std::size_t n = 0; n < count; ++n, body = body.subspan(block_size)) {
        const std::uint32_t lost = read_u32(body, 4);
        ReportBlock block;
        block.ssrc = read_u32(body, 0);
        block.fraction_lost = static_cast<std::uint8_t>(lost >> 24);
        block.cumulative_lost = static_cast<std::int32_t>(lost << 8) >> 8; // Signed, of 24 bits.
        block.highest_sequence = read_u32(body, 8);
        block.jitter = read_u32(body, 12);
        block.last_sr = read_u32(body, 16);
        block.delay_since_last_sr = read_u32(body, 20);
        blocks.push_back(block);
    }
    return blocks;
}

Result<RtcpPacket> parse_sender_report(Bytes body, std::size_t count)
{
    if (body.size() < 24)
        return broken("RTCP sender report: cut off");
    auto blocks = parse_blocks(body.subspan(24), count);
    if (!blocks)
        return std::move(blocks.error());
    SenderReport report;
    report.ssrc = read_u32(body, 0);
    report.ntp = static_cast<std::uint64_t>(read_u32(body, 4)) << 32 | read_u32(body, 8);
    report.rtp_timestamp = read_u32(body, 12);
    report.packets = read_u32(body, 16);
    report.octets = read_u32(body, 20);
    report.blocks = std::move(*blocks);
    return RtcpPacket(std::move(report));
}

Result<RtcpPacket> parse_receiver_report(Bytes body, std::size_t count)
{
    if (body.size() < 4)
        return broken("RTCP receiver report: cut off");
    auto blocks = parse_blocks(body.subspan(4), count);
    if (!blocks)
        return std::move(blocks.error());
    return RtcpPacket(ReceiverReport { read_u32(body, 0), std::move(*blocks) });
}

// RFC 3550 6.5: a chunk is an SSRC and items, ended by a zero and padded to 32 bits.
Result<std::vector<RtcpPacket>> parse_source_description(Bytes body, std::size_t count)
{
    std::vector<RtcpPacket> names;
    for (; count > 0; --count) {
        if (body.size() < 4)
            return broken("RTCP SDES chunk: cut off");
        const std::uint32_t ssrc = read_u32(body, 0);
        std::size_t at = 4;
        for (;;) {
            if (at >= body.size())
                return broken("RTCP SDES items: no end");
            const auto item = std::to_integer<std::uint8_t>(body[at]);
            if (item == 0)
                break;
            if (at + 2 > body.size() || at + 2 + std::to_integer<std::size_t>(body[at + 1]) > body.size())
                return broken("RTCP SDES item: cut off");
            const auto text = body.subspan(at + 2, std::to_integer<std::size_t>(body[at + 1]));
            if (item == cname_item)
                names.emplace_back(
                    SourceName { ssrc, std::string(reinterpret_cast<const char*>(text.data()), text.size()) });
            at += 2 + text.size();
        }
        body = body.subspan(std::min(body.size(), (at + 4) / 4 * 4));
    }
    return names;
}

Result<RtcpPacket> parse_goodbye(Bytes body, std::size_t count)
{
    if (body.size() < 4 * count)
        return broken("RTCP BYE: cut off");
    Goodbye packet;
    for (std::size_t n = 0; n < count; ++n)
        packet.sources.push_back(read_u32(body, 4 * n));
    return RtcpPacket(std::move(packet));
}

Result<void> append_packet(std::uint8_t type, Bytes body, std::size_t count, std::vector<RtcpPacket>& out)
{
    if (type == source_description) {
        auto names = parse_source_description(body, count);
        if (!names)
            return std::move(names.error());
        std::move(names->begin(), names->end(), std::back_inserter(out));
        return {};
    }
    if (type != sender_report && type != receiver_report && type != goodbye)
        return {}; // Application-defined, feedback, extended reports.
    auto packet = type == sender_report ? parse_sender_report(body, count)
        : type == receiver_report       ? parse_receiver_report(body, count)
                                        : parse_goodbye(body, count);
    if (!packet)
        return std::move(packet.error());
    out.push_back(std::move(*packet));
    return {};
}

// Writing: the length word is known when the packet is complete.
class Writer {
public:
    Writer(std::vector<std::byte>& out, std::uint8_t type, std::size_t count)
        : out_(out)
        , start_(out.size())
    {
        out_.push_back(std::byte { static_cast<std::uint8_t>(0x80 | count) });
        out_.push_back(std::byte { type });
        out_.resize(out_.size() + 2);
    }
    ~Writer()
    {
        while ((out_.size() - start_) % 4 != 0)
            out_.push_back(std::byte { 0 });
        write_u16(out_, start_ + 2, static_cast<std::uint16_t>((out_.size() - start_) / 4 - 1));
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void u32(std::uint32_t value)
    {
        out_.resize(out_.size() + 4);
        write_u32(out_, out_.size() - 4, value);
    }
    void byte(std::uint8_t value) { out_.push_back(std::byte { value }); }
    void blocks(const std::vector<ReportBlock>& blocks)
    {
        for (const auto& block : blocks) {
            u32(block.ssrc);
            u32(static_cast<std::uint32_t>(block.fraction_lost) << 24
                | (static_cast<std::uint32_t>(block.cumulative_lost) & 0xff'ffff));
            u32(block.highest_sequence);
            u32(block.jitter);
            u32(block.last_sr);
            u32(block.delay_since_last_sr);
        }
    }

private:
    std::vector<std::byte>& out_;
    std::size_t start_;
};

void write(const SenderReport& report, std::vector<std::byte>& out)
{
    VERIFY(report.blocks.size() <= max_blocks);
    Writer writer(out, sender_report, report.blocks.size());
    writer.u32(report.ssrc);
    writer.u32(static_cast<std::uint32_t>(report.ntp >> 32));
    writer.u32(static_cast<std::uint32_t>(report.ntp));
    writer.u32(report.rtp_timestamp);
    writer.u32(report.packets);
    writer.u32(report.octets);
    writer.blocks(report.blocks);
}

void write(const ReceiverReport& report, std::vector<std::byte>& out)
{
    VERIFY(report.blocks.size() <= max_blocks);
    Writer writer(out, receiver_report, report.blocks.size());
    writer.u32(report.ssrc);
    writer.blocks(report.blocks);
}

void write(const SourceName& name, std::vector<std::byte>& out)
{
    VERIFY(name.cname.size() <= 255);
    Writer writer(out, source_description, 1);
    writer.u32(name.ssrc);
    writer.byte(cname_item);
    writer.byte(static_cast<std::uint8_t>(name.cname.size()));
    for (const char c : name.cname)
        writer.byte(static_cast<std::uint8_t>(c));
    writer.byte(0); // Ends the items; the padding follows.
}

void write(const Goodbye& packet, std::vector<std::byte>& out)
{
    VERIFY(packet.sources.size() <= max_blocks);
    Writer writer(out, goodbye, packet.sources.size());
    for (const auto ssrc : packet.sources)
        writer.u32(ssrc);
}

} // namespace

bool is_rtcp(std::span<const std::byte> datagram)
{
    constexpr std::uint8_t first_of_rtcp = 192;
    const auto type = datagram.size() < 2 ? std::uint8_t { 0 } : std::to_integer<std::uint8_t>(datagram[1]);
    return type >= first_of_rtcp && type <= last_of_rtcp;
}

Result<std::vector<RtcpPacket>> parse_rtcp(std::span<const std::byte> datagram)
{
    std::vector<RtcpPacket> packets;
    bool first = true;
    while (!datagram.empty()) {
        if (datagram.size() < header_size)
            return broken("RTCP header: cut off");
        const auto flags = std::to_integer<std::uint8_t>(datagram[0]);
        const auto type = std::to_integer<std::uint8_t>(datagram[1]);
        if ((flags & 0xc0) != 0x80)
            return broken("RTCP version: not 2");
        // RFC 3550 A.2: a compound begins with a report.
        if (first ? type != sender_report && type != receiver_report : type < 192 || type > last_of_rtcp)
            return broken("RTCP packet type: not allowed here");
        const std::size_t size = header_size + std::size_t { 4 } * read_u16(datagram, 2);
        if (size > datagram.size())
            return broken("RTCP length: longer than the datagram");
        auto body = datagram.subspan(header_size, size - header_size);
        datagram = datagram.subspan(size);
        if ((flags & 0x20) != 0) {
            const std::size_t padding = body.empty() ? 0 : std::to_integer<std::size_t>(body.back());
            if (!datagram.empty() || padding == 0 || padding % 4 != 0 || padding > body.size())
                return broken("RTCP padding: not in the last packet, or of no possible length");
            body = body.first(body.size() - padding);
        }
        if (auto appended = append_packet(type, body, flags & 0x1f, packets); !appended)
            return appended.error();
        first = false;
    }
    if (first)
        return broken("RTCP: empty");
    return packets;
}

void write_rtcp(const RtcpPacket& packet, std::vector<std::byte>& out)
{
    std::visit([&](const auto& p) { write(p, out); }, packet);
}

} // namespace parley
