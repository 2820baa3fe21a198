#include "rest/request.h"

#include "rest/queries.h"
#include "rest/routes.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Target, takes_path_and_query_apart_and_decodes_both)
{
    const auto target = parse_target("/a%20b+c?x=1%262&page_token=2024-03-01+10%3a00&empty=&bare&x=second&=nameless");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/a b+c");
    EXPECT_EQ(target->parameter("x"), "1&2");
    EXPECT_EQ(target->parameter("page_token"), "2024-03-01 10:00");
    EXPECT_EQ(target->parameter("empty"), std::nullopt);
    EXPECT_EQ(target->parameter("bare"), std::nullopt);
    EXPECT_EQ(target->parameter("none"), std::nullopt);
}

TEST(Target, names_a_broken_escape)
{
    for (const auto* text : { "/a%", "/a%4", "/a%zz", "/a?b=%", "/a?%g0=1" }) {
        const auto target = parse_target(text);
        ASSERT_FALSE(target) << text;
        EXPECT_EQ(target.error().what, "request target: broken percent-encoding");
    }
}

TEST(Cookie, is_found_among_others)
{
    const RestRequest request { "GET", "/",
        { { "cookie", "a=1; accesskey = \"vb_1\" ;token=" }, { "Cookie", "z=3" } } };
    EXPECT_EQ(cookie(request, "a"), "1");
    EXPECT_EQ(cookie(request, "accesskey"), "vb_1");
    EXPECT_EQ(cookie(request, "token"), std::nullopt); // Empty.
    EXPECT_EQ(cookie(request, "z"), "3");
    EXPECT_EQ(cookie(request, "key"), std::nullopt);
}

TEST(Credential, is_the_first_of_five_places)
{
    RestRequest request { "GET", "/", {} };
    Target target;
    EXPECT_EQ(credential_of(request, target), std::nullopt);
    target.query = { { "accesskey", "five" } };
    EXPECT_EQ(credential_of(request, target), "five");
    request.headers = { { "Cookie", "accesskey=four" } };
    EXPECT_EQ(credential_of(request, target), "four");
    request.headers.emplace_back("authorization", "bearer  three");
    EXPECT_EQ(credential_of(request, target), "three");
    target.query.emplace_back("token", "two");
    EXPECT_EQ(credential_of(request, target), "two");
    request.headers[0].second += "; token=one";
    EXPECT_EQ(credential_of(request, target), "one");
}

TEST(Credential, other_schemes_are_none)
{
    for (const auto* value : { "Basic dTpw", "Bearer", "Bearer ", "Bearer   ", "vb_1" })
        EXPECT_EQ(credential_of(RestRequest { "GET", "/", { { "Authorization", value } } }, {}), std::nullopt) << value;
}

TEST(Route, every_path_is_served_with_and_without_its_version)
{
    const std::vector<std::pair<std::string, Resource>> paths {
        { "/ai-messages", Resource::messages },
        { "/aimessages", Resource::messages },
        { "/ai-messages/x", Resource::message },
        { "/aimessages/x", Resource::message },
        { "/aicalls", Resource::ai_calls },
        { "/aicalls/x", Resource::ai_call },
        { "/activeflows", Resource::activeflows },
        { "/activeflows/x", Resource::activeflow },
        { "/customers", Resource::customers },
        { "/customers/x", Resource::customer },
        { "/customer", Resource::own_customer },
    };
    for (const auto& [path, resource] : paths)
        for (const auto& prefix : { "", "/v1.0" }) {
            const auto route = route_of(prefix + path);
            ASSERT_TRUE(route) << prefix << path;
            EXPECT_EQ(route->resource, resource) << prefix << path;
            EXPECT_EQ(route->id, path.ends_with("/x") ? "x" : "");
        }
}

TEST(Route, ping_is_served_at_the_root_alone)
{
    EXPECT_TRUE(route_of("/ping"));
    EXPECT_FALSE(route_of("/v1.0/ping"));
}

TEST(Route, other_paths_are_none)
{
    for (const auto* path : { "", "/", "/v1.0", "/v1.0/", "/v1.0aicalls", "/v2.0/aicalls", "/aicalls/", "/aicalls/x/",
             "/aicalls/x/y", "/aicall", "/customer/x", "//aicalls", "/v1.0/v1.0/aicalls", "/AICALLS", "aicalls" })
        EXPECT_FALSE(route_of(path)) << path;
}

TEST(PageSize, is_an_integer_within_its_limits)
{
    const auto limit_of = [](const std::string& text) {
        const auto query = page_query(Target { "/", { { "page_size", text } } }, { "c" });
        return std::holds_alternative<PageQuery>(query) ? static_cast<int>(std::get<PageQuery>(query).limit) : -1;
    };
    EXPECT_EQ(limit_of("1"), 1);
    EXPECT_EQ(limit_of("007"), 7);
    EXPECT_EQ(limit_of("100"), 100);
    EXPECT_EQ(limit_of(""), 100);
    EXPECT_EQ(limit_of("0"), 100);
    EXPECT_EQ(limit_of("-3"), 100);
    EXPECT_EQ(limit_of("101"), 100);
    EXPECT_EQ(limit_of("99999999999999999999999999"), 100);
    for (const auto* text : { "abc", "1.5", "1e2", "-", " 7", "7 ", "0x10", "+7" })
        EXPECT_EQ(limit_of(text), -1) << text;
}

} // namespace
} // namespace parley
