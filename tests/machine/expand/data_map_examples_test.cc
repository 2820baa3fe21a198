#include "expand/data_map.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

// The examples of docs/data-map.md: definitions, each followed by calls with what other servers answer (null: no
// answer) and the output.
namespace parley::expand {
namespace {

std::vector<Json> examples()
{
    std::ifstream file("docs/data-map.md");
    const std::string page(std::istreambuf_iterator<char>(file), {});
    std::vector<Json> found;
    constexpr std::string_view fence = "```json\n";
    for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
        const auto begin = at + fence.size();
        found.push_back(*Json::parse(page.substr(begin, page.find("```", begin) - begin)));
    }
    return found;
}

Json output_of(const Json& definition, const Json& call)
{
    const Json meta_data = *Json::parse(R"({"table": {"legal": "+12025551234"}})");
    DataMap map(definition, { {}, *call.find("args"), {}, {}, meta_data, {} });
    const Json* replies = call.find("replies");
    std::size_t asked = 0;
    DataMapEvent event = DataMapStarted {};
    while (true) {
        DataMapCommands out;
        map.handle(event, out);
        if (auto* done = std::get_if<DataMapDone>(&out.back()))
            return *done->output;
        const Json& reply = replies->as_array().at(asked++);
        event = reply.is_null() ? DataMapEvent(RequestFailed { { ErrorKind::timed_out, "no answer" } })
                                : DataMapEvent(RequestAnswered { 200, reply.dump() });
    }
}

TEST(DataMapExamples, do_what_the_page_says)
{
    const auto found = examples();
    ASSERT_EQ(found.size(), 6U);
    for (std::size_t i = 0; i + 1 < found.size(); i += 2)
        for (const Json& call : found[i + 1].as_array())
            EXPECT_EQ(output_of(found[i], call).dump(), call.find("output")->dump()) << call.dump();
}

} // namespace
} // namespace parley::expand
