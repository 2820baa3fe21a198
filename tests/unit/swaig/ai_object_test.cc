#include "swaig/ai_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ParsedAi parse(std::string_view text)
{
    auto json = Json::parse(text);
    EXPECT_TRUE(json) << text;
    auto parsed = parse_ai_object(json->as_object());
    EXPECT_TRUE(parsed) << parsed.error().what;
    return std::move(*parsed);
}

// The rest of an `ai` object beside a sound prompt.
ParsedAi with(std::string_view rest)
{
    return parse(R"({"prompt":{"text":"be kind"},)" + std::string(rest) + "}");
}

std::string error(std::string_view text)
{
    auto parsed = parse_ai_object(Json::parse(text)->as_object());
    return parsed ? "" : parsed.error().what;
}

TEST(AiObject, DefaultsAreTheWiresOwn)
{
    const auto [spec, warnings] = parse(R"({"prompt":{"text":"be kind"}})");
    EXPECT_EQ(spec.prompt.text, "be kind");
    EXPECT_EQ(spec.prompt.confidence, 0.6);
    EXPECT_FALSE(spec.prompt.options.temperature);
    EXPECT_EQ(spec.turn.end_of_speech, Duration(700ms));
    EXPECT_EQ(spec.turn.attention, Duration(5000ms));
    EXPECT_EQ(spec.app_name, "swml app");
    ASSERT_EQ(spec.languages.size(), 1U);
    EXPECT_EQ(spec.languages[0].code, "en-US");
    EXPECT_TRUE(spec.report.hook.url.empty());
    EXPECT_THAT(warnings, IsEmpty());
}

TEST(AiObject, PromptSettings)
{
    const auto spec
        = parse(R"({"prompt":{"text":"x","temperature":"0.3","top_p":0.9,"max_tokens":"100","presence_penalty":-1,
            "frequency_penalty":1,"confidence":0.5,"barge_confidence":0.4,"model":"m"}})")
              .spec;
    EXPECT_EQ(spec.prompt.options, (ModelOptions { "m", 0.3, 0.9, -1.0, 1.0, 100 }));
    EXPECT_EQ(spec.prompt.confidence, 0.5);
    EXPECT_EQ(spec.prompt.barge_confidence, 0.4);
    EXPECT_EQ(spec.turn.barge_confidence, 0.4);
}

TEST(AiObject, TurnDetection)
{
    EXPECT_TRUE(parse(R"({"prompt":{"text":"x"}})").spec.turn.turn_detection);
    const auto off = with(R"("params":{"enable_turn_detection":"off","turn_detection_timeout":"0"})");
    EXPECT_FALSE(off.spec.turn.turn_detection);
    EXPECT_EQ(off.spec.turn.turn_detection_pause, Duration::zero());
    EXPECT_THAT(off.warnings, IsEmpty());
    EXPECT_FALSE(with(R"("params":{"turn_detection":false})").spec.turn.turn_detection);
    EXPECT_TRUE(with(R"("params":{"enable_turn_detection":"punct_only"})").spec.turn.turn_detection);

    const auto acoustic = with(R"("params":{"enable_turn_detection":"acoustic_only"})");
    EXPECT_FALSE(acoustic.spec.turn.turn_detection);
    EXPECT_THAT(
        acoustic.warnings, ElementsAre("params.enable_turn_detection: acoustic_only is not available, taken as off"));
    const auto wrong = with(R"("params":{"enable_turn_detection":"perhaps","turn_detection_timeout":10001})");
    EXPECT_TRUE(wrong.spec.turn.turn_detection);
    EXPECT_EQ(wrong.spec.turn.turn_detection_pause, Duration(250ms));
    EXPECT_EQ(wrong.warnings.size(), 2U);
}

TEST(AiObject, WhatStandsAtThePromptWinsOverTheParameters)
{
    const auto spec = parse(R"({"prompt":{"text":"x","temperature":0.1,"model":"a"},
        "params":{"temperature":0.9,"confidence":0.2,"barge_confidence":"0.7","ai_model":"b"},"post_prompt":"sum up"})")
                          .spec;
    EXPECT_EQ(spec.prompt.options.temperature, 0.1);
    EXPECT_EQ(spec.prompt.confidence, 0.2);
    EXPECT_EQ(spec.turn.barge_confidence, 0.7);
    EXPECT_EQ(spec.prompt.options.model, "a");
    EXPECT_EQ(spec.report.prompt.options.model, "b");
}

