#include "expand/expander.h"

#include <gtest/gtest.h>

// swml-ai 96: the expansion grammar.
namespace parley::expand {
namespace {

// Monday, 2024-01-15 20:30:15 UTC
constexpr WallTime now { 1'705'350'615'000'000 };

class Expansion : public ::testing::Test {
protected:
    Expansion()
    {
        root_ = *Json::parse(R"({
            "name": "Ada", "empty": "", "none": null, "yes": true, "count": 3, "whole": 5.0, "price": 12.50,
            "huge": 1000000.0, "city": "St. Louis & Co", "key": "sales", "Loud": "SALES",
            "current": {"temp_f": 71.6, "condition": {"text": "Sunny"}},
            "array": [{"joke": "one"}, {"joke": "two"}, [1, [2, 3]]],
            "table": {"sales": "+12025551234", "a.b": "dotted", "st. louis & co": "here"},
            "placeholder": "${name}"})");
        scope_.add_root(root_);
    }

    std::string filled(std::string_view text, const ExpandOptions& options = {})
    {
        auto expanded = expand_text(text, scope_, time_, options);
        notes_ = std::move(expanded.notes);
        return expanded.text;
    }

    Json root_;
    Scope scope_;
    ExpandTime time_ { now };
    ExpandNotes notes_;
};

TEST_F(Expansion, a_placeholder_is_its_value)
{
    EXPECT_EQ(filled("Hello ${name}, and %{name}!"), "Hello Ada, and Ada!");
    EXPECT_EQ(filled("${ name }"), "Ada");
    EXPECT_EQ(filled("no placeholder: $name {name} 5% $"), "no placeholder: $name {name} 5% $");
    EXPECT_EQ(filled(""), "");
}

TEST_F(Expansion, paths_have_dots_and_indices)
{
    EXPECT_EQ(filled("${current.condition.text}"), "Sunny");
    EXPECT_EQ(filled("${array[0].joke} %{array[1].joke}"), "one two");
    EXPECT_EQ(filled("${array[2][1][0]}"), "2");
    EXPECT_EQ(filled("${table.a.b}"), "dotted");
}

TEST_F(Expansion, what_is_missing_is_empty)
{
    for (const char* text : { "${nobody}", "${name.first}", "${array[9].joke}", "${array[-1]}", "${array.joke}", "${}",
             "${array[x]}", "${array[0}", "${current[0]}", "${Name}", "${lc:nobody}", "${none}", "${empty}", "${.name}",
             "${name.}", "${current..temp_f}" })
        EXPECT_EQ(filled(text), "") << text;
}

TEST_F(Expansion, numbers_have_no_needless_fraction)
{
    EXPECT_EQ(filled("${count} ${whole} ${price} ${huge} ${yes} ${current.temp_f}"), "3 5 12.5 1000000 true 71.6");
}

TEST_F(Expansion, objects_and_arrays_are_json)
{
    EXPECT_EQ(filled("${current}"), R"({"temp_f":71.6,"condition":{"text":"Sunny"}})");
    EXPECT_EQ(filled("${array[2]}"), "[1,[2,3]]");
}

TEST_F(Expansion, prompts_get_them_in_lines_with_tabs)
{
    const ExpandOptions tabbed { Missing::empties, ValueStyle::tabbed };
    EXPECT_EQ(
        filled("${current}", tabbed), "{\n\t\"temp_f\":\t71.6,\n\t\"condition\":\t{\n\t\t\"text\":\t\"Sunny\"\n\t}\n}");
    EXPECT_EQ(
        filled("${array}", tabbed), "[{\n\t\t\"joke\":\t\"one\"\n\t}, {\n\t\t\"joke\":\t\"two\"\n\t}, [1, [2, 3]]]");
    EXPECT_EQ(filled("${name} ${count}", tabbed), "Ada 3");
}

TEST_F(Expansion, inner_placeholders_are_filled_in_first)
{
    EXPECT_EQ(filled("${table.${key}}"), "+12025551234");
    EXPECT_EQ(filled("${table.${lc:Loud}}"), "+12025551234");
    EXPECT_EQ(filled("${table.${lc:city}}"), "here");
    EXPECT_EQ(filled("%{table.%{key}} ${${missing}}"), "+12025551234 ");
    EXPECT_EQ(filled("@{separate ${table.${key}}}"), "+ 1 2 0 2 5 5 5 1 2 3 4");
}

TEST_F(Expansion, what_was_filled_in_is_not_read_again)
{
    EXPECT_EQ(filled("${placeholder}"), "${name}");
    EXPECT_EQ(filled("@{echo ${placeholder}}"), "${name}");
}

TEST_F(Expansion, prefixes_change_the_value_from_left_to_right)
{
    EXPECT_EQ(filled("${lc:Loud}"), "sales");
    EXPECT_EQ(filled("${enc:city}"), "St.%20Louis%20%26%20Co");
    EXPECT_EQ(filled("${enc:url:city}"), "St.%20Louis%20%26%20Co");
    EXPECT_EQ(filled("${lc:enc:city}"), "st.%20louis%20%26%20co");
    EXPECT_EQ(lower_case("ÄÖÜ ÉŁŚ ΣΩ ЖЁ İ ×ß €"), "äöü éłś σω жё İ ×ß €");
}

TEST_F(Expansion, one_that_is_not_closed_is_text)
{
    EXPECT_EQ(filled("${name"), "${name");
    EXPECT_EQ(filled("${ ${name}"), "${ Ada");
    EXPECT_EQ(filled("${name}}"), "Ada}");
    EXPECT_EQ(filled("} ${name}"), "} Ada");
    EXPECT_EQ(filled(R"(@{echo {"a":{}}})"), R"({"a":{}})");
}

TEST_F(Expansion, what_is_missing_stays_when_another_stage_follows)
{
    const ExpandOptions stays { Missing::stays };
    EXPECT_EQ(filled("${name}: ${pay_result} %{x.y}", stays), "Ada: ${pay_result} %{x.y}");
    EXPECT_EQ(filled("${results[${count}].${key}}", stays), "${results[${count}].${key}}");
    EXPECT_EQ(filled("${none}${lc:nothing}", stays), "${lc:nothing}");
}

TEST_F(Expansion, time_is_told_in_the_zone_of_the_session)
{
    EXPECT_EQ(filled("@{strftime %A, %B %-d, %Y %I:%M %p %z %Z}"), "Monday, January 15, 2024 02:30 PM -0600 CST");
    time_.zone = "Europe/Berlin";
    EXPECT_EQ(filled("@{strftime %Y-%m-%d %H:%M:%S}"), "2024-01-15 21:30:15");
    EXPECT_EQ(filled("@{strftime_tz America/New_York %H:%M}"), "15:30");
    EXPECT_TRUE(notes_.complaints.empty());
    EXPECT_EQ(filled("@{strftime_tz Mars/Base %H:%M}"), "20:30");
    ASSERT_EQ(notes_.complaints.size(), 1u);
}

TEST_F(Expansion, telephone_numbers_are_formatted)
{
    EXPECT_EQ(filled("@{fmt_ph national +19185550100}"), "(918) 555-0100");
    EXPECT_EQ(filled("@{fmt_ph +19185550100}"), "(918) 555-0100");
    EXPECT_EQ(filled("@{fmt_ph international ${table.sales}}"), "+1 202-555-1234");
    EXPECT_EQ(filled("@{fmt_ph RFC3966 9185550100}"), "tel:+1-918-555-0100");
    EXPECT_EQ(filled("@{fmt_ph e164 (918) 555-0100}"), "+19185550100");
    EXPECT_EQ(filled("@{fmt_ph international +442079460958}"), "+44 207 946 0958");
    EXPECT_EQ(filled("@{fmt_ph international +4930123456}"), "+49 301 23 456");
    EXPECT_EQ(filled("@{fmt_ph e164 +35312345678}"), "+35312345678");
    EXPECT_EQ(filled("@{fmt_ph national:sep:- +19185550100}"), "9-1-8-5-5-5-0-1-0-0");
    EXPECT_TRUE(notes_.complaints.empty());
    EXPECT_EQ(filled("@{fmt_ph national anonymous}"), "anonymous");
    EXPECT_EQ(filled("@{fmt_ph roman +19185550100}"), "+19185550100");
    EXPECT_EQ(notes_.complaints.size(), 1u);
}

TEST_F(Expansion, arithmetic_is_done)
{
    const std::pair<const char*, const char*> rows[] { { "@{expr (100-25)/5}", "15" }, { "@{expr 1 + 2 * 3}", "7" },
        { "@{expr ${count} * ${price}}", "37.5" }, { "@{expr 0.1+0.2}", "0.3" }, { "@{expr 7 % 4}", "3" },
        { "@{expr -(2--3)}", "-5" }, { "@{expr 10/4}", "2.5" }, { "@{expr 8-5-2 }", "1" } };
    for (const auto& [text, result] : rows) {
        EXPECT_EQ(filled(text), result) << text;
        EXPECT_TRUE(notes_.complaints.empty()) << text;
    }
    const std::string deep = "@{expr " + std::string(100, '(') + "}";
    for (const char* text : { "@{expr 1/0}", "@{expr}", "@{expr 1+}", "@{expr a}", "@{expr (1}", "@{expr 1e999}",
             "@{expr 1e308*10}", "@{expr nan}", "@{expr 1 2}" }) {
        EXPECT_EQ(filled(text), "") << text;
        EXPECT_EQ(notes_.complaints.size(), 1u) << text;
    }
    EXPECT_EQ(filled(deep), "");
}

TEST_F(Expansion, other_functions)
{
    EXPECT_EQ(filled("@{separate ABC123}"), "A B C 1 2 3");
    EXPECT_EQ(filled("@{separate Ü €}"), "Ü €");
    EXPECT_EQ(filled("@{echo ${name} is here}"), "Ada is here");
    EXPECT_EQ(filled("[@{launch missiles}]"), "[]");
    EXPECT_EQ(notes_.complaints, std::vector<std::string> { "no function named launch" });
}

TEST_F(Expansion, sleeping_is_left_to_the_carrier)
{
    EXPECT_EQ(filled("a@{sleep 2}b@{sleep 0.5}"), "ab");
    EXPECT_EQ(notes_.sleep, 2500ms);
    filled("@{sleep 20}@{sleep 1e300}");
    EXPECT_EQ(notes_.sleep, max_sleep);
    EXPECT_EQ(filled("@{sleep -1}@{sleep x}@{sleep nan}"), "");
    EXPECT_EQ(notes_.sleep, Duration {});
    EXPECT_EQ(notes_.complaints.size(), 3u);
}

TEST_F(Expansion, json_is_filled_in_however_deep)
{
    const auto json = *Json::parse(R"({"${name}": "${name}", "n": 1, "b": [true, null, {"x": "${count}", "y": 2.5}]})");
    const auto expanded = expand_json(json, scope_, time_);
    EXPECT_EQ(expanded.value.dump(), R"({"${name}":"Ada","n":1,"b":[true,null,{"x":"3","y":2.5}]})");
}

TEST_F(Expansion, later_layers_hide_earlier_ones)
{
    const Json args = Json::Object { { "name", "Grace" }, { "city", "Tulsa" } };
    const Json::Object response { { "name", "Response" } };
    scope_.add_root(response);
    scope_.add_named("args", args);
    EXPECT_EQ(filled("${name} ${args.name} ${key} ${args}"), R"(Response Grace sales {"name":"Grace","city":"Tulsa"})");
    scope_.add_named("current", response);
    EXPECT_EQ(filled("${current.name}${current.temp_f} ${current}"), R"(Response {"name":"Response"})");
}

TEST_F(Expansion, what_becomes_too_long_is_cut)
{
    const Json big = std::string(300'000, 'x');
    scope_.add_named("big", big);
    EXPECT_EQ(filled("${big}${big}${big}${big}${name}").size(), max_expanded_bytes);
    EXPECT_TRUE(notes_.cut);
    EXPECT_EQ(filled("${city}", { Missing::empties, ValueStyle::compact, 5 }), "St. L");
    EXPECT_EQ(filled("€€", { Missing::empties, ValueStyle::compact, 5 }), "€");
    EXPECT_EQ(filled("€€", { Missing::empties, ValueStyle::compact, 6 }), "€€");
    EXPECT_FALSE(notes_.cut);
    Json list;
    for (int i = 0; i < 100; ++i)
        list.push_back("${big}");
    const auto expanded = expand_json(list, scope_, time_);
    EXPECT_TRUE(expanded.notes.cut);
    EXPECT_LE(expanded.value.dump().size(), max_expanded_bytes + 1000);
}

TEST_F(Expansion, placeholders_are_counted_and_not_nested_for_ever)
{
    std::string deep = "name";
    for (std::size_t i = 0; i < max_placeholder_depth; ++i)
        deep = "@{echo " + deep + "}";
    EXPECT_EQ(filled(deep), "name");
    EXPECT_EQ(filled("@{echo " + deep + "}"), "");
    EXPECT_TRUE(notes_.cut);
    std::string many;
    for (std::size_t i = 0; i < max_placeholders; ++i)
        many += "${count}";
    EXPECT_EQ(filled(many).size(), max_placeholders);
    EXPECT_FALSE(notes_.cut);
    EXPECT_EQ(filled(many + "${count}").size(), max_placeholders);
    EXPECT_TRUE(notes_.cut);
    filled(std::string(100'000, '{') + "${${${${");
    EXPECT_EQ(filled(std::string(max_expanded_bytes / 2, '$')).size(), max_expanded_bytes / 2);
}

} // namespace
} // namespace parley::expand
