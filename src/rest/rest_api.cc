#include "rest/rest_api.h"

#include "rest/call_commands.h"
#include "rest/queries.h"
#include "rest/resources.h"
#include "rest/routes.h"
#include "store/page_token.h"

#include <utility>
#include <variant>

namespace parley {

namespace {

using Respond = RestApi::Respond;

// What an answer needs when it comes later than the question.
struct Asked {
    Respond respond;
    std::string request_id;
    Log log;
    bool head_only;

    void answer(RestResponse response) const
    {
        response.head_only = head_only;
        log.debug("rest request answered", { { "status", response.status } });
        respond(std::move(response));
    }
    void ok(const Json& body) const { answer(ok_response(body, request_id)); }
    void fail(const RestError& error) const { answer(error_response(error, request_id)); }
    // RFC 7617 2: tells browsers and libraries which credentials are wanted.
    void challenge(const RestError& error) const
    {
        auto response = error_response(error, request_id);
        if (error.http == 401)
            response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"parley\"");
        answer(std::move(response));
    }
    void fail(const Error& error) const
    {
        if (error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timed_out)
            log.warning("rest request failed", { { "error", error.what } });
        fail(rest_error(error));
    }
};

// What a row is called when it is missing.
struct Missing {
    std::string_view reason;
    std::string_view what;
};

constexpr Missing no_message { "AIMESSAGE_NOT_FOUND", "AI message" };
constexpr Missing no_ai_call { "AICALL_NOT_FOUND", "AI call" };
constexpr Missing no_activeflow { "RESOURCE_NOT_FOUND", "activeflow" };
constexpr Missing no_agent { "AI_NOT_FOUND", "AI" };
constexpr Missing no_customer { "RESOURCE_NOT_FOUND", "customer" };

// Answers with one row.
template <typename Row> auto one(Asked asked, Missing missing)
{
    return [asked = std::move(asked), missing](const Result<Row>& row) {
        if (row)
            asked.ok(to_json(*row));
        else if (row.error().kind == ErrorKind::not_found)
            asked.fail(not_found(missing.reason, missing.what));
        else
            asked.fail(row.error());
    };
}

template <typename Row> Json list_json(const std::vector<Row>& rows)
{
    Json::Array result;
    for (const Row& row : rows)
        result.push_back(to_json(row));
    return Json::Object {
        { "result", std::move(result) },
        { "next_page_token", rows.empty() ? std::string() : time_text(rows.back().created) },
    };
}

// Answers with a page of rows.
template <typename Row> auto many(Asked asked)
{
    return [asked = std::move(asked)](const Result<Page<Row>>& page) {
        if (page)
            asked.ok(list_json(page->rows));
        else
            asked.fail(page.error());
    };
}

// An empty page may mean that there is no such AI call: an unknown one and a foreign one are told alike.
void list_messages(MessageStore& store, const MessageQuery& query, Asked asked)
{
    store.list(query, [&store, query, asked = std::move(asked)](const Result<MessagePage>& page) {
        if (!page || !page->rows.empty())
            return many<Message>(asked)(page);
        store.get_ai_call(query.customer, query.session, [asked](const Result<AiCall>& ai_call) {
            if (ai_call)
                asked.ok(list_json(std::vector<Message> {}));
            else
                one<AiCall>(asked, no_ai_call)(ai_call);
        });
    });
}

// A key sees its own customer. The list is a page like any other: beyond its token it is empty.
void list_customers(MessageStore& store, const PageQuery& query, Asked asked)
{
    store.get_customer(query.customer, [query, asked = std::move(asked)](const Result<Customer>& own) {
        if (!own && own.error().kind != ErrorKind::not_found)
            return asked.fail(own.error());
        std::vector<Customer> rows;
        if (own && (!query.before || own->created < *query.before))
            rows.push_back(*own);
        asked.ok(list_json(rows));
    });
}

// Asks with what was parsed, or answers why it could not be.
template <typename Query, typename Ask> void ask(std::variant<Query, RestError> parsed, const Asked& asked, Ask with)
{
    if (const auto* error = std::get_if<RestError>(&parsed))
        asked.fail(*error);
    else
        with(std::get<Query>(std::move(parsed)));
}

void get_one(MessageStore& store, const RouteMatch& route, const CustomerId& customer, Asked asked)
{
    const std::string id = id_from(route.id);
    if (id.empty())
        return asked.fail(invalid_id("id"));
    if (route.resource == Resource::message)
        store.get(customer, { id }, one<Message>(std::move(asked), no_message));
    else if (route.resource == Resource::ai_call)
        store.get_ai_call(customer, { id }, one<AiCall>(std::move(asked), no_ai_call));
    else if (route.resource == Resource::activeflow)
        store.get_activeflow(customer, { id }, one<Activeflow>(std::move(asked), no_activeflow));
    else if (id == customer.value)
        store.get_customer(customer, one<Customer>(std::move(asked), no_customer));
    else
        asked.fail(not_found(no_customer.reason, no_customer.what));
}

// All of them on one page: they are few.
void show_agents(const swaig::AgentLibrary& library, const RouteMatch& route, const Asked& asked)
{
    const auto agents = library.agents();
    if (route.resource == Resource::agents) {
        Json::Array result;
        for (const auto& agent : *agents)
            result.push_back(to_json(agent));
        return asked.ok(Json::Object { { "result", std::move(result) }, { "next_page_token", "" } });
    }
    if (id_from(route.id).empty())
        return asked.fail(invalid_id("id"));
    const auto* agent = swaig::find_agent(*agents, route.id);
    if (agent == nullptr)
        return asked.fail(not_found(no_agent.reason, no_agent.what));
    asked.ok(to_json(*agent));
}

void dispatch(
    MessageStore& store, const RouteMatch& route, const Target& target, const CustomerId& customer, Asked asked)
{
    switch (route.resource) {
    case Resource::ping:
    case Resource::call_commands: break; // Answered before anybody asks for an access key.
    case Resource::agents:
    case Resource::agent: break; // They are in no store.
    case Resource::messages:
        return ask(message_query(target, customer), asked,
            [&](const MessageQuery& query) { list_messages(store, query, asked); });
    case Resource::ai_calls:
        return ask(page_query(target, customer), asked,
            [&](const PageQuery& query) { store.list_ai_calls(query, many<AiCall>(asked)); });
    case Resource::activeflows:
        return ask(page_query(target, customer), asked,
            [&](const PageQuery& query) { store.list_activeflows(query, many<Activeflow>(asked)); });
    case Resource::customers:
        return ask(
            page_query(target, customer), asked, [&](const PageQuery& query) { list_customers(store, query, asked); });
    case Resource::own_customer: return store.get_customer(customer, one<Customer>(std::move(asked), no_customer));
    case Resource::message:
    case Resource::ai_call:
    case Resource::activeflow:
    case Resource::customer: return get_one(store, route, customer, std::move(asked));
    }
}

void command_call(CallDoor& calls, const RestRequest& request, IdSource& ids, const Asked& asked)
{
    auto command = call_command_of(request, ids, calls.agents());
    if (const auto* error = std::get_if<RestError>(&command))
        return asked.challenge(*error);
    calls.command(std::get<CallDoorRequest>(std::move(command)), [asked](const Result<CommandedCall>& call) {
        if (call)
            asked.ok(to_json(*call));
        else
            asked.challenge(call_error(call.error()));
    });
}

std::string new_request_id(IdSource& ids)
{
    constexpr std::string_view base32 = "abcdefghijklmnopqrstuvwxyz234567";
    std::string id = "req_";
    for (int i = 0; i < 26; ++i)
        id += base32[ids.number() % base32.size()];
    return id;
}

// The parts of a request that is on a route and may be answered.
struct Accepted {
    Target target;
    RouteMatch route;
};

std::variant<Accepted, RestError> accept(const RestRequest& request)
{
    if (request.target.size() > max_target_length)
        return RestError { 414, "INVALID_ARGUMENT", "URI_TOO_LONG", "The request target is too long." };
    auto target = parse_target(request.target);
    if (!target)
        return invalid_parameter(target.error().what);
    auto route = route_of(target->path);
    if (!route)
        return RestError { 404, "NOT_FOUND", "ROUTE_NOT_FOUND", "The requested endpoint does not exist." };
    if (route->resource == Resource::call_commands) {
        if (request.method != "POST")
            return RestError { 405, "INVALID_ARGUMENT", "METHOD_NOT_ALLOWED", "The endpoint offers POST." };
    } else if (request.method != "GET" && request.method != "HEAD") {
        return RestError { 405, "INVALID_ARGUMENT", "METHOD_NOT_ALLOWED", "The endpoint offers GET and HEAD." };
    }
    return Accepted { std::move(*target), std::move(*route) };
}

} // namespace

