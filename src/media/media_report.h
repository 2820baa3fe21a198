#pragma once

#include "base/log.h"
#include "base/time.h"
#include "media/media_session.h"
#include "media/srtp_session.h"
#include "rtp/remote_reception.h"
#include "sdp/crypto.h"

#include <cstdint>
#include <optional>

// How the sound of one call was, told when its port closes: numbers alone, fit for logs and metrics.
namespace parley::media {

struct MediaReport {
    Duration length {};     // From the first agreement to the end.
    int clock_rate = 8'000; // Of the timestamps in what the other side reports.
    MediaStats stats;
    std::optional<RemoteView> remote = {};      // What they report of our packets; nothing: they never did.
    std::optional<sdp::CryptoSuite> suite = {}; // Nothing: plain sound.
    SrtpSession::Counters srtp = {};
    std::uint64_t unsendable = 0;       // Datagrams that the kernel did not take.
    std::optional<double> score;        // Mean opinion score of what we heard; nothing: we heard nothing.
    std::optional<double> remote_score; // Of what they heard.
};

// Completes the scores.
[[nodiscard]] MediaReport make_report(const MediaStats&, const std::optional<RemoteView>&, int clock_rate);

// A line of what we heard, and one of what they heard if they said so. A score of 0: unknown.
void log_report(const Log&, const MediaReport&);

} // namespace parley::media
