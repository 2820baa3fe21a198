#include "swaig/ai_object.h"
#include "swaig/ai_parameter_setters.h"
#include "swaig/ai_parameter_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace parley::swaig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string shown(bool value)
{
    return value ? "true" : "false";
}
std::string shown(int value)
{
    return std::to_string(value);
}
std::string shown(double value)
{
    return Json(value).dump();
}
std::string shown(Duration value)
{
    return std::to_string(to_milliseconds(value));
}
std::string shown(const std::string& value)
{
    return value;
}
template <typename T> std::string shown(const std::optional<T>& value)
{
    return value ? shown(*value) : "unset";
}
std::string shown(const std::vector<std::string>& values)
{
    std::string text;
    for (const auto& value : values)
        text += (text.empty() ? "" : ",") + value;
    return text;
}
std::string shown(const std::vector<LmMessage>& messages)
{
    std::string text;
    for (const auto& message : messages)
        text += std::to_string(static_cast<int>(message.role)) + ":" + message.content + ";";
    return text;
}
template <typename A, typename B> std::string shown(const A& a, const B& b)
{
    return shown(a) + " " + shown(b);
}

ParsedAi with(std::string_view key, std::string_view value)
{
    const auto text
        = R"({"prompt":"x","post_prompt":"y","params":{")" + std::string(key) + "\":" + std::string(value) + "}}";
    auto json = Json::parse(text);
    EXPECT_TRUE(json) << text;
    auto parsed = parse_ai_object(json->as_object());
    EXPECT_TRUE(parsed) << text;
    return std::move(*parsed);
}

// What a value does to the specification; and one that is refused.
struct Case {
    const char* key;
    const char* value;
    const char* expected;
    std::string (*field)(const AiSpec&);
    const char* refused = nullptr;
};

#define FIELD(...) [](const AiSpec& s) { return shown(__VA_ARGS__); }

