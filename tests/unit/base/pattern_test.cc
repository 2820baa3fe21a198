#include "base/pattern.h"

#include <gtest/gtest.h>

// swml-ai 95 (the patterns of data_map), 93 (hints that rewrite what was heard).
namespace parley {
namespace {

Pattern compiled(std::string_view text, PatternCase letters = PatternCase::as_written)
{
    auto pattern = Pattern::compile(text, letters);
    EXPECT_TRUE(pattern) << text << ": " << pattern.error().what;
    return *pattern;
}

bool matches(std::string_view pattern, std::string_view subject)
{
    const auto found = compiled(pattern).search(subject);
    EXPECT_TRUE(found) << pattern << ": " << found.error().what;
    return *found;
}

std::string replaced(std::string_view pattern, std::string_view subject, std::string_view with)
{
    const auto text = compiled(pattern).replace(subject, with);
    EXPECT_TRUE(text) << pattern << ": " << text.error().what;
    return *text;
}

TEST(Pattern, searches_anywhere_in_the_text)
{
    EXPECT_TRUE(matches("sales|support", "to sales please"));
    EXPECT_FALSE(matches("^sales", "to sales please"));
    EXPECT_TRUE(matches(".*", ""));
    EXPECT_FALSE(matches(R"(\w+)", ""));
    EXPECT_TRUE(matches(R"((?<=\$)\d{2,}(?!\d))", "it costs $42"));
}

TEST(Pattern, flags_stand_behind_slashes)
{
    EXPECT_TRUE(matches("/trek/i", "Star TREK"));
    EXPECT_FALSE(matches("/trek/", "Star TREK"));
    EXPECT_TRUE(matches("(?i)trek", "Star TREK"));
    EXPECT_TRUE(matches("/a.b/s", "a\nb"));
    EXPECT_TRUE(matches("/^b$/m", "a\nb\nc"));
    EXPECT_TRUE(matches("/a b c/xig", "ABC"));
    EXPECT_TRUE(matches(R"(/a\/b/)", "a/b"));
    EXPECT_TRUE(matches(R"(/^\w+$/u)", "Müller"));
    EXPECT_FALSE(matches(R"(/^\w+$/)", "Müller"));
    EXPECT_TRUE(matches("//", "anything"));
}

TEST(Pattern, slashes_without_flags_behind_them_are_letters)
{
    EXPECT_TRUE(matches("/usr/lib", "in /usr/lib it is"));
    EXPECT_FALSE(matches("/usr/lib", "usr"));
    EXPECT_TRUE(matches("/", "a/b"));
    EXPECT_TRUE(matches("a/i", "a/i"));
}

TEST(Pattern, letters_match_whatever_their_case_when_told_so)
{
    EXPECT_TRUE(*compiled("signal wire", PatternCase::ignored).search("Signal Wire"));
    EXPECT_TRUE(*compiled("ÄRGER", PatternCase::ignored).search("ärger"));
}

TEST(Pattern, text_is_utf_8_and_what_is_not_is_read_as_a_replacement_character)
{
    EXPECT_TRUE(matches("^.$", "€"));
    EXPECT_TRUE(matches("^a\xEF\xBF\xBD+b$",
        "a\xff\xfe"
        "b"));
    EXPECT_FALSE(Pattern::compile("\xff"));
}

TEST(Pattern, a_faulty_pattern_says_where)
{
    const auto pattern = Pattern::compile("(a");
    ASSERT_FALSE(pattern);
    EXPECT_EQ(pattern.error().kind, ErrorKind::invalid_request);
    EXPECT_NE(pattern.error().what.find("at byte 2"), std::string::npos) << pattern.error().what;
    EXPECT_FALSE(Pattern::compile(R"(\C)"));
    EXPECT_FALSE(Pattern::compile(std::string(Pattern::max_pattern_bytes + 1, 'a')));
    EXPECT_FALSE(Pattern::compile(std::string(200, '(') + std::string(200, ')')));
}

TEST(Pattern, all_matches_are_replaced)
{
    EXPECT_EQ(replaced("cat", "cat, cat", "dog"), "dog, dog");
    EXPECT_EQ(replaced("/signal\\s*wire/i", "I use signal  wire", "SignalWire"), "I use SignalWire");
    EXPECT_EQ(replaced("x", "abc", "y"), "abc");
    EXPECT_EQ(replaced("x*", "abc", "-"), "-a-b-c-");
    EXPECT_EQ(replaced("", "€", "."), ".€.");
    EXPECT_EQ(replaced("b*", "abbc", "-"), "-a--c-");
}

TEST(Pattern, a_replacement_names_groups)
{
    EXPECT_EQ(replaced(R"((\w+) (\w+))", "john smith", "$2 $1"), "smith john");
    EXPECT_EQ(replaced(R"((\w+) (\w+))", "john smith", R"(\2, \1)"), "smith, john");
    EXPECT_EQ(replaced(R"((?<first>\w+) (?<last>\w+))", "john smith", "${last} ${1}"), "smith john");
    EXPECT_EQ(replaced("b", "abc", "[$0$&\\0]"), "a[bbb]c");
    EXPECT_EQ(replaced("(x)?b", "abc", "<$1>"), "a<>c");
}

TEST(Pattern, what_names_no_group_stays)
{
    EXPECT_EQ(replaced("five dollars", "five dollars", "$5"), "$5");
    EXPECT_EQ(replaced("a", "a", R"($$ \\ $ \n ${no} $)"), R"($ \ $ \n ${no} $)");
    EXPECT_EQ(replaced("a", "a", "${99999999999999999999}"), "${99999999999999999999}");
}

// Without the limit these take from minutes to the end of the world.
TEST(Pattern, one_that_explodes_fails)
{
    const std::string many(30, 'a');
    const std::string full(Pattern::max_subject_bytes, 'a');
    const std::pair<const char*, std::string> rows[] { { "(a+)+$", many + "b" }, { "(a|aa)+$", many + many + "b" },
        { "(.*)(.*)(.*)(.*)(.*)[xy]", std::string(500, 'a') }, { "a{0,300}a{0,300}[bc]", full },
        { R"((.*)\1[xy])", full }, { "(?:a{8000}|){1000}[bc]", full } };
    for (const auto& [text, subject] : rows) {
        const auto found = compiled(text).search(subject);
        ASSERT_FALSE(found) << text;
        EXPECT_EQ(found.error().kind, ErrorKind::limit_reached) << text;
        EXPECT_FALSE(compiled(text).replace(subject, "")) << text;
    }
}

TEST(Pattern, an_ordinary_one_copes_with_the_longest_text)
{
    std::string text;
    while (text.size() + 10 < Pattern::max_subject_bytes)
        text += "some word ";
    EXPECT_FALSE(matches(R"((\w+)@(\w+)\.com)", text));
    EXPECT_EQ(replaced(R"(\bword\b)", text, "w").size(), text.size() - text.size() / 10 * 3);
}

TEST(Pattern, text_beyond_the_limit_is_refused)
{
    const auto pattern = compiled("a");
    EXPECT_EQ(pattern.search(std::string(Pattern::max_subject_bytes + 1, 'a')).error().kind, ErrorKind::limit_reached);
    EXPECT_EQ(pattern.replace(std::string(Pattern::max_subject_bytes, 'a'), std::string(100, 'b')).error().kind,
        ErrorKind::limit_reached);
}

TEST(Pattern, copies_share_what_was_compiled)
{
    auto first = compiled("/x(.)/");
    const Pattern second = first;
    first = compiled("y");
    EXPECT_EQ(*second.replace("xa", "$1"), "a");
}

} // namespace
} // namespace parley
