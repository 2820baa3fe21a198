#include "rest/rest_api.h"

#include "machine/rest/fake_calls.h"
#include "rest/resources.h"
#include "store/memory_store.h"
#include "store/page_token.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

const std::string acme = "11111111-1111-4111-8111-111111111111";
const std::string other = "22222222-2222-4222-8222-222222222222";
const std::string session = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
const std::string quiet_session = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
const std::string flow = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
const std::string unknown = "dddddddd-dddd-4ddd-8ddd-dddddddddddd";

// Message number n: n in its last digits.
std::string message_id(int number)
{
    std::string digits = std::to_string(number);
    return "eeeeeeee-eeee-4eee-8eee-" + std::string(12 - digits.size(), '0') + digits;
}

class RestApiTest : public testing::Test {
protected:
    RestApiTest()
    {
        put(Customer { { acme }, "Acme", "", {} });
        put(Customer { { other }, "Other", "", {} });
        for (const auto& id : { session, quiet_session }) {
            AiCall row;
            row.id = { id };
            row.customer = { acme };
            row.activeflow = { flow };
            put(row);
        }
        Activeflow row;
        row.id = { flow };
        row.customer = { acme };
        put(row);
    }

    template <typename Row> void put(Row row)
    {
        store_.put(std::move(row), [](const Result<Stored>& stored) { ASSERT_TRUE(stored); });
    }

    void append(int number)
    {
        Message message;
        message.id = { message_id(number) };
        message.customer = { acme };
        message.session = { session };
        message.content = std::to_string(number);
        store_.append(std::move(message), [](const Result<Stored>& stored) { ASSERT_TRUE(stored); });
    }

    RestResponse send(RestRequest request)
    {
        std::optional<RestResponse> answer;
        api_.handle(request, [&](RestResponse response) {
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(response);
        });
        EXPECT_TRUE(answer) << "not answered";
        return answer.value_or(RestResponse {});
    }

    RestResponse get(const std::string& target, const std::string& key = "vb_acme")
    {
        return send({ "GET", target, { { "Authorization", "Bearer " + key } } });
    }

    Json json(const RestResponse& response)
    {
        auto body = Json::parse(response.body);
        EXPECT_TRUE(body) << response.body;
        return body ? *body : Json();
    }

    // "404 NOT_FOUND AICALL_NOT_FOUND", once the envelope was checked.
    std::string error(const RestResponse& response)
    {
        const Json body = json(response);
        const Json* error = body.find("error");
        if (error == nullptr)
            return std::to_string(response.status) + " without an error";
        EXPECT_EQ(error->as_object().size(), 4U);
        EXPECT_EQ(error->string_or("request_id"), response.header("X-Request-Id"));
        EXPECT_NE(error->string_or("message"), "");
        return std::to_string(response.status) + " " + error->string_or("status") + " " + error->string_or("reason");
    }

    // "3 2 1": the contents of a page of messages.
    std::string contents(const Json& page)
    {
        std::string text;
        for (const auto& row : page.find("result")->as_array())
            text += (text.empty() ? "" : " ") + row.string_or("content");
        return text;
    }

    WallTime now_ { 1'709'287'205'000'000 };
    MemoryStore store_ { [this] { return now_; } };
    FakeCalls calls_;
    RestApi api_ { store_, calls_, *AccessKeys::create({ { { acme }, "vb_acme" }, { { other }, "vb_other" } }),
        IdSource(1), Log::none() };
};

TEST_F(RestApiTest, lists_messages_newest_first_under_every_spelling)
{
    for (int i = 1; i <= 3; ++i)
        append(i);
    for (const auto* path : { "/v1.0/ai-messages", "/v1.0/aimessages", "/ai-messages", "/aimessages" }) {
        const auto response = get(path + std::string("?aicall_id=") + session);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.header("Content-Type"), "application/json");
        const Json page = json(response);
        EXPECT_EQ(contents(page), "3 2 1");
        EXPECT_EQ(page.as_object().size(), 2U);
        EXPECT_EQ(page.as_object().begin()->first, "result");
        EXPECT_EQ(page.string_or("next_page_token"), page.find("result")->as_array()[2].string_or("tm_create"));
    }
}

TEST_F(RestApiTest, walks_are_exact_for_every_page_size)
{
    std::string expected;
    for (int i = 1; i <= 120; ++i) {
        append(i); // All in one microsecond of the clock.
        expected = std::to_string(i) + (expected.empty() ? "" : " ") + expected;
    }
    for (const auto* size : { "1", "7", "100", "0", "1000" }) {
        std::string walked;
        std::string token;
        for (;;) {
            const Json page
                = json(get("/aimessages?aicall_id=" + session + "&page_size=" + size + "&page_token=" + token));
            if (page.find("result")->as_array().empty()) {
                EXPECT_EQ(page.string_or("next_page_token", "none"), "");
                break;
            }
            walked += (walked.empty() ? "" : " ") + contents(page);
            token = page.string_or("next_page_token");
        }
        EXPECT_EQ(walked, expected) << size;
    }
}

