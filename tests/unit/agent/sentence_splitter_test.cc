#include "agent/sentence_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::agent {
namespace {

using Pieces = std::vector<std::string>;

// The pieces of a text that arrives at once.
Pieces split(std::string_view text)
{
    SentenceSplitter splitter;
    Pieces pieces;
    while (const auto range = splitter.next(text, true))
        pieces.emplace_back(text.substr(range->begin, range->end - range->begin));
    return pieces;
}

// The pieces of a text that arrives byte by byte, as a model may write it.
Pieces split_streamed(std::string_view text)
{
    SentenceSplitter splitter;
    Pieces pieces;
    for (std::size_t size = 0; size <= text.size(); ++size) {
        while (const auto range = splitter.next(text.substr(0, size), size == text.size()))
            pieces.emplace_back(text.substr(range->begin, range->end - range->begin));
    }
    return pieces;
}

struct Case {
    const char* name;
    const char* text;
    Pieces pieces;
};

class Splitter : public testing::TestWithParam<Case> { };

TEST_P(Splitter, cuts_whole_and_streamed_text_alike)
{
    EXPECT_EQ(split(GetParam().text), GetParam().pieces);
    EXPECT_EQ(split_streamed(GetParam().text), GetParam().pieces);
}

INSTANTIATE_TEST_SUITE_P(All, Splitter,
    testing::Values(Case { "nothing", "", {} }, Case { "blank", " \n ", {} },
        Case { "one", "Hello there", { "Hello there" } },
        Case { "sentences", "Yes. No! Why? So.", { "Yes.", "No!", "Why?", "So." } },
        Case {
            "decimals", "It costs 3.5 euros. Or 1,250.75 in all.", { "It costs 3.5 euros.", "Or 1,250.75 in all." } },
        Case { "abbreviations", "Dr. Who and Mrs. Smith live in St. Ives, e.g. in May. True.",
            { "Dr. Who and Mrs. Smith live in St. Ives,", "e.g. in May.", "True." } },
        Case { "initials", "Ask J. R. Smith. Not me.", { "Ask J. R. Smith.", "Not me." } },
        Case { "i_am_no_initial", "So do I. Good.", { "So do I.", "Good." } },
        Case { "time_of_day", "We open at 9 a.m. on Monday. We close at 6 p.m. See you.",
            { "We open at 9 a.m. on Monday.", "We close at 6 p.m.", "See you." } },
        Case { "enumeration", "1. First thing. 2. Second.", { "1. First thing.", "2. Second." } },
        Case { "quotes", "He said \"stop.\" Then he left.", { "He said \"stop.\"", "Then he left." } },
        Case { "ellipsis", "Well... let me see.", { "Well...", "let me see." } },
        Case { "lines", "First\nSecond\n", { "First", "Second" } },
        Case { "early_clause", "As far as I can see, it is open, and it stays open.",
            { "As far as I can see,", "it is open, and it stays open." } },
        Case { "short_clause_is_kept", "Well, it is open.", { "Well, it is open." } },
        Case { "wide_punctuation", "\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82\xE5\x86\x8D\xE8\xA7\x81\xE3\x80\x82",
            { "\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82", "\xE5\x86\x8D\xE8\xA7\x81\xE3\x80\x82" } },
        Case { "urls", "See example.com for more. Bye.", { "See example.com for more.", "Bye." } }),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SentenceSplitter, a_sentence_is_ready_as_soon_as_the_next_begins)
{
    SentenceSplitter splitter;
    EXPECT_FALSE(splitter.next("Yes.", false));
    EXPECT_EQ(splitter.next("Yes. ", false), (TextRange { 0, 4 }));
    EXPECT_FALSE(splitter.next("Yes. N", false));
}

TEST(SentenceSplitter, long_text_is_cut_between_words)
{
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += "word ";
    std::string whole;
    for (const auto& piece : split(text)) {
        EXPECT_LE(piece.size(), SentenceSplitter::longest_piece);
        EXPECT_TRUE(piece.starts_with("word") && piece.ends_with("word")) << piece;
        whole += piece + " ";
    }
    EXPECT_EQ(whole, text);
    EXPECT_EQ(split(text), split_streamed(text));
}

TEST(SentenceSplitter, text_without_spaces_is_cut_between_characters)
{
    std::string text;
    for (int i = 0; i < 300; ++i)
        text += "\xC3\xA4";
    std::string whole;
    for (const auto& piece : split(text)) {
        EXPECT_LE(piece.size(), SentenceSplitter::longest_piece);
        EXPECT_EQ(piece.size() % 2, 0U);
        whole += piece;
    }
    EXPECT_EQ(whole, text);
}

} // namespace
} // namespace parley::agent
