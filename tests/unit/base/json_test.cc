#include "base/json.h"
#include "base/yaml.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Json, numbers_are_written_in_their_shortest_form)
{
    EXPECT_EQ(Json(0.3).dump(), "0.3");
    EXPECT_EQ(Json(52.5).dump(), "52.5");
    EXPECT_EQ(Json(1).dump(), "1");
    EXPECT_EQ(Json::parse("0.7")->dump(), "0.7");
}

TEST(Json, a_number_comes_back_as_it_was)
{
    for (const char* text : { "0.1", "0.30000000000000004", "7.07783333108578e+44", "5e-324", "-1.5",
             "1.7976931348623157e+308", "9007199254740993", "-9223372036854775808" })
        EXPECT_EQ(Json::parse(text)->dump(), text);
    EXPECT_EQ(Json::parse("707783333108577888888886117543988888883333188")->dump(), "7.077833331085779e+44");
    EXPECT_EQ(Json::parse("1e400")->dump(), "null");
}

TEST(Json, of_equal_keys_the_last_one_counts)
{
    EXPECT_EQ(Json::parse(R"({"a":1,"b":2,"a":3})")->dump(), R"({"a":3,"b":2})");
}

TEST(Json, an_object_has_a_thousand_members_at_most)
{
    const auto members = [](int count) {
        std::string text = "{";
        for (int n = 0; n < count; ++n)
            text += (n ? ",\"" : "\"") + std::to_string(n) + "\":0";
        return text + "}";
    };
    EXPECT_TRUE(Json::parse(members(1000)));
    EXPECT_FALSE(Json::parse(members(1001)));
}

TEST(Json, objects_keep_the_order_of_their_keys)
{
    EXPECT_EQ(Json::parse(R"({"z":1,"a":{"y":[1,2,null]},"b":"\u00e9"})")->dump(),
        "{\"z\":1,\"a\":{\"y\":[1,2,null]},\"b\":\"\xC3\xA9\"}");
}

TEST(Json, invalid_utf8_never_leaves)
{
    EXPECT_EQ(Json(std::string("a\xFF"
                               "b"))
                  .dump(),
        "\"a\xEF\xBF\xBD"
        "b\"");
    EXPECT_EQ(Json(std::string("\xE2\x82")).dump(), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Json, an_error_names_the_byte)
{
    const auto result = Json::parse("{\"a\":}");
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("byte 5"), std::string::npos) << result.error().what;
    EXPECT_FALSE(Json::parse("{} x"));
    EXPECT_FALSE(Json::parse(""));
    EXPECT_FALSE(Json::parse(std::string(100, '[') + std::string(100, ']')));
}

TEST(Yaml, scalars_have_their_core_types_and_lines)
{
    const auto document = parse_yaml("a: 1\nb:\n  - true\n  - \"1\"\nc: 0.5\n");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root.dump(), R"({"a":1,"b":[true,"1"],"c":0.5})");
    EXPECT_EQ(document->line_of("b[1]"), 4);
    EXPECT_FALSE(parse_yaml("a: [1\nb: 2"));
}

} // namespace
} // namespace parley