RestApi::RestApi(MessageStore& store, CallDoor& calls, AccessKeys keys, IdSource ids, Log log)
    : store_(store)
    , calls_(calls)
    , keys_(std::move(keys))
    , ids_(std::move(ids))
    , log_(std::move(log))
{
}

void RestApi::handle(const RestRequest& request, Respond respond)
{
    std::string request_id = request_id_from(request).value_or("");
    if (request_id.empty())
        request_id = new_request_id(ids_);
    const Asked asked { std::move(respond), request_id, log_.with({ { "request_id", request_id } }),
        request.method == "HEAD" };
    if (request.method == "OPTIONS")
        return asked.answer(preflight_response(request_id));

    const auto accepted = accept(request);
    if (const auto* error = std::get_if<RestError>(&accepted)) {
        RestResponse refused = error_response(*error, request_id);
        const bool is_for_calls = request.target.starts_with(call_commands_path);
        if (error->http == 405)
            refused.headers.emplace_back("Allow", is_for_calls ? "POST, OPTIONS" : "GET, HEAD, OPTIONS");
        return asked.answer(std::move(refused));
    }
    const auto& [target, route] = std::get<Accepted>(accepted);
    if (route.resource == Resource::ping)
        return asked.ok(Json::Object { { "message", "pong" } });
    if (route.resource == Resource::call_commands)
        return command_call(calls_, request, ids_, asked);

    const auto credential = credential_of(request, target);
    if (!credential)
        return asked.fail(
            { 401, "UNAUTHENTICATED", "AUTHENTICATION_REQUIRED", "An access key or a Bearer token is required." });
    const auto customer = keys_.customer_of(*credential);
    if (!customer)
        return asked.fail({ 401, "UNAUTHENTICATED", "INVALID_CREDENTIALS", "The access key or token is not known." });
    if (route.resource == Resource::agents || route.resource == Resource::agent)
        return show_agents(calls_.agents(), route, asked);
    dispatch(store_, route, target, *customer, asked);
}

} // namespace parley