TEST(AiObject, APromptMustBeThereUnlessThereAreContexts)
{
    EXPECT_EQ(error("{}"), "prompt: is missing");
    EXPECT_EQ(error(R"({"prompt":null})"), "prompt: is missing");
    EXPECT_EQ(error(R"({"prompt":7})"), "prompt: is missing");
    EXPECT_EQ(error(R"({"prompt":{}})"), "prompt.text: is missing");
    EXPECT_EQ(error(R"({"prompt":{"text":[]}})"), "prompt.text: is missing");
    EXPECT_EQ(parse(R"({"prompt":"be kind"})").spec.prompt.text, "be kind");
    EXPECT_EQ(parse(R"({"prompt":{"text":7}})").spec.prompt.text, "7");
    EXPECT_EQ(parse(R"({"prompt":{"contexts":{"default":{"steps":[{"name":"a","text":"greet"}]}}}})")
                  .spec.contexts.contexts.size(),
        1U);
}

// swml-ai 14
TEST(AiObject, WhateverElseIsWrongDoesNotEndTheCall)
{
    for (const auto& [member, what] : std::initializer_list<std::pair<const char*, const char*>> {
             { R"("SWAIG":7)", "SWAIG: must be an object or an array of functions, left out" },
             { R"("params":[])", "params: must be an object, left out" },
             { R"("global_data":"x")", "global_data: must be an object, left out" },
             { R"("languages":{})", "languages: must be an array, left out" },
             { R"("hints":8)", "hints: must be a string or an object, left out" },
             { R"("pronounce":1)", "pronounce[0].replace: is missing, left out" },
             { R"("post_prompt":1)", "post_prompt: must be an object or a string, left out" },
             { R"("post_prompt_url":1)", "post_prompt_url: must be a string, left out" },
             { R"("params":{"pom_format":"html"})", "params.pom_format: must be markdown or xml, the default stays" },
         })
        EXPECT_THAT(with(member).warnings, ElementsAre(what));
    EXPECT_THAT(with(R"("someday":{"a":[1]},"params":{"someday":true})").warnings, IsEmpty());
    EXPECT_EQ(error(R"({"prompt":"x","multilingual":[]})"), "multilingual: must be an object");
}

// swml-ai 7, 8
TEST(AiObject, APromptMayBeSections)
{
    const auto spec = parse(R"({"prompt":{"text":"unused","pom":[
        {"title":"Role","body":"You are kind.","bullets":["short","warm"],"subsections":[{"title":"Limits","body":"None."}]},
        {"title":"Steps","bullets":["one","two"],"numberedBullets":true}]}})")
                          .spec;
    EXPECT_EQ(spec.prompt.text,
        "\n## Role\n\nYou are kind.\n\n- short\n- warm\n\n### Limits\n\nNone.\n\n## Steps\n\n1. one\n2. two\n");
    const auto broken = parse(R"({"prompt":{"text":"used","pom":[{"title":"a"},7]}})");
    EXPECT_EQ(broken.spec.prompt.text, "used");
    EXPECT_THAT(broken.warnings, ElementsAre("prompt.pom[1]: must be an object, left out"));
}

// swml-ai 13, 14
TEST(AiObject, SectionsMayBeXml)
{
    const auto spec = parse(R"({"params":{"pom_format":"xml"},"prompt":{"pom":[{"title":"A & B","numbered":true,
        "body":"x < y","bullets":["one"],"subsections":[{"title":"C"}]}]}})")
                          .spec;
    EXPECT_EQ(spec.prompt.text,
        "<section>\n  <title>1. A &amp; B</title>\n  <body>x &lt; y</body>\n  <bullets>\n    <bullet>one</bullet>\n"
        "  </bullets>\n  <section>\n    <title>C</title>\n  </section>\n</section>\n");
}

