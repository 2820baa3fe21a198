#include "swaig/languages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Read {
    std::vector<LanguageSpec> languages;
    MultilingualSpec multilingual;
    std::vector<std::string> warnings;
};

Read read(std::string_view text)
{
    Read result;
    auto parsed = parse_languages(Json::parse(text)->as_object(), result.warnings);
    EXPECT_TRUE(parsed) << text;
    result.languages = std::move(parsed->languages);
    result.multilingual = std::move(parsed->multilingual);
    return result;
}

std::string codes(const Read& read)
{
    std::string text;
    for (const auto& language : read.languages)
        text += (text.empty() ? "" : " ") + language.code + "=" + language.voice;
    return text;
}

TEST(Languages, WithoutAListEnglishIsSpokenByTheVoiceThatIsNamed)
{
    const auto english = read(R"({"voice":"rachel","engine":"elevenlabs"})");
    EXPECT_EQ(codes(english), "en-US=rachel");
    EXPECT_EQ(english.languages[0].name, "English");
    EXPECT_EQ(english.languages[0].engine, "elevenlabs");
    EXPECT_EQ(codes(read("{}")), "en-US=");
}

TEST(Languages, AVoiceIsNamedInOneWordOrInSeveral)
{
    const auto voice_of = [](std::string_view members) {
        const auto one = read(R"({"languages":[{"name":"E","code":"en",)" + std::string(members) + "}]}").languages[0];
        return one.engine + "|" + one.voice + "|" + one.model;
    };
    EXPECT_EQ(voice_of(R"("voice":"gcloud.en-US-Neural2-F")"), "gcloud|en-US-Neural2-F|");
    EXPECT_EQ(voice_of(R"("voice":"rime.spore:mistv2","model":"old")"), "rime|spore|mistv2");
    EXPECT_EQ(voice_of(R"("voice":"spore","engine":"rime","model":"mistv2")"), "rime|spore|mistv2");
    EXPECT_EQ(voice_of(R"("voice":"rime.spore","engine":"rime")"), "rime|spore|");
    EXPECT_EQ(voice_of(R"("voice":"en.US","engine":"rime")"), "rime|en.US|");
}

TEST(Languages, AnEntryWithoutNameCodeOrVoiceIsPassedOver)
{
    const auto some = read(R"({"languages":[{"name":"None"},{"name":"Spanish","code":["es-MX","es"],"voice":"lola",
        "params":{"speed":1.1}},{"name":"Old","listen_language":"de","voice":"hans"}]})");
    EXPECT_EQ(codes(some), "es-MX=lola de=hans");
    EXPECT_EQ(Json(some.languages[0].voice_params).dump(), R"({"speed":1.1})");
    EXPECT_THAT(some.warnings, ElementsAre("languages[0]: needs name, code and voice, left out"));
}

TEST(Languages, FillersHaveAnOlderSpelling)
{
    const auto one = read(R"({"languages":[{"name":"E","code":"en","voice":"v","speech_fillers":["hm"],
        "fillers":["old"]},{"name":"F","code":"fr","voice":"v","function_fillers":{"fr":["un"]},"fillers":["old"],
        "pronounce":[{"replace":"a","with":"b"}]}]})");
    EXPECT_EQ(one.languages[0].speech_fillers, (FillerMap { { "default", { "hm" } } }));
    EXPECT_EQ(one.languages[0].function_fillers, (FillerMap { { "default", { "old" } } }));
    EXPECT_EQ(one.languages[1].function_fillers, (FillerMap { { "fr", { "un" } } }));
    EXPECT_EQ(one.languages[1].pronounce.size(), 1U);
    EXPECT_THAT(one.warnings, IsEmpty());
}

TEST(Multilingual, WinsOverLanguages)
{
    const auto one = read(R"({"languages":[{"name":"E","code":"en","voice":"v"}],"multilingual":{"languages":[
        {"language":"default","voice":"multi"},{"language":"es","voice":"lola"},{"language":"fr"}],
        "allowed":["es","fr",7],"min_switch_words":"3","start_language":"es","fillers":["hm"],
        "function_fillers":{"es":["uno"]}}})");
    EXPECT_TRUE(one.multilingual.on);
    EXPECT_EQ(codes(one), "es=lola default=multi fr=multi");
    EXPECT_THAT(one.multilingual.allowed, ElementsAre("es", "fr"));
    EXPECT_EQ(one.multilingual.min_switch_words, 3);
    EXPECT_EQ(one.languages[0].speech_fillers, (FillerMap { { "auto", { "hm" } } }));
    EXPECT_EQ(one.languages[0].function_fillers, (FillerMap { { "es", { "uno" } } }));
    EXPECT_THAT(one.warnings, ElementsAre("languages: multilingual is given, left out"));
}

TEST(Multilingual, StartsInEnglishByTheBaseVoice)
{
    const auto one = read(R"({"multilingual":{"languages":[{"language":"es","voice":"lola"}],"min_switch_words":0}})");
    EXPECT_EQ(codes(one), "en=lola es=lola");
    EXPECT_EQ(one.multilingual.min_switch_words, 2);
}

TEST(Multilingual, WithoutABaseVoiceOnlyEnglishIsSpoken)
{
    const auto one
        = read(R"({"voice":"v","multilingual":{"languages":[{"language":"es"},{"language":"fr","voice":"x"}]}})");
    EXPECT_FALSE(one.multilingual.on);
    EXPECT_EQ(codes(one), "en-US=v");
    EXPECT_EQ(one.warnings.size(), 1U);
    EXPECT_FALSE(read(R"({"multilingual":{}})").multilingual.on);
}

} // namespace
} // namespace parley::swaig
