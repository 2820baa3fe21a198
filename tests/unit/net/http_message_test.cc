#include "net/http_message.h"

#include <gtest/gtest.h>

using namespace parley;

TEST(HttpHeaders, are_found_whatever_the_case)
{
    HttpHeaders headers { { "Content-Type", "a" }, { "X", "1" }, { "x", "2" } };
    EXPECT_EQ(headers.find("content-type"), "a");
    EXPECT_EQ(headers.find("X"), "1");
    EXPECT_FALSE(headers.find("Content"));
    headers.set("X", "3");
    EXPECT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers.find("x"), "3");
}

TEST(Url, is_decoded_or_refused)
{
    EXPECT_EQ(percent_decode("a%20b%2fc"), "a b/c");
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
    EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
    for (const char* broken : { "%", "%4", "%zz", "a%2", "%-1" })
        EXPECT_FALSE(percent_decode(broken)) << broken;
    EXPECT_EQ(percent_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
}

TEST(Url, path_and_query_are_taken_apart)
{
    HttpRequest request;
    request.target = "/v1.0/a%2Fb/?x=1&y&&z=%3D%26&x=2+3";
    EXPECT_EQ(request.path(), "/v1.0/a%2Fb/");
    EXPECT_EQ(path_segments(request.path()), (std::vector<std::string> { "v1.0", "a/b" }));
    using Fields = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(query_fields(request.query()), (Fields { { "x", "1" }, { "y", "" }, { "z", "=&" }, { "x", "2 3" } }));
    request.target = "/";
    EXPECT_EQ(request.query(), "");
    EXPECT_TRUE(path_segments(request.path())->empty());
    EXPECT_EQ(path_segments("/a//b"), (std::vector<std::string> { "a", "", "b" }));
    EXPECT_FALSE(path_segments("/%"));
    EXPECT_FALSE(query_fields("a=%x"));
}

TEST(BasicAuthorization, goes_there_and_back)
{
    const std::pair<const char*, const char*> rows[]
        = { { "", "" }, { "a", "b" }, { "user", "p:a@s s" }, { "ab", "cde" } };
    for (const auto& [user, password] : rows) {
        const HttpHeaders headers { { "authorization", basic_authorization(user, password) } };
        EXPECT_EQ(basic_credentials(headers), (std::pair<std::string, std::string> { user, password }));
    }
    EXPECT_EQ(basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); // RFC 7617 2.
    for (const char* broken : { "Basic", "Basic !!!!", "Basic QQ==", "Bearer QTpC", "Basic Q" })
        EXPECT_FALSE(basic_credentials({ { "Authorization", broken } })) << broken;
}
