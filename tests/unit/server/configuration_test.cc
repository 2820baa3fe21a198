#include "server/configuration.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace parley {
namespace {

using ::testing::HasSubstr;

const std::string customer = R"(customers:
  - id: 5e4a0680-804e-11ec-8477-2fea5968d85b
    name: One
    access_keys: [k1]
)";
const std::string project = R"(projects:
  - id: p
    token: t
    customer: 5E4A0680-804E-11EC-8477-2FEA5968D85B
)";

std::optional<std::string> environment(std::string_view name)
{
    if (name == "SECRET")
        return "from the environment";
    return std::nullopt;
}

Result<Configuration> parse(const std::string& yaml)
{
    return parse_configuration(yaml, "parley.yaml", environment);
}

std::string problems(const std::string& yaml)
{
    auto parsed = parse(yaml);
    return parsed ? "" : parsed.error().what;
}

TEST(Configuration, the_example_is_valid_and_shows_the_defaults)
{
    std::ifstream file("examples/parley.yaml");
    std::ostringstream text;
    text << file.rdbuf();
    auto example = parse(text.str());
    ASSERT_TRUE(example) << example.error().what;
    const Configuration defaults;
    EXPECT_EQ(example->sip.listen, defaults.sip.listen);
    EXPECT_EQ(example->sip.access.guests, defaults.sip.access.guests);
    EXPECT_EQ(example->sip.access.invites, defaults.sip.access.invites);
    EXPECT_EQ(example->sip.access.guard.strangers, defaults.sip.access.guard.strangers);
    EXPECT_EQ(example->sip.access.guard.lock_out, defaults.sip.access.guard.lock_out);
    EXPECT_EQ(example->sip.access.registrar.max_expires, defaults.sip.access.registrar.max_expires);
    EXPECT_EQ(example->relay.listen, defaults.relay.listen);
    EXPECT_EQ(example->rest.listen, defaults.rest.listen);
    EXPECT_EQ(example->workers, defaults.workers);
    EXPECT_EQ(example->relay.offer_timeout, defaults.relay.offer_timeout);
    EXPECT_EQ(example->relay.command_timeout, defaults.relay.command_timeout);
    EXPECT_EQ(example->relay.unclaimed_wait, defaults.relay.unclaimed_wait);
    EXPECT_EQ(example->limits.calls, defaults.limits.calls);
    EXPECT_EQ(example->limits.session_events, defaults.limits.session_events);
    EXPECT_EQ(example->database, defaults.database);
    EXPECT_EQ(example->model.total_timeout, defaults.model.total_timeout);
    ASSERT_EQ(example->routes.size(), 2u);
    EXPECT_EQ(example->routes[0].dialled, "+15550100");
    EXPECT_EQ(example->projects.at(0).customer, example->customers.at(0).id);
}

TEST(Configuration, everything_listens_on_loopback_by_default)
{
    auto parsed = parse(customer + project);
    ASSERT_TRUE(parsed) << parsed.error().what;
    for (const SocketAddress& listen : { parsed->sip.listen, parsed->relay.listen, parsed->rest.listen })
        EXPECT_EQ(listen.ip, "127.0.0.1");
    EXPECT_EQ(parsed->rtp.address, "127.0.0.1");
}

TEST(Configuration, a_problem_names_file_line_and_key)
{
    EXPECT_EQ(problems(customer + project + "sip:\n  listen: nowhere\n"),
        "parley.yaml line 10: key `sip.listen`: \"nowhere\" is no address:port, for example 127.0.0.1:5060");
    EXPECT_EQ(problems(customer + project + "colour: blue\n"), "parley.yaml line 9: key `colour`: is unknown here");
}

TEST(Configuration, all_problems_come_at_once)
{
    const std::string all = problems(customer + project + "workers: 0\nrelay:\n  offer_timeout: soon\n  color: red\n");
    EXPECT_THAT(all, HasSubstr("line 9: key `workers`: must be a whole number from 1 to 64"));
    EXPECT_THAT(all, HasSubstr("line 11: key `relay.offer_timeout`: must be a duration"));
    EXPECT_THAT(all, HasSubstr("line 12: key `relay.color`: is unknown here"));
}

TEST(Configuration, wrong_types_are_named)
{
    EXPECT_THAT(problems(customer + project + "sip: 5060\n"), HasSubstr("key `sip`: must be a mapping"));
    EXPECT_THAT(problems(customer + project + "log:\n  pii: 1\n"), HasSubstr("key `log.pii`: must be true or false"));
    EXPECT_THAT(problems(customer + project + "numbers: x\n"), HasSubstr("key `numbers`: must be a list"));
    EXPECT_THAT(problems(customer + project + "numbers:\n  - number: 5550100\n    project: p\n    context: c\n"),
        HasSubstr("key `numbers[0].number`: must be a text; put it in quotes"));
    EXPECT_THAT(problems(customer + project + "log:\n  level: loud\n"),
        HasSubstr("key `log.level`: must be one of: debug, info, warning, error"));
    EXPECT_THAT(problems("- a\n"), HasSubstr("must be a mapping"));
}