TEST(AiObject, TimesAreReadAsNumbersOrStringsAndKeptWhenOutOfRange)
{
    const auto [spec, warnings] = with(
        R"("params":{"end_of_speech_timeout":"500","first_word_timeout":0,"attention_timeout":0,"speech_timeout":"soon"})");
    EXPECT_EQ(spec.turn.end_of_speech, Duration(500ms));
    EXPECT_EQ(spec.turn.first_word, Duration::zero());
    EXPECT_EQ(spec.turn.attention, Duration::zero());
    EXPECT_EQ(spec.turn.turn_limit, Duration(60'000ms));
    EXPECT_THAT(warnings, ElementsAre("params.speech_timeout: must be a number, the default stays"));
    EXPECT_THAT(with(R"("params":{"end_of_speech_timeout":249,"attention_timeout":600001})").warnings,
        ElementsAre("params.end_of_speech_timeout: must be between 250 and 10000, the default stays",
            "params.attention_timeout: must be between 10000 and 600000, the default stays"));
    EXPECT_EQ(with(R"("params":{"end_of_speech_timeout":249})").spec.turn.end_of_speech, Duration(700ms));
}

// swml-ai 85
TEST(AiObject, BargeParameters)
{
    const auto barge = [](std::string_view value) {
        const auto turn = with(R"("params":{"enable_barge":)" + std::string(value) + "}").spec.turn;
        return std::vector { turn.barge, turn.barge_on_final, turn.barge_on_interim };
    };
    EXPECT_THAT(barge("false"), ElementsAre(false, false, false));
    EXPECT_THAT(barge("\"off\""), ElementsAre(false, false, false));
    EXPECT_THAT(barge("\"true\""), ElementsAre(true, true, true));
    EXPECT_THAT(barge("\"complete\""), ElementsAre(true, true, false));
    EXPECT_THAT(barge("\"partial\""), ElementsAre(true, false, true));
    EXPECT_THAT(barge("\"complete,partial\""), ElementsAre(true, true, true));
    EXPECT_THAT(barge("\"perhaps\""), ElementsAre(true, true, true));
    const auto spec = with(
        R"("params":{"barge_min_words":"3","barge_match_string":"stop","interrupt_on_noise":"yes","wait_for_user":1})")
                          .spec;
    EXPECT_EQ(spec.turn.barge_min_words, 3);
    EXPECT_EQ(spec.turn.barge_match, "stop");
    EXPECT_EQ(spec.turn.noise, Duration(1000ms));
    EXPECT_TRUE(spec.greeting.wait_for_user);
    EXPECT_THAT(with(R"("params":{"barge_min_words":0,"wait_for_user":{}})").warnings,
        ElementsAre("params.wait_for_user: must be a boolean, the default stays",
            "params.barge_min_words: must be between 1 and 99, the default stays"));
}

TEST(AiObject, TextParameters)
{
    const auto spec = with(R"("params":{"app_name":"shop","conversation_id":"a/b c_1","static_greeting":"Hello",
        "attention_timeout_prompt":"Wake them","unknown":[1]})")
                          .spec;
    EXPECT_EQ(spec.app_name, "shop");
    EXPECT_EQ(spec.conversation_id, "abc_1");
    EXPECT_EQ(spec.greeting.text, "Hello");
    EXPECT_EQ(spec.silence.attention_prompt, "Wake them");
}

// swml-ai 69
TEST(AiObject, TheReportsAddressTakesItsCredentialsFromEitherPlace)
{
    EXPECT_EQ(with(R"("post_prompt_url":"https://u:p:q@x.test/r?a=b@c")").spec.report.hook,
        (WebHook { "https://x.test/r?a=b@c", "u", "p:q" }));
    EXPECT_EQ(
        with(R"("post_prompt_url":"https://x.test/r","post_prompt_auth_user":"u","post_prompt_auth_password":"p")")
            .spec.report.hook,
        (WebHook { "https://x.test/r", "u", "p" }));
    EXPECT_EQ(with(R"("post_prompt":"sum up")").spec.report.prompt.text, "sum up");
    EXPECT_EQ(with(R"("post_prompt":{"text":"sum up","temperature":0})").spec.report.prompt.options.temperature, 0.0);
}

TEST(AiObject, HintsPronounceAndGlobalData)
{
    const auto [spec, warnings] = with(R"("hints":["Tulsa",{"hint":"Parley","pattern":"parl(e|i)y","replace":"Parley",
        "ignore_case":"true"},7,{"pattern":"(","replace":"x"},{"pattern":"a","replace":"b"}],
        "pronounce":[{"replace":"SIP","with":"sip"},{"with":"nothing"},{"replace":"a","with":"b","ignore_case":"false"}],
        "global_data":{"tier":"gold"})");
    EXPECT_THAT(spec.hints, ElementsAre("Tulsa", "Parley"));
    EXPECT_THAT(
        spec.hearing_hints, ElementsAre(HearingHint { "parl(e|i)y", "Parley", true }, HearingHint { "a", "b", false }));
    ASSERT_EQ(spec.pronounce.size(), 2U);
    EXPECT_TRUE(spec.pronounce[0].ignore_case);
    EXPECT_FALSE(spec.pronounce[1].ignore_case);
    EXPECT_EQ(spec.global_data.find("tier")->as_string(), "gold");
    ASSERT_EQ(warnings.size(), 3U);
    EXPECT_EQ(warnings[0], "hints[2]: must be a string or an object, left out");
    EXPECT_THAT(warnings[1], testing::StartsWith("hints[3].pattern: "));
    EXPECT_EQ(warnings[2], "pronounce[1].replace: is missing, left out");
    EXPECT_THAT(with(R"("hints":"Tulsa")").spec.hints, ElementsAre("Tulsa"));
}

TEST(AiObject, Languages)
{
    const auto [spec, warnings] = with(R"("languages":[{"name":"None"},
        {"name":"English","code":"en-US","voice":"gcloud.en-US-Neural2-F:m"},
        {"name":"Spanish","code":["es-MX","es"],"voice":"lola","engine":"polly"}])");
    ASSERT_EQ(spec.languages.size(), 2U);
    EXPECT_EQ(spec.languages[0].engine, "gcloud");
    EXPECT_EQ(spec.languages[0].voice, "en-US-Neural2-F");
    EXPECT_EQ(spec.languages[1].code, "es-MX");
    EXPECT_EQ(spec.languages[1].engine, "polly");
    EXPECT_EQ(spec.languages[1].voice, "lola");
    EXPECT_THAT(warnings, ElementsAre("languages[0]: needs name, code and voice, left out"));
}

