#include "server/cli.h"

#include <gmock/gmock.h>

namespace parley {
namespace {

template <typename... Words> Arguments parse(Words... words)
{
    const char* const argv[] = { "parley", words... };
    return parse_arguments(static_cast<int>(std::size(argv)), argv);
}

TEST(Cli, serve_needs_a_configuration)
{
    const auto usage = std::get<UsageAnswer>(parse("serve"));
    EXPECT_THAT(usage.text, ::testing::HasSubstr("--config"));
    EXPECT_NE(usage.exit_code, 0);
    const auto serve = std::get<ServeArguments>(parse("serve", "--config", "a.yaml", "--check"));
    EXPECT_EQ(serve.config, "a.yaml");
    EXPECT_TRUE(serve.check);
}

TEST(Cli, call_keeps_its_own_arguments_in_order)
{
    const auto call
        = std::get<CallArguments>(parse("call", "--to", "sip:a@127.0.0.1", "--say", "hello there", "--help"));
    EXPECT_EQ(call.rest, (std::vector<std::string> { "--to", "sip:a@127.0.0.1", "--say", "hello there", "--help" }));
    EXPECT_EQ(std::get<SpeechWorkerArguments>(parse("speech-worker", "--decoders", "4")).decoders, 4);
}

TEST(Cli, the_offline_model_lets_the_kernel_choose_a_port)
{
    EXPECT_EQ(std::get<OfflineModelArguments>(parse("offline-model")).listen, "127.0.0.1:0");
    EXPECT_EQ(std::get<OfflineModelArguments>(parse("offline-model", "--rules", "r.yaml")).rules, "r.yaml");
}

TEST(Cli, help_is_no_failure_and_nonsense_is)
{
    EXPECT_EQ(std::get<UsageAnswer>(parse("--help")).exit_code, 0);
    EXPECT_NE(std::get<UsageAnswer>(parse("dance")).exit_code, 0);
    EXPECT_NE(std::get<UsageAnswer>(parse()).exit_code, 0);
    EXPECT_TRUE(std::holds_alternative<VersionArguments>(parse("version")));
}

} // namespace
} // namespace parley
