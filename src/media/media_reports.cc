// The RTCP side of a media session.
#include "media/media_session.h"

namespace parley::media {

void MediaSession::receive_rtcp(
    std::span<const std::byte> datagram, const SocketAddress& source, Instant now, MediaEvents& out)
{
    // Who sends the sound also sends its reports: same address, any port, then that one.
    const bool known = agreed_
        && (rtcp_locked_ ? source == *rtcp_locked_
                         : source == agreed_->remote_rtcp || (locked_ && source.ip == locked_->ip));
    if (!known) {
        ++stats_.strangers;
        return;
    }
    const auto packets = parse_rtcp(datagram);
    if (!packets) {
        ++stats_.malformed;
        return;
    }
    rtcp_locked_ = source;
    rtcp_destination_ = source;
    last_sign_ = now;
    lost_told_ = false;
    const auto about_us = [&](const std::vector<ReportBlock>& blocks) {
        for (const ReportBlock& block : blocks)
            if (block.ssrc == settings_.ssrc)
                remote_.reported(block, to_ntp(settings_.clock.at(now)));
    };
    for (const auto& packet : *packets) {
        if (const auto* sender = std::get_if<SenderReport>(&packet)) {
            reception_.sender_report(*sender, now);
            about_us(sender->blocks);
        } else if (const auto* receiver = std::get_if<ReceiverReport>(&packet))
            about_us(receiver->blocks);
        else if (std::holds_alternative<Goodbye>(packet))
            out.emplace_back(GoodbyeReceived {});
    }
}

std::vector<std::byte> MediaSession::report(Instant now)
{
    std::vector<ReportBlock> blocks;
    if (const auto block = reception_.report(now))
        blocks.push_back(*block);
    std::vector<std::byte> out;
    // RFC 3550 6.4: who sent since its last report tells how much; who did not only tells what it received.
    if (stats_.packets_sent > sent_at_report_) {
        write_rtcp(SenderReport { settings_.ssrc, to_ntp(settings_.clock.at(now)), timestamp_,
                       static_cast<std::uint32_t>(stats_.packets_sent), static_cast<std::uint32_t>(stats_.octets_sent),
                       std::move(blocks) },
            out);
    } else {
        write_rtcp(ReceiverReport { settings_.ssrc, std::move(blocks) }, out);
    }
    sent_at_report_ = stats_.packets_sent;
    write_rtcp(SourceName { settings_.ssrc, settings_.cname }, out);
    return out;
}

std::vector<std::byte> MediaSession::take_report(Instant now)
{
    if (!agreed_ || rtcp_destination_.port == 0)
        return {};
    if (!report_due_)
        report_due_ = now + rtcp_interval;
    if (now < *report_due_)
        return {};
    report_due_ = *report_due_ + rtcp_interval;
    return report(now);
}

std::vector<std::byte> MediaSession::goodbye(Instant now)
{
    if (stats_.packets_sent == 0 || rtcp_destination_.port == 0)
        return {}; // RFC 3550 6.3.7: who never sent says no goodbye.
    auto out = report(now);
    write_rtcp(Goodbye { { settings_.ssrc } }, out);
    return out;
}

} // namespace parley::media
