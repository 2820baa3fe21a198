#pragma once

#include "host/server_metrics.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The server's figures in the text format that Prometheus reads. Counters and times are told as they happen; what has a
// current value is told with each scrape.
namespace parley {

// A value at the moment of a scrape. `name` without the prefix `parley_`; a counter's ends in `_total`. Readings of one
// name stand side by side and differ in their label.
struct Reading {
    std::string_view name;
    std::string_view help;
    double value = 0;
    std::string label = {}; // Its name; empty: none.
    std::string label_value = {};
};

class PrometheusMetrics final : public ServerMetrics {
public:
    PrometheusMetrics();
    ~PrometheusMetrics() override;

    void call_admitted(CallDirection) override;
    void call_refused(std::string_view why) override;
    void call_ended(CallEndReason, Duration answered) override;
    void session_started() override;
    void session_ended(agent::FinishReason) override;
    void turn_completed(const TurnReport&) override;
    void provider_failed(Provider) override;

    // The page (text format 0.0.4), with `readings` and the figures of this process. From any thread.
    [[nodiscard]] std::string page(const std::vector<Reading>& readings) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

} // namespace parley
