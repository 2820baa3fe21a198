#include "expand/prompt_variables.h"

#include <gtest/gtest.h>

namespace parley::expand {
namespace {

constexpr WallTime now { 1'705'350'615'000'000 }; // Monday, 2024-01-15 20:30:15 UTC

TEST(PromptVariables, say_who_calls_when)
{
    const auto variables = prompt_variables(
        { CallDirection::outbound, "Ada", "+15550100", { "English" }, {}, {}, {} }, { now, "US/Eastern" });
    EXPECT_EQ(Json(variables).dump(),
        R"({"call_direction":"outbound","caller_id_name":"Ada","caller_id_number":"+15550100",)"
        R"("local_date":"Monday, January 15, 2024","spoken_date":"Monday, January 15, 2024",)"
        R"("local_time":"03:30:15 PM -0500","time_of_day":"afternoon","supported_languages":"English",)"
        R"("default_language":"English","vars":{},"call":{},"envs":{}})");
}

TEST(PromptVariables, languages_are_listed)
{
    const auto listed = [](std::vector<std::string> names) {
        PromptFacts facts;
        facts.languages = std::move(names);
        return prompt_variables(std::move(facts), { now }).find("supported_languages")->as_string();
    };
    EXPECT_EQ(listed({}), "");
    EXPECT_EQ(listed({ "English", "Spanish" }), "English or Spanish");
    EXPECT_EQ(listed({ "English", "Spanish", "French" }), "English, Spanish, or French");
}

TEST(PromptVariables, parts_of_the_day)
{
    const auto part = [](int hour) {
        return prompt_variables({}, { { hour * 3'600'000'000LL }, "UTC" }).find("time_of_day")->as_string();
    };
    EXPECT_EQ(part(0) + part(11), "morningmorning");
    EXPECT_EQ(part(12) + part(16), "afternoonafternoon");
    EXPECT_EQ(part(17) + part(23), "eveningevening");
}

TEST(PromptVariables, global_data_is_a_name_and_its_keys_are_names)
{
    PromptFacts facts;
    facts.caller_id_name = "Ada";
    facts.call = Json::Object { { "call_id", "c1" } };
    facts.vars = Json::Object { { "plan", "gold" } };
    const auto variables = prompt_variables(std::move(facts), { now });
    const Json::Object global { { "profile", Json::Object { { "name", "Grace" } } },
        { "caller_id_name", "Mrs Hopper" } };
    const auto scope = prompt_scope(variables, global);
    EXPECT_EQ(expand_text("${profile.name} ${global_data.profile.name} ${caller_id_name} ${call.call_id} ${vars.plan}",
                  scope, { now })
                  .text,
        "Grace Grace Mrs Hopper c1 gold");
}

} // namespace
} // namespace parley::expand