// swml-ai 16, 20, 21
TEST(AiObject, FunctionsAreRegisteredByTheirRule)
{
    const auto [spec, warnings]
        = with(R"("SWAIG":{"defaults":{"web_hook_url":"https://d.test/","web_hook_auth_user":"u",
        "web_hook_auth_pass":"p"},"functions":[
        {"function":"weather","description":"Get it","parameters":{"type":"object","properties":{"city":{"type":"string"}}}},
        {"name":"older","purpose":"Old spelling","argument":{"type":"object"},"web_hook_url":"https://a:b@o.test/x?t=1","meta_data":{"k":1},"meta_data_token":"tok"},
        {"function":"silent"},
        {"function":"hangup_hook","description":"x"},
        {"function":"weather","description":"again"},
        {"function":"sleeping","description":"x","active":"false"},
        9]})");
    ASSERT_EQ(spec.tools.size(), 3U);
    EXPECT_EQ(spec.tools[0].name, "weather");
    EXPECT_EQ(spec.tools[0].hook, (WebHook { "https://d.test/", "u", "p" }));
    EXPECT_EQ(spec.tools[0].parameters.dump(), R"({"type":"object","properties":{"city":{"type":"string"}}})");
    EXPECT_EQ(spec.tools[0].meta_data_token.size(), 32U);
    EXPECT_EQ(spec.tools[0].meta_data.dump(), "{}");
    EXPECT_EQ(spec.tools[1].name, "older");
    EXPECT_EQ(spec.tools[1].description, "Old spelling");
    EXPECT_EQ(spec.tools[1].hook, (WebHook { "https://o.test/x?t=1", "a", "b" }));
    EXPECT_EQ(spec.tools[1].meta_data.dump(), R"({"k":1})");
    EXPECT_EQ(spec.tools[1].meta_data_token, "tok");
    EXPECT_TRUE(spec.tools[1].author_token);
    EXPECT_FALSE(spec.tools[0].author_token);
    EXPECT_EQ(spec.tools[2].name, "sleeping"); // An action may wake it up.
    EXPECT_EQ(spec.tools[2].uses_left, 0);
    EXPECT_EQ(spec.tools[1].uses_left, std::nullopt);
    ASSERT_EQ(spec.hooks.size(), 1U);
    EXPECT_EQ(spec.hooks[0].name, "hangup_hook");
    EXPECT_EQ(spec.hooks[0].hook.url, "https://d.test/");
    EXPECT_THAT(warnings,
        ElementsAre("SWAIG.functions[2].description: is missing, function left out",
            "SWAIG.functions[4].function: weather was declared before, left out",
            "SWAIG.functions[6]: not an object, left out"));
}

TEST(AiObject, FunctionsMayBeABareArrayAndNeedAWebhook)
{
    const auto [spec, warnings] = with(R"("SWAIG":[{"function":"a","description":"x","web_hook_url":"https://x.test"},
        {"function":"b","description":"x"},{"function":"c","description":"x","data_map":{}}])");
    ASSERT_EQ(spec.tools.size(), 2U);
    EXPECT_EQ(spec.tools[0].parameters.dump(), R"({"type":"object","properties":{}})");
    EXPECT_EQ(spec.tools[1].name, "c");
    EXPECT_TRUE(spec.tools[1].data_map.is_object());
    EXPECT_NE(spec.tools[1].meta_data_token, spec.tools[0].meta_data_token);
    EXPECT_THAT(warnings, ElementsAre("SWAIG.functions[1].web_hook_url: is missing, function left out"));
}

} // namespace
} // namespace parley::swaig
