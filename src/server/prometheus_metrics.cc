#include "server/prometheus_metrics.h"

#include "server/process_readings.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

namespace parley {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

const Histogram::BucketBoundaries call_seconds { 1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600 };
const Histogram::BucketBoundaries wait_seconds { 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10 };

Family<Counter>& counters(Registry& registry, const char* name, const char* help)
{
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

double in_seconds(Duration duration)
{
    return static_cast<double>(duration.count()) / 1e6;
}

const char* name_of(CallDirection direction)
{
    switch (direction) {
    case CallDirection::inbound: return "inbound";
    case CallDirection::outbound: return "outbound";
    }
    return "";
}

const char* name_of(ServerMetrics::Provider provider)
{
    switch (provider) {
    case ServerMetrics::Provider::recogniser: return "recogniser";
    case ServerMetrics::Provider::voice: return "voice";
    case ServerMetrics::Provider::model: return "model";
    case ServerMetrics::Provider::tool: return "tool";
    }
    return "";
}

prometheus::MetricFamily family_of(const Reading& reading)
{
    prometheus::MetricFamily family;
    const bool shared = reading.name.starts_with("process_"); // A name that all programs use.
    family.name = (shared ? "" : "parley_") + std::string(reading.name);
    family.help = reading.help;
    family.type = reading.name.ends_with("_total") ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    return family;
}

void append(std::vector<prometheus::MetricFamily>& families, const std::vector<Reading>& readings)
{
    std::string_view name;
    for (const Reading& reading : readings) {
        if (reading.name != name)
            families.push_back(family_of(reading));
        name = reading.name;
        prometheus::MetricFamily& family = families.back();
        prometheus::ClientMetric metric;
        if (!reading.label.empty())
            metric.label.push_back({ reading.label, reading.label_value });
        if (family.type == prometheus::MetricType::Counter)
            metric.counter.value = reading.value;
        else
            metric.gauge.value = reading.value;
        family.metric.push_back(std::move(metric));
    }
}

} // namespace

struct PrometheusMetrics::State {
    Registry registry;
    Family<Counter>& admitted = counters(registry, "parley_calls_total", "Calls that were admitted, by direction.");
    Family<Counter>& refused
        = counters(registry, "parley_calls_refused_total", "Calls that were refused before a program saw them.");
    Family<Counter>& ended = counters(registry, "parley_calls_ended_total", "Calls that ended, by reason.");
    Histogram& call_duration = prometheus::BuildHistogram()
                                   .Name("parley_call_duration_seconds")
                                   .Help("From the answer to the end, of calls that were answered.")
                                   .Register(registry)
                                   .Add({}, call_seconds);
    Gauge& sessions = prometheus::BuildGauge()
                          .Name("parley_ai_sessions")
                          .Help("AI sessions that run now.")
                          .Register(registry)
                          .Add({});
    Family<Counter>& sessions_ended
        = counters(registry, "parley_ai_sessions_ended_total", "AI sessions that ended, by reason.");
    Family<Counter>& turns = counters(registry, "parley_turns_total", "Turns of users that were answered.");
    Family<Histogram>& waits = prometheus::BuildHistogram()
                                   .Name("parley_turn_wait_seconds")
                                   .Help("From the end of the user's speech to each step of the answer.")
                                   .Register(registry);
    Family<Counter>& tool_calls = counters(registry, "parley_tool_calls_total", "Tools that were called.");
    Family<Counter>& failures
        = counters(registry, "parley_provider_failures_total", "Failures of providers during AI sessions, by kind.");
};

PrometheusMetrics::PrometheusMetrics()
    : state_(std::make_unique<State>())
{
}

PrometheusMetrics::~PrometheusMetrics() = default;

void PrometheusMetrics::call_admitted(CallDirection direction)
{
    state_->admitted.Add({ { "direction", name_of(direction) } }).Increment();
}

void PrometheusMetrics::call_refused(std::string_view why)
{
    state_->refused.Add({ { "reason", std::string(why) } }).Increment();
}

void PrometheusMetrics::call_ended(CallEndReason reason, Duration answered)
{
    state_->ended.Add({ { "reason", std::string(to_string(reason)) } }).Increment();
    if (answered > 0ms)
        state_->call_duration.Observe(in_seconds(answered));
}

void PrometheusMetrics::session_started()
{
    state_->sessions.Increment();
}

void PrometheusMetrics::session_ended(agent::FinishReason reason)
{
    state_->sessions.Decrement();
    state_->sessions_ended.Add({ { "reason", std::string(agent::to_string(reason)) } }).Increment();
}

void PrometheusMetrics::turn_completed(const TurnReport& report)
{
    state_->turns.Add({ { "interrupted", report.interrupted ? "true" : "false" } }).Increment();
    if (report.tool_calls > 0)
        state_->tool_calls.Add({}).Increment(report.tool_calls);
    const std::pair<const char*, const std::optional<Duration>&> steps[] { { "last_words", report.last_words },
        { "endpointing", report.endpointing }, { "asked", report.asked }, { "first_token", report.first_token },
        { "first_sentence", report.first_sentence }, { "first_audio", report.first_audio }, { "heard", report.heard } };
    for (const auto& [step, wait] : steps)
        if (wait)
            state_->waits.Add({ { "step", step } }, wait_seconds).Observe(in_seconds(*wait));
}

void PrometheusMetrics::provider_failed(Provider provider)
{
    state_->failures.Add({ { "kind", name_of(provider) } }).Increment();
}

std::string PrometheusMetrics::page(const std::vector<Reading>& readings) const
{
    auto families = state_->registry.Collect();
    append(families, readings);
    append(families, process_readings());
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace parley
