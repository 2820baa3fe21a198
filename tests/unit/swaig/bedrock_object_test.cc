#include "swaig/bedrock_object.h"

#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

Json::Object object(std::string_view text)
{
    return Json::parse(text)->as_object();
}

TEST(BedrockObject, IsASessionWithTheVoiceOfItsName)
{
    const auto parsed = parse_bedrock_object(object(
        R"({"prompt":{"text":"You help.","voice_id":"amy","temperature":0.4},"global_data":{"a":1},"post_prompt":"Sum up.",
            "post_prompt_url":"https://x.test/r","SWAIG":{"functions":[{"function":"f","description":"d",
            "web_hook_url":"https://x.test/f"}],"native_functions":["check_time"]}})"));
    ASSERT_TRUE(parsed.has_value());
    const AiSpec& spec = parsed->spec;
    EXPECT_EQ(spec.prompt.text, "You help.");
    EXPECT_EQ(spec.prompt.options.temperature, 0.4);
    ASSERT_EQ(spec.languages.size(), 1U);
    EXPECT_EQ(spec.languages[0].voice, "amy");
    EXPECT_EQ(spec.languages[0].code, "en-GB");
    EXPECT_EQ(spec.app_name, "bedrock");
    EXPECT_EQ(spec.report.hook.url, "https://x.test/r");
    EXPECT_EQ(spec.tools.size(), 1U);
    EXPECT_TRUE(spec.native_functions.empty());
    EXPECT_EQ(spec.silence.hard_stop_prompt,
        "The time limit for this call has been reached. Please wrap up the conversation.");
    EXPECT_TRUE(parsed->warnings.empty());
}

TEST(BedrockObject, MatthewSpeaksWhereNobodyElseIsNamed)
{
    auto parsed = parse_bedrock_object(object(R"({"prompt":{"text":"x"}})"));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->spec.languages[0].voice, "matthew");
    parsed = parse_bedrock_object(object(R"({"prompt":{"text":"x","voice_id":"nobody"}})"));
    EXPECT_EQ(parsed->spec.languages[0].voice, "matthew");
    ASSERT_EQ(parsed->warnings.size(), 1U);
    EXPECT_TRUE(parsed->warnings[0].starts_with("prompt.voice_id"));
}

TEST(BedrockObject, GreetingAndOwnParametersWin)
{
    const auto parsed = parse_bedrock_object(object(
        R"({"prompt":"x","app_name":"shop","greeting_prompt":{"role":"assistant","text":"Welcome."},
            "params":{"hard_stop_prompt":"Enough."}})"));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->spec.app_name, "shop");
    EXPECT_EQ(parsed->spec.greeting.text, "Welcome.");
    EXPECT_EQ(parsed->spec.silence.hard_stop_prompt, "Enough.");
}

TEST(BedrockObject, NeedsAPrompt)
{
    EXPECT_FALSE(parse_bedrock_object({}).has_value());
}

} // namespace
} // namespace parley::swaig
