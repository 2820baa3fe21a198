#include "swaig/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Parsed {
    AiSpec spec;
    std::vector<std::string> warnings;
};

Parsed parse(std::string_view swaig)
{
    Parsed parsed;
    EXPECT_TRUE(parse_swaig(Json::parse(swaig).value(), parsed.spec, parsed.warnings).has_value());
    return parsed;
}

// swml-ai 16, 21
TEST(Functions, AFunctionNeedsANameADescriptionAndSomethingThatRunsIt)
{
    const auto [spec, warnings]
        = parse(R"({"defaults":{"web_hook_url":"https://u:p@d.test/x?__token=a%3D","web_hook_auth_password":"ignored"},
        "functions":[{"function":"a","description":"A"},
        {"function":"b","description":"B","data_map":{"output":{"response":"b"}}},
        {"function":"c","description":"C","data_map":7}]})");
    ASSERT_EQ(spec.tools.size(), 3U);
    EXPECT_EQ(spec.default_hook, (WebHook { "https://d.test/x?__token=a%3D", "u", "p" }));
    EXPECT_EQ(spec.tools[0].hook, spec.default_hook);
    EXPECT_EQ(spec.tools[1].hook, WebHook {}); // It runs here; nobody is to be asked.
    EXPECT_EQ(spec.tools[1].data_map.dump(), R"({"output":{"response":"b"}})");
    EXPECT_EQ(spec.tools[2].hook, spec.default_hook);
    EXPECT_THAT(warnings, ElementsAre("SWAIG.functions[2].data_map: must be an object, taken as none"));
}

// swml-ai 33
TEST(Functions, ActiveIsATruthOrACount)
{
    const auto uses = [](std::string_view active) {
        return parse(R"([{"function":"a","description":"A","web_hook_url":"https://x.test","active":)"
            + std::string(active) + "}]")
            .spec.tools.at(0)
            .uses_left;
    };
    EXPECT_EQ(uses("true"), std::nullopt);
    EXPECT_EQ(uses("false"), 0);
    EXPECT_EQ(uses("\"false\""), 0);
    EXPECT_EQ(uses("\"true\""), std::nullopt);
    EXPECT_EQ(uses("\"endless\""), std::nullopt);
    EXPECT_EQ(uses("3"), 3);
    EXPECT_EQ(uses("\"2\""), 2);
    EXPECT_EQ(uses("0"), 0);
    EXPECT_EQ(uses("-1"), std::nullopt);
    EXPECT_EQ(uses("[]"), std::nullopt);
}

TEST(Functions, FillersAndWaiting)
{
    const auto [spec, warnings] = parse(R"([{"function":"a","description":"A","web_hook_url":"https://x.test",
        "fillers":{"en-US":["One moment."],"default":"Hm."},"skip_fillers":"true","wait_for_fillers":true,
        "wait_file":"https://x.test/music.mp3","wait_file_loops":"3"},
        {"function":"b","description":"B","web_hook_url":"https://x.test","wait_file_loops":"endless"}])");
    EXPECT_THAT(warnings, IsEmpty());
    const auto& a = spec.tools.at(0);
    EXPECT_EQ(a.fillers, (FillerMap { { "en-US", { "One moment." } }, { "default", { "Hm." } } }));
    EXPECT_TRUE(a.skip_fillers);
    EXPECT_TRUE(a.wait_for_fillers);
    EXPECT_EQ(a.wait_file, "https://x.test/music.mp3");
    EXPECT_EQ(a.wait_file_loops, 3);
    EXPECT_EQ(spec.tools.at(1).wait_file_loops, std::nullopt);
    EXPECT_EQ(a.meta_data_token, spec.tools.at(1).meta_data_token); // One webhook, one store.
}

// swml-ai 34
TEST(Functions, ReservedNamesAreHooksInEitherSpelling)
{
    const auto [spec, warnings] = parse(R"({"functions":[
        {"function":"start_hook","web_hook_url":"https://x.test"},
        {"function":"hangup_hook","description":"x","web_hook_url":"https://x.test"},
        {"function":"check_for_input","description":"x","web_hook_url":"https://x.test"},
        {"function":"ordinary","description":"x","web_hook_url":"https://x.test"}],
        "hooks":[{"function":"summarize_conversation","description":"x","web_hook_url":"https://x.test"}]})");
    EXPECT_THAT(warnings, IsEmpty());
    ASSERT_EQ(spec.tools.size(), 1U);
    ASSERT_EQ(spec.hooks.size(), 4U);
    EXPECT_EQ(spec.hooks[0].name, "summarize_conversation");
    EXPECT_EQ(spec.hooks[1].name, "start_hook"); // As its webhook knows it.
}

TEST(Functions, IncludesServersNativesAndTheirFillers)
{
    const auto [spec, warnings] = parse(R"({"includes":[
        {"url":"https://u:p@x.test/tools","functions":["a","b"],"meta_data":{"store":1}},
        {"url":"https://y.test","user":"u","password":"q","functions":[]},{"functions":["c"]}],
        "native_functions":["check_time","fly"],
        "internal_fillers":{"check_time":{"en-US":["Let me look."]}},
        "mcp_servers":[{"url":"https://m.test/mcp","headers":{"Authorization":"Bearer ${global_data.key}","X":1},
        "resources":true,"resource_vars":{"id":"${call.call_id}"}}]})");
    ASSERT_EQ(spec.includes.size(), 2U);
    EXPECT_EQ(spec.includes[0].hook, (WebHook { "https://x.test/tools", "u", "p" }));
    EXPECT_THAT(spec.includes[0].functions, ElementsAre("a", "b"));
    EXPECT_EQ(spec.includes[0].meta_data.dump(), R"({"store":1})");
    EXPECT_EQ(spec.includes[1].hook, (WebHook { "https://y.test", "u", "q" }));
    EXPECT_THAT(spec.native_functions, ElementsAre("check_time", "fly"));
    ASSERT_EQ(spec.internal_fillers.size(), 1U);
    EXPECT_EQ(spec.internal_fillers[0].second, (FillerMap { { "en-US", { "Let me look." } } }));
    ASSERT_EQ(spec.mcp_servers.size(), 1U);
    EXPECT_EQ(spec.mcp_servers[0].headers[1], (std::pair<std::string, std::string> { "X", "1" }));
    EXPECT_TRUE(spec.mcp_servers[0].resources);
    EXPECT_THAT(warnings, ElementsAre("SWAIG.includes[2].url: is missing, left out"));
}

TEST(Functions, AnIncludeAnswersInThreeShapes)
{
    std::vector<std::string> warnings;
    const WebHook include { "https://i.test", "u", "p" };
    const auto tools
        = [&](std::string_view json) { return parse_functions(Json::parse(json).value(), warnings, include).value(); };
    EXPECT_EQ(tools(R"([{"function":"a","description":"A"}])").at(0).hook, include);
    EXPECT_EQ(tools(R"({"function":"a","description":"A","web_hook_url":"https://own.test"})").at(0).hook.url,
        "https://own.test");
    EXPECT_EQ(
        tools(R"({"functions":[{"function":"a","description":"A"}],"defaults":{"web_hook_url":"https://d.test"}})")
            .at(0)
            .hook.url,
        "https://d.test");
    EXPECT_THAT(warnings, IsEmpty());
    EXPECT_FALSE(parse_functions(Json("x"), warnings).has_value());
    EXPECT_FALSE(parse_functions(Json::parse(R"({"functions":1})").value(), warnings).has_value());
}

} // namespace
} // namespace parley::swaig
