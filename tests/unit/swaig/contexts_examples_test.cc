#include "swaig/contexts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

// The examples of docs/contexts.md are taken whole.
namespace parley::swaig {
namespace {

TEST(ContextsExamples, are_taken_without_a_warning)
{
    std::ifstream file("docs/contexts.md");
    const std::string page(std::istreambuf_iterator<char>(file), {});
    constexpr std::string_view fence = "```json\n";
    int examples = 0;
    for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
        const auto begin = at + fence.size();
        const auto example = Json::parse(page.substr(begin, page.find("```", begin) - begin));
        ASSERT_TRUE(example);
        std::vector<std::string> warnings;
        const auto spec = parse_contexts(example->find("prompt")->as_object(), "prompt", warnings);
        EXPECT_THAT(warnings, ::testing::IsEmpty());
        EXPECT_FALSE(spec.empty());
        ++examples;
    }
    EXPECT_EQ(examples, 2);
}

} // namespace
} // namespace parley::swaig
