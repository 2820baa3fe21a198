#include "swaig/mcp.h"

#include "swaig/coerce.h"
#include "swaig/functions.h"

#include <utility>

namespace parley::swaig {

namespace {

const Json::Array& array_at(const Json& object, std::string_view key)
{
    static const Json::Array none;
    const auto* value = object.find(key);
    return value != nullptr && value->is_array() ? value->as_array() : none;
}

std::string with_variables(std::string uri, const Json::Object& variables)
{
    for (const auto& [name, value] : variables) {
        const auto placeholder = "{" + name + "}";
        const auto text = to_text(value).value_or("");
        for (auto at = uri.find(placeholder); at != std::string::npos; at = uri.find(placeholder, at + text.size()))
            uri.replace(at, placeholder.size(), text);
    }
    return uri;
}

std::string texts_of(const Json::Array& parts)
{
    std::string text;
    for (const auto& part : parts) {
        const auto piece = part.string_or("text");
        if (piece.empty())
            continue;
        text += text.empty() ? "" : "\n";
        text += piece;
    }
    return text;
}

} // namespace

std::string mcp_request(std::int64_t id, std::string_view method, Json::Object params)
{
    Json::Object request { { "jsonrpc", "2.0" }, { "id", id }, { "method", std::string(method) } };
    if (!params.empty())
        request["params"] = std::move(params);
    return Json(std::move(request)).dump();
}

std::string mcp_notification(std::string_view method)
{
    return Json(Json::Object { { "jsonrpc", "2.0" }, { "method", std::string(method) } }).dump();
}

Json::Object mcp_client_facts()
{
    return { { "protocolVersion", std::string(mcp_protocol) }, { "capabilities", Json::Object {} },
        { "clientInfo", Json::Object { { "name", "parley" }, { "version", "1.0" } } } };
}

std::optional<Result<Json>> mcp_answer(const Json& message, std::int64_t id)
{
    const auto* answered = message.find("id");
    const bool ours = answered != nullptr && answered->is_integer() && answered->as_integer() == id;
    if (!ours || message.find("method") != nullptr)
        return std::nullopt;
    if (const auto* error = message.find("error"); error != nullptr && !error->is_null())
        return Error { ErrorKind::unavailable,
            "MCP server: " + error->string_or("message", "an error without a word") };
    const auto* result = message.find("result");
    if (result == nullptr || !result->is_object())
        return Error { ErrorKind::invalid_request, "MCP server: an answer without a result" };
    return Result<Json>(*result);
}

std::vector<ToolSpec> mcp_tools(const Json& result, const McpTool& server)
{
    std::vector<ToolSpec> tools;
    for (const auto& entry : array_at(result, "tools")) {
        ToolSpec tool;
        tool.name = entry.string_or("name");
        if (tool.name.empty() || tools.size() >= max_functions)
            continue;
        tool.description = entry.string_or("description", entry.string_or("title", tool.name));
        const auto* schema = entry.find("inputSchema");
        tool.parameters = schema != nullptr && schema->is_object()
            ? *schema
            : Json(Json::Object { { "type", "object" }, { "properties", Json::Object {} } });
        tool.meta_data = Json::Object {};
        tool.meta_data_token = server.url;
        tool.mcp = server;
        tool.mcp.name = tool.name;
        tools.push_back(std::move(tool));
    }
    return tools;
}

std::string mcp_text(const Json& result)
{
    return texts_of(array_at(result, "content"));
}

bool mcp_failed(const Json& result)
{
    const auto* failed = result.find("isError");
    return failed != nullptr && failed->is_bool() && failed->as_bool();
}

std::vector<McpResource> mcp_resources(const Json& result, const Json::Object& variables)
{
    std::vector<McpResource> resources;
    for (const auto& entry : array_at(result, "resources")) {
        auto uri = with_variables(entry.string_or("uri"), variables);
        if (!uri.empty() && resources.size() < max_mcp_resources)
            resources.push_back({ uri, entry.string_or("name", uri) });
    }
    return resources;
}

Json mcp_contents(const Json& result)
{
    const auto text = texts_of(array_at(result, "contents"));
    if (text.empty() || text.size() > max_mcp_resource_bytes)
        return {};
    auto json = Json::parse(text);
    return json ? std::move(*json) : Json(text);
}

} // namespace parley::swaig