TEST(Configuration, references_must_resolve)
{
    EXPECT_THAT(problems("customers: []\n" + project), HasSubstr("key `projects[0].customer`"));
    EXPECT_THAT(problems(customer + project + "users:\n  - user: u\n    project: q\n    context: c\n"),
        HasSubstr("line 11: key `users[0].project`: \"q\" is the id of no project"));
    EXPECT_THAT(problems(customer + project + "numbers:\n  - number: '1'\n    project: p\n"),
        HasSubstr("key `numbers[0].context`: is missing"));
    EXPECT_THAT(problems(customer), HasSubstr("key `projects`: is missing"));
}

TEST(Configuration, nothing_stands_twice)
{
    EXPECT_THAT(
        problems(customer + project + "  - id: p\n    token: u\n    customer: 5e4a0680-804e-11ec-8477-2fea5968d85b\n"),
        HasSubstr("key `projects[1].id`: stands twice"));
    EXPECT_THAT(problems(customer + project
                    + "users:\n  - {user: u, project: p, context: a}\n  - {user: u, project: p, context: b}\n"),
        HasSubstr("key `users[1].user`: \"u\" is routed twice"));
    EXPECT_THAT(problems(customer + "  - id: 5e4a0680-804e-11ec-8477-2fea5968d85c\n    access_keys: [k1]\n" + project),
        HasSubstr("key `customers[1].access_keys`: holds a key of another customer"));
}

TEST(Configuration, secrets_come_from_the_environment)
{
    const std::string head = "projects:\n  - id: p\n    customer: 5e4a0680-804e-11ec-8477-2fea5968d85b\n";
    auto parsed = parse(customer + head + "    token_env: SECRET\n");
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_EQ(parsed->projects.at(0).token, "from the environment");
    EXPECT_THAT(problems(customer + head + "    token_env: UNSET\n"),
        HasSubstr("key `projects[0].token_env`: names the environment variable UNSET, which is not set"));
    EXPECT_THAT(problems(customer + head + "    token_env: SECRET\n    token: t\n"), HasSubstr("keep one of them"));
    EXPECT_THAT(problems(customer + head), HasSubstr("key `projects[0].token`: is missing"));
}

TEST(Configuration, bad_values_are_refused)
{
    for (const std::string bad :
        { "sip: {listen: '127.0.0.1:70000'}", "sip: {listen: '::1:5060'}", "sip: {public_address: host}",
            "rtp: {ports: 9-5}", "rtp: {ports: 20000-10000}", "relay: {certificate: a.pem}",
            "relay: {offer_timeout: 5}", "model: {provider: openai}",
            "model: {provider: openai, base_url: 'ftp://x', model: m}", "limits: {log_backlog: 10001}", "node_id: ''" })
        EXPECT_NE(problems(customer + project + bad + "\n"), "") << bad;
    EXPECT_THAT(problems(customer + project + "    outbound_allow: [127.0.0.1/33]\n"), HasSubstr("outbound_allow"));
}

TEST(Configuration, whom_a_project_may_dial)
{
    EXPECT_TRUE(parse(customer + project)->projects.at(0).dial.numbers.empty());
    const auto read
        = parse(customer + project + "    dial: {numbers: ['+1555', '100'], hosts: [Example.com, '*'], at_once: 3}\n");
    ASSERT_TRUE(read) << read.error().what;
    const DialPolicy& dial = read->projects.at(0).dial;
    EXPECT_THAT(dial.numbers, testing::ElementsAre("+1555", "100"));
    EXPECT_THAT(dial.hosts, testing::ElementsAre("example.com", "*"));
    EXPECT_EQ(dial.max_dials, 3U);
    for (const char* bad : { "{numbers: ['1 2']}", "{numbers: ['']}", "{hosts: ['a@b']}", "{at_once: 0}", "{x: 1}" })
        EXPECT_THAT(problems(customer + project + "    dial: " + bad + "\n"), HasSubstr("dial.")) << bad;
}

TEST(Configuration, all_addresses_need_one_that_callers_are_told)
{
    const auto with = [](const char* rest) { return problems(customer + project + rest + "\n"); };
    EXPECT_THAT(with("sip: {listen: '0.0.0.0:5060'}"), HasSubstr("key `sip.public_address`: is missing: sip.listen"));
    EXPECT_THAT(with("sip: {listen: '[::]:5060'}"), HasSubstr("key `sip.public_address`: is missing: sip.listen"));
    EXPECT_THAT(with("rtp: {address: 0.0.0.0}"), HasSubstr("key `sip.public_address`: is missing: rtp.address"));
    EXPECT_THAT(
        with("sip: {public_address: 0.0.0.0}"), HasSubstr("key `sip.public_address`: \"0.0.0.0\" is no address"));
    EXPECT_EQ(with("sip: {listen: '0.0.0.0:5060', public_address: 192.0.2.1}\nrtp: {address: 0.0.0.0}"), "");
}

TEST(Configuration, syntax_errors_name_the_line)
{
    EXPECT_THAT(problems("sip:\n  - a: [\n"), HasSubstr("parley.yaml line"));
}

} // namespace
} // namespace parley
