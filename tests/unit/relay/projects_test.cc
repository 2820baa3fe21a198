#include "relay/projects.h"

#include "base/base64.h"
#include "base/hmac.h"
#include "relay/json_web_token.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

constexpr std::int64_t noon_seconds = 1'745'332'535;
constexpr WallTime noon { noon_seconds * 1'000'000 };
const std::string secret = "a secret of at least thirty-two bytes";

std::string token(const std::string& claims, const std::string& header = R"({"alg":"HS256","typ":"JWT"})",
    const std::string& key = secret)
{
    const auto text = base64url_encode(header) + "." + base64url_encode(claims);
    const auto digest = hmac_sha256(key, text);
    return text + "." + base64url_encode({ reinterpret_cast<const char*>(digest.data()), digest.size() });
}

std::string claims(std::int64_t expires, const std::string& more = "")
{
    return R"({"project_id":"p","exp":)" + std::to_string(expires) + more + "}";
}

class ProjectsTest : public ::testing::Test {
protected:
    std::string login(const Credentials& credentials, const std::string& ip = "192.0.2.1")
    {
        const auto project = projects.authenticate(ip, credentials, noon, at);
        return project ? project->value : project.error().what;
    }
    std::string by_jwt(const std::string& jwt) { return login({ {}, "", jwt }); }
    std::string by_token(const std::string& text, const std::string& ip = "192.0.2.1", const std::string& id = "p")
    {
        return login({ { id }, text, "" }, ip);
    }

    Projects projects { { { ProjectId { "p" }, "t", secret }, { ProjectId { "q" }, "u" } } };
    Instant at {};
};

TEST_F(ProjectsTest, a_token_speaks_for_its_project) // Checklist 22
{
    EXPECT_EQ(by_token("t"), "p");
    EXPECT_EQ(by_token("u", "192.0.2.1", "q"), "q");
    for (const auto* wrong : { "", "T", "tt", "u" })
        EXPECT_EQ(by_token(wrong), "project or token are wrong");
    EXPECT_EQ(by_token("", "192.0.2.1", "unknown"), "project or token are wrong");
}

TEST_F(ProjectsTest, a_json_web_token_speaks_for_the_project_it_names) // Checklist 22
{
    EXPECT_EQ(by_jwt(token(claims(noon_seconds + 1))), "p");
    EXPECT_EQ(by_jwt(token(R"({"project":"p","exp":2000000000.5})")), "p");
    EXPECT_EQ(by_jwt(token(claims(noon_seconds - 59))), "p"); // Clocks differ.
    EXPECT_EQ(login({ { "p" }, "", token(claims(noon_seconds + 1)) }), "p");
    EXPECT_EQ(login({ { "q" }, "", token(claims(noon_seconds + 1)) }), "jwt_token: it is of another project");
}

