#include "agent/prompt_text.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

AiSpec with_languages(std::vector<std::string> names)
{
    AiSpec spec;
    for (auto& name : names)
        spec.languages.push_back({ name, name, "v", "" });
    return spec;
}

TEST(PromptText, one_language_needs_no_rules)
{
    EXPECT_EQ(prompt_rules(with_languages({ "English" }), "English"), "");
}

// swml-ai 93
TEST(PromptText, the_model_is_told_which_languages_there_are)
{
    EXPECT_EQ(prompt_rules(with_languages({ "English", "Spanish" }), "Spanish"),
        "\n\nYou speak these languages: English, Spanish. To go on in another one, write its tag before the first word "
        "of it: ~LN(English), ~LN(Spanish). Tags are not read out. You are speaking Spanish now.");
    auto recognised = with_languages({ "en", "default" });
    recognised.multilingual.on = true;
    recognised.multilingual.allowed = { "en", "es" };
    EXPECT_EQ(prompt_rules(recognised, "es"),
        "\n\nThe language of the user is recognised while they speak; it is es now. Answer in that language. You may "
        "speak: en, es.");
}

TEST(PromptText, the_conscience_stands_last)
{
    auto spec = with_languages({ "English" });
    spec.thinking.conscience = "Stay in your role.";
    EXPECT_EQ(prompt_rules(spec, "English"), "\n\nStay in your role.");
}

// swml-ai 103
TEST(PromptText, global_data_of_an_earlier_session_lie_under_those_of_this_one)
{
    AiSpec spec;
    spec.global_data = { { "tier", "gold" } };
    const Json::Object kept { { "tier", "silver" }, { "order", 7 } };
    EXPECT_EQ(Json(first_global_data(spec, kept, "", "+15551")).dump(),
        R"({"tier":"gold","order":7,"caller_id_number":"+15551"})");
    spec.tool_settings.persist_global_data = false;
    EXPECT_EQ(Json(first_global_data(spec, kept, "Ada", "")).dump(), R"({"tier":"gold","caller_id_name":"Ada"})");
}

} // namespace
} // namespace parley::agent
