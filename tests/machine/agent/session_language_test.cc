// Languages: who changes them, what is then spoken and expected, and how words are heard and read out.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> spoken(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& speak : script.all<Speak>())
        texts.push_back(speak.voice.language + "/" + speak.voice.voice + ": " + speak.text);
    return texts;
}

std::vector<std::string> expected_languages(const SessionScript& script)
{
    std::vector<std::string> codes;
    for (const auto& language : script.all<SetLanguage>())
        codes.push_back(language.code);
    return codes;
}

AiSpec bilingual()
{
    auto spec = quiet_spec();
    spec.languages = { { "English", "en-US", "amy", "e" }, { "Spanish", "es-MX", "lola", "e", "m2" } };
    return spec;
}

AiSpec multilingual()
{
    auto spec = quiet_spec();
    spec.languages = { { "en", "en", "amy", "" }, { "default", "default", "multi", "" }, { "es", "es", "lola", "" } };
    spec.multilingual.on = true;
    return spec;
}

Transcript heard(std::string text, std::string language)
{
    Transcript transcript;
    transcript.text = std::move(text);
    transcript.final = true;
    transcript.confidence = 0.9F;
    transcript.language = std::move(language);
    return transcript;
}

const CallLogEntry* logged(const SessionScript& script, CallLogEntry::Role role)
{
    static CallLogEntry entry;
    const auto* post = script.last<PostReport>();
    for (const auto& one : post->report.call_log) {
        if (one.role == role) {
            entry = one;
            return &entry;
        }
    }
    return nullptr;
}

// swml-ai 93: the model changes the language in the middle of its reply; the tag is heard and seen by nobody.
TEST(SessionLanguage, a_tag_changes_voice_and_recogniser_in_mid_stream)
{
    SessionScript script(bilingual());
    script.turn("hi");
    EXPECT_THAT(script.last<AskModel>()->request.messages[0].content, HasSubstr("~LN(English), ~LN(Spanish)"));
    script.model(LmText { "Of course. ~LN(Sp" }).model(LmText { "anish) Claro que si" });
    EXPECT_THAT(expected_languages(script), ElementsAre("es-MX"));
    script.model(LmText { ", con gusto." }).model(LmDone { 1, 1 });
    EXPECT_THAT(spoken(script), ElementsAre("en-US/amy: Of course.", "es-MX/lola: Claro que si, con gusto."));
    EXPECT_EQ(script.last<Speak>()->voice.model, "m2");
    script.played();
    EXPECT_EQ(script.last<AppendMessage>()->content, "Of course. Claro que si, con gusto.");
    script.turn("gracias");
    EXPECT_THAT(script.last<AskModel>()->request.messages[0].content, HasSubstr("You are speaking Spanish now."));
    script.says("De nada.");
    EXPECT_EQ(spoken(script).back(), "es-MX/lola: De nada.") << "it stays";
    script.played().turn("english please").says("~LN(english)Sure. ~LN(Klingon) Qapla.");
    EXPECT_THAT(expected_languages(script), ElementsAre("es-MX", "en-US"));
    EXPECT_EQ(spoken(script).back(), "en-US/amy: Qapla.");
}

TEST(SessionLanguage, one_language_has_no_rules_and_its_tag_is_not_spoken_either)
{
    SessionScript script;
    script.turn("hi");
    EXPECT_EQ(script.last<AskModel>()->request.messages[0].content, "You help.");
    script.says("~LN(English) Hello.");
    EXPECT_THAT(spoken(script), ElementsAre("en-GB/rms: Hello."));
    EXPECT_THAT(expected_languages(script), IsEmpty());
}