const Case cases[] = {
    { "ai_model", R"("m")", "m m", FIELD(s.prompt.options.model, s.report.prompt.options.model), "[]" },
    { "utility_model", R"("m")", "m", FIELD(s.thinking.utility_model), "[]" },
    { "max_response_tokens", "99", "99", FIELD(s.prompt.options.max_tokens), "0" },
    { "temperature", "0.4", "0.4", FIELD(s.prompt.options.temperature), "2.1" },
    { "top_p", "0.4", "0.4", FIELD(s.prompt.options.top_p), "1.1" },
    { "presence_penalty", "-1.5", "-1.5", FIELD(s.prompt.options.presence_penalty), "-3" },
    { "frequency_penalty", "1.5", "1.5", FIELD(s.prompt.options.frequency_penalty), "3" },
    { "max_tokens", "99", "99", FIELD(s.prompt.options.max_tokens), "0" },
    { "max_completion_tokens", "99", "99", FIELD(s.prompt.options.max_tokens), "0" },
    { "confidence", "0.4", "0.4", FIELD(s.prompt.confidence), "1.1" },
    { "barge_confidence", "0.4", "0.4 0.4", FIELD(s.prompt.barge_confidence, s.turn.barge_confidence), "-1" },
    { "model", R"("m")", "m", FIELD(s.prompt.options.model), "7" },
    { "conscience", R"("Be good.")", "Be good.", FIELD(s.thinking.conscience), "{}" },
    { "conversation_sliding_window", "5", "5", FIELD(s.thinking.sliding_window), "0" },
    { "convo", R"([{"role":"user","content":"hi"}])", "1:hi;", FIELD(s.thinking.seed), "{}" },
    { "app_name", R"("shop")", "shop", FIELD(s.app_name), "{}" },
    { "ai_name", R"("Ada")", "Ada", FIELD(s.pause.name), "{}" },
    { "direction", R"("Outbound")", "outbound", FIELD(s.direction), R"("sideways")" },
    { "local_tz", R"("Europe/Berlin")", "Europe/Berlin", FIELD(s.time_zone), R"("Mars/Base")" },
    { "conversation_id", R"("a/b c_1")", "abc_1", FIELD(s.conversation_id), "{}" },
    { "energy_level", "40", "40", FIELD(s.sound.energy_level), "101" },
    { "vad_config", R"("70:32")", "70", FIELD(s.sound.vad_threshold), R"("70:8")" },
    { "end_of_speech_timeout", "500", "500", FIELD(s.turn.end_of_speech), "249" },
    { "speech_event_timeout", "900", "900", FIELD(s.turn.speech_event), "10001" },
    { "first_word_timeout", "0", "0", FIELD(s.turn.first_word), "10001" },
    { "speech_timeout", "9000", "9000", FIELD(s.turn.turn_limit), "600001" },
    { "turn_detection", "false", "false", FIELD(s.turn.turn_detection), R"("perhaps")" },
    { "enable_turn_detection", R"("off")", "false", FIELD(s.turn.turn_detection), R"("perhaps")" },
    { "turn_detection_timeout", "0", "0", FIELD(s.turn.turn_detection_pause), "10001" },
    { "enable_text_normalization", R"("heard")", "true false", FIELD(s.sound.normalize_heard, s.sound.normalize_spoken),
        R"("perhaps")" },
    { "redact_prompt", R"("names")", "names", FIELD(s.reporting.redact), "{}" },
    { "ai_volume", "-10", "-10", FIELD(s.sound.volume), "51" },
    { "tts_number_format", R"("national")", "true", FIELD(s.sound.spoken_numbers_national), R"("roman")" },
    { "speech_gen_quick_stops", "0", "0", FIELD(s.sound.quick_stops), "11" },
    { "background_file", R"("http://x/a.wav")", "http://x/a.wav", FIELD(s.sound.background), "{}" },
    { "background_file_loops", "2", "2", FIELD(s.sound.background_loops), "0" },
    { "background_file_volume", "-20", "-20", FIELD(s.sound.background_volume), "-51" },
    { "hold_music", R"x("tone_stream://%(1,1,440)")x", "tone_stream://%(1,1,440)", FIELD(s.sound.hold_music), "{}" },
    { "hold_on_process", "true", "true", FIELD(s.tool_settings.hold_on_process), "{}" },
    { "static_greeting", R"("Hello")", "Hello", FIELD(s.greeting.text), "{}" },
    { "static_greeting_no_barge", "true", "false", FIELD(s.greeting.may_interrupt), "{}" },
    { "wait_for_user", "true", "true", FIELD(s.greeting.wait_for_user), "{}" },
    { "initial_sleep_ms", "1500", "1500", FIELD(s.greeting.initial_sleep), "300001" },
    { "start_paused", "true", "true true", FIELD(s.pause.start_paused, s.pause.enabled), "{}" },
    { "enable_barge", R"("complete")", "true false", FIELD(s.turn.barge_on_final, s.turn.barge_on_interim),
        R"("perhaps")" },
    { "barge_min_words", "3", "3", FIELD(s.turn.barge_min_words), "100" },
    { "barge_match_string", R"("stop|halt")", "stop|halt", FIELD(s.turn.barge_match), R"("(")" },
    { "barge_functions", "false", "false", FIELD(s.interruption.tools_may_run), "{}" },
    { "transparent_barge", "false", "false", FIELD(s.turn.transparent_barge), "{}" },
    { "transparent_barge_max_time", "0", "0", FIELD(s.turn.transparent_barge_within), "60001" },
    { "acknowledge_interruptions", "2", "2", FIELD(s.interruption.acknowledge), "-1" },
    { "interrupt_prompt", R"("Sorry")", "Sorry", FIELD(s.interruption.prompt), "{}" },
    { "interrupt_on_noise", "true", "1000", FIELD(s.turn.noise), R"("perhaps")" },
    { "attention_timeout", "20000", "20000", FIELD(s.turn.attention), "9999" },
    { "attention_timeout_prompt", R"("Wake up")", "Wake up", FIELD(s.silence.attention_prompt), "{}" },
    { "outbound_attention_timeout", "20000", "20000", FIELD(s.silence.outbound_attention), "9999" },
    { "attention_escalate_prompt", R"("Hello?")", "Hello?", FIELD(s.silence.escalate_prompt), "{}" },
    { "escalate_after_turns", "2", "2", FIELD(s.silence.escalate_after_turns), "-1" },
    { "escalate_after_ms", "30000", "30000", FIELD(s.silence.escalate_after), "-1" },
    { "inactivity_timeout", "10000", "10000", FIELD(s.silence.inactivity), "0" },
    { "hard_stop_time", R"("1h45m30s")", "6330000", FIELD(s.silence.hard_stop), R"("30")" },
    { "hard_stop_prompt", R"("Bye")", "Bye", FIELD(s.silence.hard_stop_prompt), "{}" },
    { "functions_on_no_response", "true", "true", FIELD(s.silence.tools_on_no_response), "{}" },
    { "swaig_allow_swml", "false", "false", FIELD(s.tool_settings.allow_swml), "{}" },
    { "swaig_allow_settings", "false", "false", FIELD(s.tool_settings.allow_settings), "{}" },
    { "swaig_set_global_data", "false", "false", FIELD(s.tool_settings.allow_global_data), "{}" },
    { "swaig_post_conversation", "true", "true", FIELD(s.tool_settings.post_conversation), "{}" },
    { "swaig_post_swml_vars", R"(["a","b"])", "true a,b",
        FIELD(s.tool_settings.post_variables, s.tool_settings.post_only), "{}" },
    { "function_wait_for_talking", "true", "true", FIELD(s.tool_settings.wait_for_talking), "{}" },
    { "persist_global_data", "false", "false", FIELD(s.tool_settings.persist_global_data), "{}" },
    { "digit_timeout", "1000", "1000", FIELD(s.digits.timeout), "30001" },
    { "digit_terminators", R"("*#")", "*#", FIELD(s.digits.terminators), "{}" },
    { "input_poll_freq", "5000", "5000", FIELD(s.tool_settings.input_poll), "999" },
    { "save_conversation", "true", "true", FIELD(s.reporting.save_conversation), "{}" },
    { "transfer_summary", "true", "true", FIELD(s.reporting.transfer_summary), "{}" },
    { "enable_pause", "true", "true", FIELD(s.pause.enabled), "{}" },
    { "speak_when_spoken_to", "true", "true", FIELD(s.pause.only_when_named), "{}" },
    { "wake_prefix", R"("hey")", "hey", FIELD(s.pause.prefix), "{}" },
    { "debug_webhook_url", R"("http://u:p@x/d/")", "http://u:p@x/d/", FIELD(s.reporting.debug_url), "{}" },
    { "debug_webhook_level", "2", "2", FIELD(s.reporting.debug_level), "3" },
    { "debug", "1", "true", FIELD(s.reporting.verbose), "{}" },
    { "verbose_logs", "true", "true", FIELD(s.reporting.verbose), "{}" },
};

#undef FIELD

class EachParameter : public testing::TestWithParam<Case> { };

TEST_P(EachParameter, ChangesItsFieldAndNothingWithoutCause)
{
    const auto& one = GetParam();
    const auto standard = one.field(with("someday", "1").spec);
    EXPECT_NE(standard, one.expected) << "the test would see nothing";

    const auto [spec, warnings] = with(one.key, one.value);
    EXPECT_EQ(one.field(spec), one.expected);
    EXPECT_THAT(warnings, IsEmpty());

    const auto refused = with(one.key, one.refused);
    EXPECT_EQ(one.field(refused.spec), standard) << "out of range: the default stays";
    ASSERT_EQ(refused.warnings.size(), 1U);
    EXPECT_THAT(refused.warnings[0], testing::StartsWith("params." + std::string(one.key) + ": "));
}

// swml-ai 13: numbers and booleans may be texts.
TEST_P(EachParameter, MayBeWrittenAsAText)
{
    const auto& one = GetParam();
    const std::string value = one.value;
    if (value[0] == '"' || value[0] == '[')
        return; // A text or a list already.
    const auto [spec, warnings] = with(one.key, '"' + value + '"');
    EXPECT_EQ(one.field(spec), one.expected);
    EXPECT_THAT(warnings, IsEmpty());
    if (value == "true" || value == "false") {
        const auto word = with(one.key, value == "true" ? R"("Enabled")" : R"("OFF")");
        EXPECT_EQ(one.field(word.spec), one.expected);
        EXPECT_THAT(word.warnings, IsEmpty());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Params, EachParameter, testing::ValuesIn(cases), [](const auto& info) { return std::string(info.param.key); });

bool taken(const AiParameter& parameter)
{
    return !std::holds_alternative<Ignored>(parameter.takes);
}

TEST(AiParameters, EachThatIsTakenIsTestedAndEachHasOnePlace)
{
    std::set<std::string_view> keys, tested;
    for (const auto& one : cases)
        tested.insert(one.key);
    tested.insert("pom_format"); // In ai_object_test.cc, where prompts are.
    for (const auto& parameter : ai_parameters()) {
        EXPECT_TRUE(keys.insert(parameter.key).second) << parameter.key;
        EXPECT_EQ(tested.contains(parameter.key), taken(parameter)) << parameter.key;
        EXPECT_FALSE(parameter.meaning.empty()) << parameter.key;
    }
}

TEST(AiParameters, TheDefaultsAreThoseOfTheTable)
{
    const auto standard = with("someday", "1").spec;
    for (const auto& parameter : ai_parameters()) {
        if (!taken(parameter) || parameter.standard.empty() || parameter.standard == "built in")
            continue;
        const auto one = std::ranges::find(cases, parameter.key, [](const Case& c) { return std::string_view(c.key); });
        if (one == std::end(cases) || parameter.key == "digit_terminators") // Empty means `#`.
            continue;
        const auto [spec, warnings] = with(parameter.key, Json(parameter.standard).dump());
        if (parameter.key == "attention_timeout") { // Its default is below what may be set.
            EXPECT_EQ(warnings.size(), 1U);
            EXPECT_EQ(one->field(spec), parameter.standard);
            continue;
        }
        EXPECT_EQ(one->field(spec), one->field(standard)) << parameter.key;
        EXPECT_THAT(warnings, IsEmpty()) << parameter.key;
    }
}

TEST(AiParameters, WhatIsIgnoredIsIgnoredInSilence)
{
    for (const auto& parameter : ai_parameters()) {
        if (taken(parameter))
            continue;
        EXPECT_THAT(with(parameter.key, R"({"a":[1,"x"]})").warnings, IsEmpty()) << parameter.key;
    }
}

TEST(AiParameters, AttentionMayBeSwitchedOff)
{
    EXPECT_EQ(with("attention_timeout", "0").spec.turn.attention, Duration::zero());
    EXPECT_EQ(with("attention_timeout", R"("0")").spec.turn.attention, Duration::zero());
    EXPECT_THAT(with("attention_timeout", "5000").warnings,
        ElementsAre("params.attention_timeout: must be between 10000 and 600000, the default stays"));
}

// swml-ai 90
TEST(AiParameters, HardStopTimes)
{
    EXPECT_EQ(parse_hard_stop("30s"), Duration(30s));
    EXPECT_EQ(parse_hard_stop("2m"), Duration(120s));
    EXPECT_EQ(parse_hard_stop("1h"), Duration(3600s));
    EXPECT_EQ(parse_hard_stop("1h30s"), Duration(3630s));
    for (const char* wrong :
        { "", "0s", "30", "s", "1s1m", "1m1m", "-1s", "+1s", "1.5h", "25h", "1h ", "99999999999999999999s" })
        EXPECT_EQ(parse_hard_stop(wrong), std::nullopt) << wrong;
}

TEST(AiParameters, Booleans)
{
    EXPECT_EQ(with("acknowledge_interruptions", "true").spec.interruption.acknowledge, -1);
    EXPECT_EQ(with("acknowledge_interruptions", "false").spec.interruption.acknowledge, 0);
    EXPECT_EQ(with("conscience", "false").spec.thinking.conscience, "");
    EXPECT_EQ(with("conscience", R"("false")").spec.thinking.conscience, "");
    EXPECT_EQ(with("conscience", "true").spec.thinking.conscience, default_conscience);
    EXPECT_TRUE(with("swaig_post_swml_vars", "true").spec.tool_settings.post_variables);
    EXPECT_FALSE(with("swaig_post_swml_vars", "[]").spec.tool_settings.post_variables);
    EXPECT_EQ(with("speech_timeout", "0").spec.turn.turn_limit, Duration(600s));
}

TEST(AiParameters, SpeakingWhenSpokenToIsNoPause)
{
    auto parsed = parse_ai_object(
        Json::parse(R"({"prompt":"x","params":{"enable_pause":true,"speak_when_spoken_to":true}})")->as_object());
    EXPECT_FALSE(parsed->spec.pause.enabled);
    EXPECT_TRUE(parsed->spec.pause.only_when_named);
}

TEST(AiParameters, ASeedHasNoLooseEnds)
{
    const auto seed = with("convo", R"([{"role":"tool","content":"lost","tool_call_id":"0"},
        {"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","content":"r","tool_call_id":"1"},
        {"role":"assistant","content":"said","tool_calls":[{"id":"2","function":{"name":"f"}}]},
        {"role":"user","content":"thanks","lang":"en"},{"role":"narrator","content":"x"},7])");
    ASSERT_EQ(seed.spec.thinking.seed.size(), 4U);
    EXPECT_EQ(seed.spec.thinking.seed[0].tool_calls.size(), 1U);
    EXPECT_EQ(seed.spec.thinking.seed[1].content, "r");
    EXPECT_EQ(seed.spec.thinking.seed[2].content, "said");
    EXPECT_TRUE(seed.spec.thinking.seed[2].tool_calls.empty());
    EXPECT_EQ(seed.spec.thinking.seed[3].content, "thanks");
    EXPECT_EQ(seed.warnings.size(), 2U);
}

// ---- The page ------------------------------------------------------------------------------------------------------

std::string number(double value)
{
    return Json(value).dump();
}

std::string range_of(const AiParameter& parameter)
{
    const auto most = [](int value) { return value == no_limit ? std::string() : " to " + std::to_string(value); };
    return std::visit(
        [&]<typename T>(const T& row) -> std::string {
            if constexpr (std::is_same_v<T, Milliseconds>)
                return std::string(row.zero ? "0, or " : "") + number(row.least) + " to " + number(row.most) + " ms";
            else if constexpr (std::is_same_v<T, Number>)
                return number(row.least) + " to " + number(row.most);
            else if constexpr (std::is_same_v<T, Whole>)
                return std::to_string(row.least) + (row.most == no_limit ? " or more" : most(row.most));
            else if constexpr (std::is_same_v<T, Flag>)
                return "boolean";
            else if constexpr (std::is_same_v<T, Text>)
                return "text";
            else if constexpr (std::is_same_v<T, Ignored>)
                return "";
            else
                return std::string(row.type) + (row.range.empty() ? "" : ": ") + std::string(row.range);
        },
        parameter.takes);
}

std::string page()
{
    std::string text = R"(# Parameters of an agent

The member `params` of the [`ai` object](ai-session.md). This page is written by a test out of the table that the server
reads them by (`PARLEY_WRITE_DOCS=1 ./dev test swaig` writes it again).

Numbers and booleans may be texts: `"700"`, `"true"`, `"yes"`, `"on"`, `"enabled"`. A value that cannot be taken keeps the
default and is named, once, in `warnings` of the answer. What is not listed here is passed over without a word, and so is
all of the last table.
)";
    std::string_view group;
    for (const auto& parameter : ai_parameters()) {
        if (!taken(parameter))
            continue;
        if (parameter.group != group)
            text += "\n## " + std::string(parameter.group)
                + "\n\n| parameter | takes | default | meaning |\n|---|---|---|---|\n";
        group = parameter.group;
        text += "| `" + std::string(parameter.key) + "` | " + range_of(parameter) + " | "
            + (parameter.standard.empty() ? "" : "`" + std::string(parameter.standard) + "`") + " | "
            + std::string(parameter.meaning) + " |\n";
    }
    text += "\n## Accepted, and without effect\n\n| parameter | why |\n|---|---|\n";
    for (const auto& parameter : ai_parameters()) {
        if (!taken(parameter))
            text += "| `" + std::string(parameter.key) + "` | " + std::string(parameter.meaning) + " |\n";
    }
    text += "\nSo are the settings of single voice services (`<engine>_key`, `<engine>_model`, "
            "`<engine>_stream_first`,\n"
            "`speechify_*`): voices are the server's, see [speech.md](speech.md).\n";
    return text;
}

TEST(AiParameters, ThePageIsTheTable)
{
    constexpr const char* path = "docs/ai-params.md";
    if (std::getenv("PARLEY_WRITE_DOCS") != nullptr)
        std::ofstream(path) << page();
    std::stringstream committed;
    committed << std::ifstream(path).rdbuf();
    EXPECT_EQ(committed.str(), page()) << "write it again: PARLEY_WRITE_DOCS=1 ./dev test swaig";
}

} // namespace
} // namespace parley::swaig
