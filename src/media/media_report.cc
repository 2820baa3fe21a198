#include "media/media_report.h"

#include "rtp/voice_quality.h"

#include <cmath>

namespace parley::media {

namespace {

// What a packet waits beside the network: to be filled, and for others to come in order.
Duration mouth_to_ear(const std::optional<RemoteView>& remote, Duration jitter)
{
    const Duration network = remote ? remote->mean_round_trip / 2 : Duration(0);
    return network + frame_duration + 2 * jitter;
}

Duration time_of(std::uint32_t timestamps, int clock_rate)
{
    return Duration(static_cast<std::int64_t>(timestamps) * 1'000'000 / clock_rate);
}

double rounded(double score)
{
    return std::round(score * 100) / 100;
}

} // namespace

MediaReport make_report(const MediaStats& stats, const std::optional<RemoteView>& remote, int clock_rate)
{
    MediaReport report;
    report.clock_rate = clock_rate;
    report.stats = stats;
    report.remote = remote;
    const auto& heard = stats.jitter_buffer;
    if (heard.inserted > 0) { // What comes too late is lost, too.
        const auto lost = static_cast<double>(heard.lost);
        report.score = rounded(mean_opinion_score(
            lost / (lost + static_cast<double>(heard.inserted)), mouth_to_ear(remote, stats.jitter)));
    }
    if (remote && stats.packets_sent > 0)
        report.remote_score
            = rounded(mean_opinion_score(static_cast<double>(remote->lost) / static_cast<double>(stats.packets_sent),
                mouth_to_ear(remote, time_of(remote->jitter, clock_rate))));
    return report;
}

void log_report(const Log& log, const MediaReport& report)
{
    const auto& stats = report.stats;
    log.info("media closed",
        { { "length_ms", report.length }, { "packets_sent", stats.packets_sent }, { "octets_sent", stats.octets_sent },
            { "packets_received", stats.packets_received }, { "octets_received", stats.octets_received },
            { "packets_lost", stats.packets_lost }, { "late", stats.jitter_buffer.late },
            { "reordered", stats.jitter_buffer.reordered }, { "duplicates", stats.jitter_buffer.duplicates },
            { "restarts", stats.jitter_buffer.restarts }, { "concealed", stats.frames_concealed },
            { "jitter_ms", stats.jitter }, { "worst_jitter_ms", stats.worst_jitter },
            { "underruns", stats.playout_underruns }, { "strangers", stats.strangers },
            { "malformed", stats.malformed }, { "unsendable", report.unsendable },
            { "srtp", report.suite ? to_string(*report.suite) : "off" }, { "unauthentic", report.srtp.unauthentic },
            { "replayed", report.srtp.replayed }, { "score", report.score.value_or(0) } });
    if (!report.remote)
        return;
    const RemoteView& remote = *report.remote;
    log.info("media as the other side heard it",
        { { "reports", remote.reports }, { "packets_lost", remote.lost },
            { "jitter_ms", time_of(remote.jitter, report.clock_rate) },
            { "worst_jitter_ms", time_of(remote.worst_jitter, report.clock_rate) },
            { "round_trip_ms", remote.mean_round_trip }, { "least_round_trip_ms", remote.least_round_trip },
            { "most_round_trip_ms", remote.most_round_trip }, { "score", report.remote_score.value_or(0) } });
}

} // namespace parley::media
