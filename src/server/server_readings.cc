#include "server/server_readings.h"

namespace parley {

void read_sip(const sip::SipEndpoint& endpoint, std::vector<Reading>& out)
{
    const sip::Counters& counted = endpoint.counters();
    const auto tell = [&](std::string_view name, std::string_view help, auto value) {
        out.push_back({ name, help, static_cast<double>(value) });
    };
    tell("sip_legs", "SIP legs that are not over.", endpoint.leg_count());
    tell("sip_transactions", "SIP transactions that are remembered.", endpoint.transaction_count());
    tell("sip_dropped_total", "SIP messages that were too broken to answer.", counted.messages_dropped);
    tell(
        "sip_refused_total", "SIP requests answered with 4xx or 5xx without telling anyone.", counted.requests_refused);
    tell("sip_retransmissions_total", "SIP messages that were sent again.", counted.retransmissions);
}

void read_speech(const ProviderFigures& providers, std::vector<Reading>& out)
{
    const auto tell = [&](std::string_view name, std::string_view help, auto value_of) {
        for (const auto& provider : providers)
            out.push_back({ name, help, static_cast<double>(value_of(*provider)), "provider", provider->name });
    };
    using Figures = ProviderStatistics;
    tell("speech_started_total", "Streams of a recogniser, sentences of a synthesiser.",
        [](const Figures& f) { return f.started.load(); });
    tell("speech_failed_total", "Of them: ended with an error.", [](const Figures& f) { return f.failed.load(); });
    tell("speech_refused_total", "More at the same time than the provider may have.",
        [](const Figures& f) { return f.refused.load(); });
    tell("speech_replaced_total", "Another provider had to go on.", [](const Figures& f) { return f.replaced.load(); });
    tell("speech_reconnected_total", "Connections that broke and were made again.",
        [](const Figures& f) { return f.reconnected.load(); });
    tell("speech_active", "Streams and sentences under way.", [](const Figures& f) { return f.active.load(); });
    tell("speech_latency_seconds_sum_total", "End of speech to final words; sentence to first sound.",
        [](const Figures& f) { return static_cast<double>(f.latency.sum_us()) / 1e6; });
    tell("speech_latency_count_total", "How many of those were measured.",
        [](const Figures& f) { return f.latency.count(); });
}

} // namespace parley
