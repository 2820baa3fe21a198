#include "agent/language_tags.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

// Neighbours of one language in one text, as the pieces come.
std::vector<TaggedText> joined(const std::vector<std::string>& pieces)
{
    LanguageTags tags;
    std::vector<TaggedText> texts;
    const auto take = [&](std::vector<TaggedText> more) {
        for (auto& text : more) {
            if (!texts.empty() && text.language.empty())
                texts.back().text += text.text;
            else
                texts.push_back(std::move(text));
        }
    };
    for (const auto& piece : pieces)
        take(tags.next(piece));
    take(tags.end());
    return texts;
}

using Texts = std::vector<TaggedText>;

// swml-ai 93: the tag is never spoken, wherever the stream cuts it.
TEST(LanguageTags, are_found_wherever_a_stream_is_cut)
{
    const std::string text = "Hello. ~LN(Spanish) Hola, ~5 euros. ~ln(English)-; Bye.";
    const Texts expected { { "", "Hello. " }, { "Spanish", "Hola, ~5 euros. " }, { "English", "Bye." } };
    EXPECT_EQ(joined({ text }), expected);
    for (std::size_t cut = 1; cut < text.size(); ++cut)
        EXPECT_EQ(joined({ text.substr(0, cut), text.substr(cut) }), expected) << cut;
    std::vector<std::string> bytes;
    for (const char c : text)
        bytes.emplace_back(1, c);
    EXPECT_EQ(joined(bytes), expected);
}

TEST(LanguageTags, what_only_begins_like_a_tag_is_text)
{
    EXPECT_EQ(joined({ "~", "~LX(a)" }), (Texts { { "", "~~LX(a)" } }));
    EXPECT_EQ(joined({ "a ~" }), (Texts { { "", "a ~" } }));
    EXPECT_EQ(joined({ "~LN(" + std::string(70, 'x') + ") end" }),
        (Texts { { "", "~LN(" + std::string(70, 'x') + ") end" } }));
    EXPECT_EQ(joined({ "a - b" }), (Texts { { "", "a - b" } }));
}

TEST(LanguageTags, a_tag_without_its_end_is_dropped)
{
    EXPECT_EQ(joined({ "Hello. ~LN(Span" }), (Texts { { "", "Hello. " } }));
    EXPECT_EQ(joined({ "~LN(Spanish)" }), (Texts { { "Spanish", "" } }));
    EXPECT_EQ(joined({ "~LN(Spanish)-" }), (Texts { { "Spanish", "-" } }));
    EXPECT_EQ(joined({}), Texts {});
}

} // namespace
} // namespace parley::agent
