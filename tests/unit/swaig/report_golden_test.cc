// Whole reports of whole sessions, as they are posted. The files in golden/ are written anew when PARLEY_WRITE_GOLDEN
// is set; what changed is then to be read and judged.
#include "machine/agent/step_session.h"
#include "swaig/report.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace parley::swaig {
namespace {

using namespace agent;

void print(const Json& json, std::string& text, const std::string& margin)
{
    const std::string inner = margin + "  ";
    if (json.is_object() && !json.as_object().empty()) {
        const char* before = "{\n";
        for (const auto& [key, value] : json.as_object()) {
            text += before + inner + Json(key).dump() + ": ";
            print(value, text, inner);
            before = ",\n";
        }
        text += "\n" + margin + "}";
    } else if (json.is_array() && !json.as_array().empty()) {
        const char* before = "[\n";
        for (const auto& value : json.as_array()) {
            text += before + inner;
            print(value, text, inner);
            before = ",\n";
        }
        text += "\n" + margin + "]";
    } else {
        text += json.dump();
    }
}

void expect_golden(const std::string& name, const SessionScript& script)
{
    const auto* post = script.last<PostReport>();
    ASSERT_NE(post, nullptr);
    std::string text;
    print(Json(report_body(post->report)), text, "");
    text += "\n";
    const std::string path = "tests/unit/swaig/golden/" + name + ".json";
    if (std::getenv("PARLEY_WRITE_GOLDEN") != nullptr)
        std::ofstream(path) << text;
    std::stringstream golden;
    golden << std::ifstream(path).rdbuf();
    EXPECT_EQ(text, golden.str()) << path;
    EXPECT_EQ(post->report.call_log.empty(), false);
}

AiSpec reported_spec()
{
    auto spec = quiet_spec();
    spec.prompt.options.model = "gpt-4o-mini";
    spec.report.prompt.text = "Summarise as JSON.";
    spec.report.hook = { "http://x/report", "", "" };
    spec.global_data = { { "tier", "gold" } };
    return spec;
}

const std::string summary = "```json\n{\"topic\":\"balance\"}\n```";

// swml-ai 69, 70, 71, 72, 73
TEST(ReportGolden, caller_hangs_up)
{
    SessionScript script(reported_spec());
    script.turn("what is my balance").says("You have ten euros.").played();
    script.at(10'000).event(CallEnded { EndedBy::caller });
    script.at(10'800).says(summary);
    expect_golden("caller_hangs_up", script);
}

// swml-ai 79
TEST(ReportGolden, agent_hangs_up)
{
    auto spec = reported_spec();
    spec.tools = { tool("goodbye") };
    SessionScript script(spec);
    script.turn("that is all").model(LmToolCall { { "1", "goodbye", "{}" } }).model(LmDone { 50, 5 });
    ToolReply reply;
    reply.response = "Say goodbye.";
    reply.actions = { { "hangup", true } };
    reply.url = "http://u:p@tool/x?a=1%3D";
    reply.post_data = Json::Object { { "function", "goodbye" } };
    reply.post_response = Json::Object { { "response", "Say goodbye." }, { "action", Json::Array {} } };
    script.event(ToolReturned { "1", reply }).says("Goodbye!").played();
    script.at(20'000).says("The caller was satisfied.");
    expect_golden("agent_hangs_up", script);
}

// swml-ai 73, 74, 77
TEST(ReportGolden, stop_in_the_middle_of_a_sentence)
{
    SessionScript script(reported_spec());
    script.turn("hello").says("One two three four.");
    script.at(2'000).event(PlayoutStarted { { 1 } });
    script.event(UtteranceWords { { 1 },
        { { "One", 0ms, 200ms }, { "two", 200ms, 400ms }, { "three", 400ms, 600ms }, { "four", 600ms, 800ms } } });
    script.at(2'500).event(StopSession {}).event(PlayoutStopped { { 1 }, 500ms });
    script.at(3'000).says("Nothing was asked.");
    expect_golden("stop", script);
}

// swml-ai 69
TEST(ReportGolden, a_lost_provider)
{
    SessionScript script(reported_spec());
    script.turn("hello").says("Good day.").played();
    script.at(5'000).event(ProviderLost { { ErrorKind::unavailable, "recogniser is gone" } });
    script.at(5'100).model(LmFailed { { ErrorKind::unavailable, "model is gone" } });
    expect_golden("error", script);
}

// swml-ai 74, 75, 77
TEST(ReportGolden, tools)
{
    auto spec = reported_spec();
    spec.tools = { tool("balance"), tool("card") };
    SessionScript script(spec);
    script.turn("balance and card please")
        .model(LmToolCall { { "1", "balance", "{\"account\": \"giro\"}" } })
        .model(LmToolCall { { "2", "card", "{\"last\":4}" } })
        .model(LmDone { 50, 12 });
    ToolReply reply;
    reply.response = "10 EUR";
    reply.url = "http://tool/balance";
    reply.post_data = Json::Object { { "function", "balance" } };
    reply.post_response = Json::Object { { "response", "10 EUR" } };
    reply.actions = { { "set_global_data", Json::Object { { "checked", true } } } };
    script.at(2'000).event(ToolReturned { "1", reply });
    script.at(2'300).event(ToolReturned { "2", Error { ErrorKind::timed_out, "tool card: no answer in time" } });
    script.at(2'700).says("Ten euros, but no card.").played();
    script.at(10'000).event(CallEnded { EndedBy::caller });
    script.at(10'800).says(summary);
    expect_golden("tools", script);
}

// swml-ai 80
TEST(ReportGolden, what_was_forgotten_is_a_previous_context)
{
    SessionScript script(reported_spec());
    script.turn("hello").says("Good day.").played();
    script.at(5'000).event(InjectMessage { Reset { true, "You sell.", "" }, {}, {}, "" });
    script.at(6'000).turn("a ticket please").says("Where to?").played();
    script.at(15'000).event(CallEnded { EndedBy::caller });
    script.at(15'800).says(summary);
    expect_golden("reset", script);
}

// swml-ai 79
TEST(ReportGolden, inactivity)
{
    auto spec = reported_spec();
    spec.silence.inactivity = 30s;
    SessionScript script(spec);
    script.turn("hello").says("Good day.").played();
    script.at(40'000).says(summary);
    expect_golden("inactivity", script);
}

// swml-ai 79
TEST(ReportGolden, hard_stop)
{
    auto spec = reported_spec();
    spec.silence.hard_stop = 10s;
    spec.silence.hard_stop_prompt = "Time is over.";
    SessionScript script(spec);
    script.turn("hello").says("Good day.").played();
    script.at(10'000).says("I must go. Goodbye.").played();
    script.at(20'000).says(summary);
    expect_golden("hard_stop", script);
}

// swml-ai 75, 80
TEST(ReportGolden, contexts)
{
    ContextSpec sales = context_named("default", { step_named("greet"), step_named("sell") });
    sales.valid_contexts = { "billing" };
    ContextSpec billing = context_named("billing", { step_named("charge") });
    billing.isolated = true;
    auto spec = reported_spec();
    spec.contexts.contexts = { sales, billing };
    SessionScript script(spec);
    script.turn("hello");
    calls(script, "next_step", R"({"step":"sell"})");
    script.says("What may it be?").played();
    script.at(10'000).turn("my bill");
    calls(script, "change_context", R"({"context":"billing"})");
    script.says("Ten euros.").played();
    script.at(20'000).event(CallEnded { EndedBy::caller });
    script.at(20'800).says(summary);
    expect_golden("contexts", script);
}

} // namespace
} // namespace parley::swaig