TEST_F(RestApiTest, reads_the_older_form_of_a_page_token)
{
    append(1);
    now_ = now_ + 10s;
    append(2);
    EXPECT_EQ(
        contents(json(get("/aimessages?aicall_id=" + session + "&page_token=2024-03-01%2010:00:10.000000"))), "1");
    EXPECT_EQ(contents(json(get("/aimessages?aicall_id=" + session + "&page_token=2024-03-01+10:00:10.000000"))), "1");
}

TEST_F(RestApiTest, one_message_reads_like_its_row_in_the_list)
{
    append(1);
    const Json page = json(get("/aimessages?aicall_id=" + session));
    const Json one = json(get("/v1.0/ai-messages/" + message_id(1)));
    EXPECT_EQ(one, page.find("result")->as_array()[0]);
}

TEST_F(RestApiTest, every_id_of_a_message_resolves)
{
    append(1);
    EXPECT_EQ(json(get("/v1.0/aicalls/" + session)).string_or("id"), session);
    EXPECT_EQ(json(get("/v1.0/activeflows/" + flow)).string_or("id"), flow);
    EXPECT_EQ(json(get("/v1.0/customer")).string_or("id"), acme);
    EXPECT_EQ(json(get("/v1.0/customers/" + acme)).string_or("id"), acme);
    EXPECT_EQ(json(get("/v1.0/aicalls/AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA")).string_or("id"), session);
}

TEST_F(RestApiTest, lists_hold_what_the_caller_owns)
{
    EXPECT_EQ(json(get("/aicalls")).find("result")->as_array().size(), 2U);
    EXPECT_EQ(json(get("/activeflows")).find("result")->as_array().size(), 1U);
    EXPECT_EQ(json(get("/aicalls", "vb_other")).dump(), R"({"result":[],"next_page_token":""})");
    EXPECT_EQ(json(get("/activeflows", "vb_other")).dump(), R"({"result":[],"next_page_token":""})");
}

TEST_F(RestApiTest, customers_is_a_page_of_oneself)
{
    const Json page = json(get("/v1.0/customers"));
    ASSERT_EQ(page.find("result")->as_array().size(), 1U);
    EXPECT_EQ(page.find("result")->as_array()[0].string_or("id"), acme);
    const Json next = json(get("/v1.0/customers?page_token=" + page.string_or("next_page_token")));
    EXPECT_EQ(next.dump(), R"({"result":[],"next_page_token":""})");
}

TEST_F(RestApiTest, a_session_without_messages_is_an_empty_page)
{
    EXPECT_EQ(get("/aimessages?aicall_id=" + quiet_session).body, R"({"result":[],"next_page_token":""})");
}

TEST_F(RestApiTest, what_belongs_to_others_is_not_there)
{
    append(1);
    EXPECT_EQ(error(get("/aimessages?aicall_id=" + session, "vb_other")), "404 NOT_FOUND AICALL_NOT_FOUND");
    EXPECT_EQ(error(get("/aimessages/" + message_id(1), "vb_other")), "404 NOT_FOUND AIMESSAGE_NOT_FOUND");
    EXPECT_EQ(error(get("/aicalls/" + session, "vb_other")), "404 NOT_FOUND AICALL_NOT_FOUND");
    EXPECT_EQ(error(get("/activeflows/" + flow, "vb_other")), "404 NOT_FOUND RESOURCE_NOT_FOUND");
    EXPECT_EQ(error(get("/customers/" + acme, "vb_other")), "404 NOT_FOUND RESOURCE_NOT_FOUND");
}

TEST_F(RestApiTest, what_is_not_there_reads_the_same)
{
    EXPECT_EQ(error(get("/aimessages?aicall_id=" + unknown)), "404 NOT_FOUND AICALL_NOT_FOUND");
    EXPECT_EQ(error(get("/aimessages/" + unknown)), "404 NOT_FOUND AIMESSAGE_NOT_FOUND");
    EXPECT_EQ(error(get("/aicalls/" + unknown)), "404 NOT_FOUND AICALL_NOT_FOUND");
    EXPECT_EQ(error(get("/activeflows/" + unknown)), "404 NOT_FOUND RESOURCE_NOT_FOUND");
    EXPECT_EQ(error(get("/nope")), "404 NOT_FOUND ROUTE_NOT_FOUND");
    EXPECT_EQ(error(get("/v1.0/auth/login")), "404 NOT_FOUND ROUTE_NOT_FOUND");
}

