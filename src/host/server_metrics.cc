#include "host/server_metrics.h"

namespace parley {

namespace {

class NoMetrics final : public ServerMetrics {
public:
    void call_admitted(CallDirection) override { }
    void call_refused(std::string_view) override { }
    void call_ended(CallEndReason, Duration) override { }
    void session_started() override { }
    void session_ended(agent::FinishReason) override { }
    void turn_completed(const TurnReport&) override { }
    void provider_failed(Provider) override { }
};

} // namespace

ServerMetrics& ServerMetrics::none()
{
    static NoMetrics metrics;
    return metrics;
}

} // namespace parley