// swml-ai 93: the recogniser says which language it is.
TEST(SessionLanguage, the_agent_follows_the_user_who_says_enough)
{
    SessionScript script(multilingual());
    script.event(heard("hola", "es-MX"));
    script.at(3'000).says("Hello.").played();
    EXPECT_EQ(spoken(script).back(), "en/amy: Hello.") << "one word is not enough";
    script.event(heard("hola buenos dias", "es-MX")).at(9'000).says("Hola.").played();
    EXPECT_EQ(spoken(script).back(), "es-MX/lola: Hola.");
    EXPECT_THAT(script.last<AskModel>()->request.messages[0].content, HasSubstr("it is es-MX now"));
    script.event(heard("bonjour a tous", "fr")).at(15'000).says("Bonjour.");
    EXPECT_EQ(spoken(script).back(), "fr/multi: Bonjour.") << "the catch-all";
    EXPECT_THAT(expected_languages(script), IsEmpty()) << "the recogniser goes on expecting any";
}

TEST(SessionLanguage, the_agent_changes_only_to_what_is_allowed)
{
    auto spec = multilingual();
    spec.multilingual.allowed = { "es" };
    SessionScript script(spec);
    script.event(heard("bonjour a tous", "fr")).at(3'000).says("Hello.").played();
    EXPECT_EQ(spoken(script).back(), "en/amy: Hello.");
    script.event(heard("hola buenos dias", "es")).at(9'000).says("Hola.");
    EXPECT_EQ(spoken(script).back(), "es/lola: Hola.");
}

TEST(SessionLanguage, a_filler_is_spoken_before_the_answer)
{
    auto spec = bilingual();
    spec.languages[0].speech_fillers = { { "default", { "Let me see." } } };
    SessionScript script(spec);
    script.turn("hi");
    EXPECT_THAT(spoken(script), ElementsAre("en-US/amy: Let me see."));
    EXPECT_EQ(script.last<AskModel>()->request.messages.size(), 2U) << "the model does not see it yet";
    script.says("Yes.").played();
    EXPECT_THAT(spoken(script), ElementsAre("en-US/amy: Let me see.", "en-US/amy: Yes."));
}

// swml-ai 27: phrases of `auto` are translated.
TEST(SessionLanguage, fillers_are_translated_once_a_language)
{
    auto spec = bilingual();
    for (auto& language : spec.languages)
        language.speech_fillers = { { "auto", { "Let me see." } } };
    SessionScript script(spec);
    script.turn("hi");
    EXPECT_EQ(spoken(script).back(), "en-US/amy: Let me see.");
    script.says("~LN(Spanish) Hola.").played();
    const auto* aside = script.last<AskAside>();
    ASSERT_NE(aside, nullptr);
    EXPECT_THAT(aside->request.messages[0].content, HasSubstr("es-MX"));
    EXPECT_EQ(aside->request.messages[1].content, "Let me see.\n");
    script.event(AsideAnswered { aside->aside, "A ver.\n", "" }).turn("que");
    EXPECT_EQ(spoken(script).back(), "es-MX/lola: A ver.");
    script.says("~LN(English) Hi. ~LN(Spanish) Hola.");
    EXPECT_EQ(script.all<AskAside>().size(), 1U);
}

// swml-ai 93: what was recognised is rewritten before anybody sees it.
TEST(SessionLanguage, hints_rewrite_what_was_heard)
{
    auto spec = quiet_spec();
    spec.hearing_hints = { { "parl(e|i)y", "Parley", true } };
    spec.report.hook.url = "http://report.test/";
    SessionScript script(spec);
    script.turn("is this parliy");
    EXPECT_EQ(script.last<AskModel>()->request.messages[1].content, "is this Parley");
    script.says("Yes.").played().event(CallEnded { EndedBy::caller });
    const auto* user = logged(script, CallLogEntry::Role::user);
    ASSERT_NE(user, nullptr);
    EXPECT_EQ(user->content, "is this Parley");
    EXPECT_EQ(user->original, "is this parliy");
    bool told = false;
    for (const auto& entry : script.last<PostReport>()->report.call_log)
        told |= entry.action == "hearing_hint" && *entry.metadata.find("original") == Json("is this parliy")
            && *entry.metadata.find("result") == Json("is this Parley");
    EXPECT_TRUE(told);
}

// swml-ai 93
TEST(SessionLanguage, words_are_read_out_by_rules_of_all_languages_and_of_this_one)
{
    auto spec = bilingual();
    spec.pronounce = { { "SQL", "sequel", true } };
    spec.languages[1].pronounce = { { "USA", "Estados Unidos", true } };
    spec.report.hook.url = "http://report.test/";
    SessionScript script(spec);
    script.turn("hi").says("SQL and USA. ~LN(Spanish) SQL y USA.").played();
    EXPECT_THAT(spoken(script), ElementsAre("en-US/amy: sequel and USA.", "es-MX/lola: sequel y Estados Unidos."));
    script.event(CallEnded { EndedBy::caller });
    const auto* agent = logged(script, CallLogEntry::Role::assistant);
    ASSERT_NE(agent, nullptr);
    EXPECT_EQ(agent->content, "SQL and USA. SQL y USA.");
    EXPECT_EQ(agent->pronounced, "sequel and USA. sequel y Estados Unidos.");
}

} // namespace
} // namespace parley::agent