TEST_F(RestApiTest, bad_requests_name_what_is_wrong)
{
    const std::string list = "/aimessages?aicall_id=" + session;
    const std::vector<std::pair<std::string, std::string>> cases {
        { "/aimessages", "400 INVALID_ARGUMENT MISSING_REQUEST_PARAMETER" },
        { "/aimessages?aicall_id=", "400 INVALID_ARGUMENT MISSING_REQUEST_PARAMETER" },
        { "/aimessages?aicall_id=x", "400 INVALID_ARGUMENT INVALID_ID" },
        { "/aimessages?aicall_id=" + std::string(nil_uuid), "400 INVALID_ARGUMENT INVALID_ID" },
        { "/aimessages?aicall_id=" + session + "0", "400 INVALID_ARGUMENT INVALID_ID" },
        { "/aimessages/x", "400 INVALID_ARGUMENT INVALID_ID" },
        { "/aicalls/" + std::string(nil_uuid), "400 INVALID_ARGUMENT INVALID_ID" },
        { "/aicalls/'%20OR%201=1", "400 INVALID_ARGUMENT INVALID_ID" },
        { "/activeflows/x", "400 INVALID_ARGUMENT INVALID_ID" },
        { "/customers/x", "400 INVALID_ARGUMENT INVALID_ID" },
        { list + "&page_size=abc", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { list + "&page_size=1.5", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { list + "&page_token=yesterday", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { list + "&page_token=" + std::string(5'000, '0'), "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { "/aicalls?page_token=2024-02-30T00:00:00Z", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { "/activeflows?page_size=-", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { "/customers?page_size=x", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { "/aicalls?page_size=%zz", "400 INVALID_ARGUMENT INVALID_REQUEST_PARAMETER" },
        { "/aicalls?x=" + std::string(max_target_length, 'x'), "414 INVALID_ARGUMENT URI_TOO_LONG" },
    };
    for (const auto& [target, expected] : cases)
        EXPECT_EQ(error(get(target)), expected) << target.substr(0, 100);
    EXPECT_EQ(json(get("/aimessages")).find("error")->string_or("message"), "The parameter aicall_id is required.");
    // The door stays usable.
    EXPECT_EQ(get(list).status, 200);
}

TEST_F(RestApiTest, the_key_is_taken_from_query_cookie_and_header)
{
    EXPECT_EQ(send({ "GET", "/customer?accesskey=vb_acme", {} }).status, 200);
    EXPECT_EQ(send({ "GET", "/customer?token=vb_acme", {} }).status, 200);
    EXPECT_EQ(send({ "GET", "/customer", { { "Cookie", "accesskey=vb_acme" } } }).status, 200);
    EXPECT_EQ(send({ "GET", "/customer", { { "Cookie", "token=vb_acme" } } }).status, 200);
    EXPECT_EQ(send({ "GET", "/customer", { { "authorization", "Bearer vb_acme" } } }).status, 200);
}

TEST_F(RestApiTest, no_key_and_a_wrong_key_are_told_apart)
{
    EXPECT_EQ(error(send({ "GET", "/aicalls", {} })), "401 UNAUTHENTICATED AUTHENTICATION_REQUIRED");
    EXPECT_EQ(error(send({ "GET", "/aicalls?accesskey=", {} })), "401 UNAUTHENTICATED AUTHENTICATION_REQUIRED");
    EXPECT_EQ(error(get("/aicalls", "vb_wrong")), "401 UNAUTHENTICATED INVALID_CREDENTIALS");
    // A wrong token is not repaired by a right key: the first credential counts.
    EXPECT_EQ(error(get("/aicalls?accesskey=vb_acme", "vb_wrong")), "401 UNAUTHENTICATED INVALID_CREDENTIALS");
}

TEST_F(RestApiTest, other_methods_are_not_allowed)
{
    for (const auto* method : { "POST", "PUT", "DELETE", "PATCH", "get", "" }) {
        const auto response = send({ method, "/v1.0/aimessages", { { "Authorization", "Bearer vb_acme" } } });
        EXPECT_EQ(error(response), "405 INVALID_ARGUMENT METHOD_NOT_ALLOWED");
        EXPECT_EQ(response.header("Allow"), "GET, HEAD, OPTIONS");
    }
}

TEST_F(RestApiTest, head_answers_as_get_and_says_that_the_body_stays_behind)
{
    auto response = send({ "HEAD", "/v1.0/aicalls", { { "Authorization", "Bearer vb_acme" } } });
    EXPECT_TRUE(response.head_only);
    EXPECT_EQ(response.body, get("/v1.0/aicalls").body);
    EXPECT_FALSE(get("/v1.0/aicalls").head_only);
    EXPECT_TRUE(send({ "HEAD", "/nope", {} }).head_only);
}

TEST_F(RestApiTest, browsers_of_any_origin_are_served)
{
    const auto preflight = send({ "OPTIONS", "/v1.0/aimessages", { { "Origin", "https://example.com" } } });
    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(preflight.body, "");
    EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(preflight.header("Access-Control-Allow-Methods"), "POST, GET, PUT, DELETE, PATCH, HEAD, OPTIONS");
    EXPECT_EQ(preflight.header("Access-Control-Allow-Headers"),
        "Origin, X-Requested-With, Content-Type, Accept, Authorization");
    EXPECT_EQ(preflight.header("Access-Control-Max-Age"), "43200");
    EXPECT_EQ(get("/aicalls").header("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(send({ "GET", "/aicalls", {} }).header("Access-Control-Allow-Origin"), "*");
}

TEST_F(RestApiTest, a_fit_request_id_is_echoed_and_another_replaced)
{
    const auto id_for = [&](const std::string& sent) {
        return std::string(*send({ "GET", "/nope", { { "x-request-id", sent } } }).header("X-Request-Id"));
    };
    EXPECT_EQ(id_for("abc-DEF_1"), "abc-DEF_1");
    EXPECT_EQ(id_for(std::string(64, 'a')), std::string(64, 'a'));
    for (const auto& unfit : { std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\r\nX: y") }) {
        const std::string id = id_for(unfit);
        EXPECT_EQ(id.size(), 30U);
        EXPECT_EQ(id.substr(0, 4), "req_");
        EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567", 4), std::string::npos);
    }
    EXPECT_NE(id_for(""), id_for(""));
}

TEST_F(RestApiTest, ping_needs_no_key)
{
    const auto response = send({ "GET", "/ping", {} });
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"message":"pong"})");
}

// Every read fails as if the database were away.
class AwayStore final : public MessageStore {
public:
    void append(Message, Answer<Stored> answer) override { answer(away()); }
    void list(MessageQuery, Answer<MessagePage> answer) override { answer(away()); }
    void get(CustomerId, MessageId, Answer<Message> answer) override { answer(away()); }
    void put(AiCall, Answer<Stored> answer) override { answer(away()); }
    void list_ai_calls(PageQuery, Answer<Page<AiCall>> answer) override { answer(away()); }
    void get_ai_call(CustomerId, AiSessionId, Answer<AiCall> answer) override { answer(away()); }
    void put(Activeflow, Answer<Stored> answer) override { answer(away()); }
    void list_activeflows(PageQuery, Answer<Page<Activeflow>> answer) override { answer(away()); }
    void get_activeflow(CustomerId, ActiveflowId, Answer<Activeflow> answer) override { answer(away()); }
    void put(Customer, Answer<Stored> answer) override { answer(away()); }
    void list_customers(PageQuery, Answer<Page<Customer>> answer) override { answer(away()); }
    void get_customer(CustomerId, Answer<Customer> answer) override { answer(away()); }
    [[nodiscard]] std::size_t backlog() const override { return 0; }

private:
    static Error away() { return { ErrorKind::unavailable, "disk I/O error in /var/lib/secret.db" }; }
};

TEST_F(RestApiTest, a_store_that_is_away_is_503_everywhere_and_keeps_its_secrets)
{
    AwayStore away;
    FakeCalls calls;
    RestApi api(away, calls, *AccessKeys::create({ { { acme }, "vb_acme" } }), IdSource(1), Log::none());
    for (const auto& path : { "/aimessages?aicall_id=" + session, "/aimessages/" + session, std::string("/aicalls"),
             "/aicalls/" + session, std::string("/activeflows"), "/activeflows/" + flow, std::string("/customers"),
             "/customers/" + acme, std::string("/customer") }) {
        std::optional<RestResponse> response;
        api.handle({ "GET", path, { { "Authorization", "Bearer vb_acme" } } }, [&](RestResponse r) { response = r; });
        ASSERT_TRUE(response) << path;
        EXPECT_EQ(error(*response), "503 UNAVAILABLE SERVICE_UNAVAILABLE") << path;
        EXPECT_EQ(response->header("Retry-After"), "1");
        EXPECT_EQ(response->body.find("secret"), std::string::npos);
    }
}

TEST(RestErrorTable, has_a_row_for_every_kind)
{
    const std::vector<std::pair<ErrorKind, int>> rows { { ErrorKind::invalid_request, 400 },
        { ErrorKind::unauthenticated, 401 }, { ErrorKind::not_found, 404 }, { ErrorKind::conflict, 409 },
        { ErrorKind::unsupported, 501 }, { ErrorKind::limit_reached, 429 }, { ErrorKind::unavailable, 503 },
        { ErrorKind::timed_out, 504 } };
    for (const auto& [kind, status] : rows)
        EXPECT_EQ(rest_error(Error { kind, "what" }).http, status);
    EXPECT_EQ(rest_error(Error { ErrorKind::conflict, "ended: it is over" }).message, "ended: it is over");
}

} // namespace
} // namespace parley