TEST_F(ProjectsTest, a_json_web_token_that_is_not_good_is_refused)
{
    const auto good = claims(noon_seconds + 60);
    EXPECT_EQ(by_jwt(token(claims(noon_seconds - 60))), "jwt_token: it has expired");
    EXPECT_EQ(by_jwt(token(claims(noon_seconds + 60, R"(,"nbf":)" + std::to_string(noon_seconds + 61)))),
        "jwt_token: it is not valid yet");
    EXPECT_EQ(by_jwt(token(R"({"project_id":"p"})")), "jwt_token: the claim exp is missing");
    EXPECT_EQ(by_jwt(token(R"({"project_id":"p","exp":"later"})")), "jwt_token: it has expired");
    EXPECT_EQ(by_jwt(token(good, R"({"alg":"none"})")), "jwt_token: it must be signed with HS256");
    EXPECT_EQ(by_jwt(token(good, R"({"alg":"HS512"})")), "jwt_token: it must be signed with HS256");
    EXPECT_EQ(by_jwt(token(good, R"({"alg":"HS256","crit":["x"]})")), "jwt_token: it must be signed with HS256");
    EXPECT_EQ(by_jwt(token(good, R"({"alg":"HS256"})", "another")), "jwt_token: its signature is wrong");
    // A project without a secret takes none, not even one that is signed with nothing.
    EXPECT_EQ(by_jwt(token(R"({"project_id":"q","exp":2000000000})", R"({"alg":"HS256"})", "")),
        "jwt_token: its signature is wrong");
    for (const auto* nonsense : { "x", "a.b", "a.b.c", "..", "e30.e30.", "e30.e30.AAAA" })
        EXPECT_EQ(by_jwt(nonsense).substr(0, 10), "jwt_token:") << nonsense;
    EXPECT_EQ(projects.authenticate("192.0.2.9", { {}, "", std::string(9'000, 'a') }, noon, at).error().kind,
        ErrorKind::unauthenticated);
}

TEST_F(ProjectsTest, who_guesses_is_kept_out_for_a_while_and_others_are_not)
{
    for (std::size_t i = 0; i < LoginGuard::max_of_project; ++i)
        EXPECT_EQ(by_token("guess"), "project or token are wrong");
    EXPECT_EQ(by_token("t"), "too many failed logins from this address; try again in a minute");
    EXPECT_EQ(by_token("u", "192.0.2.1", "q"), "q"); // Another program of the same machine.
    EXPECT_EQ(by_token("t", "192.0.2.2"), "p");
    at += 59s;
    EXPECT_NE(by_token("t"), "p");
    at += 1s;
    EXPECT_EQ(by_token("t"), "p");
}

TEST_F(ProjectsTest, who_guesses_projects_is_kept_out_from_all_of_them)
{
    for (std::size_t i = 0; i < LoginGuard::max_of_address; ++i)
        EXPECT_EQ(by_token("x", "2001:db8:0:1::" + std::to_string(i), std::to_string(i)), "project or token are wrong");
    EXPECT_NE(by_token("t", "2001:db8:0:1:ffff::1"), "p"); // The same network of one client.
    EXPECT_EQ(by_token("t", "2001:db8:0:2::1"), "p");
}

TEST_F(ProjectsTest, the_key_of_states_depends_on_the_secrets_alone)
{
    EXPECT_EQ(projects.state_key({ "p" }), Projects({ { ProjectId { "p" }, "t", secret } }).state_key({ "p" }));
    EXPECT_NE(projects.state_key({ "p" }), Projects({ { ProjectId { "p" }, "T", secret } }).state_key({ "p" }));
    EXPECT_NE(projects.state_key({ "p" }), projects.state_key({ "q" }));
}

TEST_F(ProjectsTest, other_projects_may_log_in_after_a_change)
{
    const std::string before = projects.state_key({ "p" });
    projects.renew({ { { "q" }, "new token of q" } });
    EXPECT_EQ(by_token("new token of q", "192.0.2.1", "q"), "q");
    EXPECT_EQ(by_token("token of p"), "project or token are wrong");
    EXPECT_EQ(by_jwt(token(claims(noon_seconds + 60))).find("p"), std::string::npos);
    EXPECT_EQ(projects.state_key({ "p" }), before); // Its sessions are still connected.
}

TEST(ProjectMeters, other_limits_leave_what_is_taken_counted)
{
    ProjectMeters meters;
    const ProjectId project { "p" };
    ProjectLimits limits;
    limits.calls = 2;
    meters.add(project, limits);
    meters.call_began(project);
    EXPECT_FALSE(meters.call(project));
    limits.calls = 1;
    meters.add(project, limits);
    EXPECT_TRUE(meters.call(project)); // Full with the one that is up.
    meters.call_ended(project);
    EXPECT_FALSE(meters.call(project));
}

TEST(ProjectMeters, each_limit_is_named_when_it_is_reached)
{
    ProjectMeters meters;
    const ProjectId p { "p" };
    meters.add(p, { 2, 1, 1, 3, 10 });
    Instant at {};
    meters.connected(p);
    EXPECT_FALSE(meters.connection(p));
    meters.connected(p);
    EXPECT_EQ(meters.connection(p)->kind, ErrorKind::limit_reached);
    EXPECT_EQ(meters.connection(p)->what, "limits.connections: the project has 2 connections, the most it may");
    meters.disconnected(p);
    EXPECT_FALSE(meters.connection(p));

    for (int i = 0; i < 6; ++i)
        EXPECT_FALSE(meters.command(p, at)) << i;
    EXPECT_EQ(meters.command(p, at)->what, "limits.commands_per_second: the project sends too many; try again later");
    EXPECT_EQ(meters.command_wait(p, at), Duration(333'333));
    at += 334ms;
    EXPECT_FALSE(meters.command(p, at));
    EXPECT_TRUE(meters.command(p, at));
    EXPECT_FALSE(meters.dial(p, at));
    EXPECT_FALSE(meters.dial(p, at));
    EXPECT_EQ(meters.dial(p, at)->what, "limits.dials_per_second: the project sends too many; try again later");
    EXPECT_FALSE(meters.command(ProjectId { "q" }, at)); // Others have their own.
}

} // namespace
} // namespace parley::relay
