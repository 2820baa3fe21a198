#include "server/agent_folder.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace parley {
namespace {

class AgentFolderTest : public testing::Test {
protected:
    AgentFolderTest() { std::filesystem::create_directories(path); }
    ~AgentFolderTest() override { std::filesystem::remove_all(path); }
    void file(const std::string& name, const std::string& text) { std::ofstream(path / name) << text; }

    std::filesystem::path path = std::filesystem::temp_directory_path() / ("agents-" + std::to_string(getpid()));
};

TEST_F(AgentFolderTest, reads_json_and_yaml_and_names_what_is_no_agent)
{
    file("11111111-2222-3333-4444-555555555555.json", R"({"name":"Shop","prompt":{"text":"sell"}})");
    file("22222222-2222-3333-4444-555555555555.yaml", "prompt:\n  text: help\nparams:\n  wait_for_user: true\n");
    file("33333333-2222-3333-4444-555555555555.json", "{");
    file("44444444-2222-3333-4444-555555555555.yml", "params: {}\n");
    file("22222222-2222-3333-4444-555555555555.yml", "prompt: again\n");
    file("shop.json", "{}");
    file("README.md", "not read");
    const auto folder = read_agent_folder(path.string());
    ASSERT_TRUE(folder);
    ASSERT_EQ(folder->agents.size(), 2U);
    EXPECT_EQ(folder->agents[0].name, "Shop");
    EXPECT_EQ(folder->agents[1].name, "22222222-2222-3333-4444-555555555555");
    EXPECT_EQ(folder->agents[1].ai.find("prompt")->string_or("text"), "help");
    ASSERT_EQ(folder->problems.size(), 4U);
    EXPECT_EQ(folder->problems[0], "22222222-2222-3333-4444-555555555555.yml: another file has this agent");
    EXPECT_THAT(folder->problems[1], testing::StartsWith("33333333-2222-3333-4444-555555555555.json: "));
    EXPECT_EQ(folder->problems[2], "44444444-2222-3333-4444-555555555555.yml: prompt: is missing");
    EXPECT_EQ(folder->problems[3], "shop.json: its name is no UUID");
}

TEST_F(AgentFolderTest, a_folder_that_is_not_there_is_an_error_and_none_is_empty)
{
    EXPECT_FALSE(read_agent_folder((path / "missing").string()));
    EXPECT_TRUE(read_agent_folder("")->agents.empty());
}

TEST(LoadedAgents, who_reads_the_agents_keeps_them_while_others_are_loaded)
{
    constexpr const char* id = "11111111-2222-3333-4444-555555555555";
    LoadedAgents library;
    library.renew({ { id, "Shop", {} } });
    const auto before = library.agents();
    library.renew({});
    EXPECT_EQ(swaig::find_agent(*before, id)->name, "Shop");
    EXPECT_EQ(swaig::find_agent(*library.agents(), id), nullptr);
}

} // namespace
} // namespace parley
