#include "server/prometheus_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PrometheusMetrics, what_was_told_is_on_the_page)
{
    PrometheusMetrics metrics;
    metrics.call_admitted(CallDirection::inbound);
    metrics.call_admitted(CallDirection::inbound);
    metrics.call_admitted(CallDirection::outbound);
    metrics.call_refused("too many calls");
    metrics.call_ended(CallEndReason::hangup, 42s);
    metrics.call_ended(CallEndReason::no_answer, 0ms);
    metrics.provider_failed(ServerMetrics::Provider::model);
    const std::string page
        = metrics.page({ { "calls", "Calls that are up.", 3 }, { "sip_junk_total", "Not SIP.", 7 } });
    for (const char* line : { "# TYPE parley_calls_total counter", "parley_calls_total{direction=\"inbound\"} 2",
             "parley_calls_total{direction=\"outbound\"} 1", "parley_calls_refused_total{reason=\"too many calls\"} 1",
             "parley_calls_ended_total{reason=\"hangup\"} 1", "parley_calls_ended_total{reason=\"noAnswer\"} 1",
             "parley_call_duration_seconds_count 1", "parley_call_duration_seconds_sum 42",
             "parley_call_duration_seconds_bucket{le=\"30\"} 0", "parley_call_duration_seconds_bucket{le=\"60\"} 1",
             "parley_provider_failures_total{kind=\"model\"} 1", "# TYPE parley_calls gauge", "parley_calls 3",
             "# TYPE parley_sip_junk_total counter", "parley_sip_junk_total 7" })
        EXPECT_THAT(page, HasSubstr(std::string(line) + "\n"));
}

TEST(PrometheusMetrics, readings_of_one_name_are_told_apart_by_their_label)
{
    const std::string page = PrometheusMetrics().page({ { "speech_active", "Streams.", 1, "provider", "one" },
        { "speech_active", "Streams.", 2, "provider", "two" } });
    EXPECT_THAT(page,
        HasSubstr("# TYPE parley_speech_active gauge\nparley_speech_active{provider=\"one\"} 1\n"
                  "parley_speech_active{provider=\"two\"} 2\n"));
}

TEST(PrometheusMetrics, sessions_are_counted_up_and_down)
{
    PrometheusMetrics metrics;
    metrics.session_started();
    metrics.session_started();
    metrics.session_ended(agent::FinishReason::call_ended);
    const std::string page = metrics.page({});
    EXPECT_THAT(page, HasSubstr("parley_ai_sessions 1\n"));
    EXPECT_THAT(page, HasSubstr("parley_ai_sessions_ended_total{reason=\""));
}

TEST(PrometheusMetrics, a_turn_tells_the_waits_that_it_had_and_no_others)
{
    PrometheusMetrics metrics;
    TurnReport report;
    report.endpointing = 700ms;
    report.heard = 950ms;
    report.tool_calls = 2;
    metrics.turn_completed(report);
    const std::string page = metrics.page({});
    EXPECT_THAT(page, HasSubstr("parley_turns_total{interrupted=\"false\"} 1\n"));
    EXPECT_THAT(page, HasSubstr("parley_tool_calls_total 2\n"));
    EXPECT_THAT(page, HasSubstr("parley_turn_wait_seconds_bucket{step=\"heard\",le=\"0.7\"} 0\n"));
    EXPECT_THAT(page, HasSubstr("parley_turn_wait_seconds_bucket{step=\"heard\",le=\"1\"} 1\n"));
    EXPECT_THAT(page, Not(HasSubstr("first_token")));
}

TEST(PrometheusMetrics, the_process_tells_its_own_figures)
{
    const std::string page = PrometheusMetrics().page({});
    for (const char* name :
        { "process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ", "process_max_fds " })
        EXPECT_THAT(page, HasSubstr("\n" + std::string(name)));
}

} // namespace
} // namespace parley
