#include "providers/chat_completions.h"

#include <array>

namespace parley {
namespace {

constexpr std::array<std::string_view, 4> role_names { "system", "user", "assistant", "tool" };

// Providers write pages; a log line and a spoken error need one sentence.
constexpr std::size_t max_error_text = 300;

Json message_json(const LmMessage& message)
{
    Json json = Json::Object { { "role", role_names[static_cast<std::size_t>(message.role)] } };
    json["content"] = message.content.empty() && !message.tool_calls.empty() ? Json() : Json(message.content);
    if (!message.tool_calls.empty()) {
        Json calls = Json::Array {};
        for (const auto& call : message.tool_calls)
            calls.push_back(Json::Object { { "id", call.id }, { "type", "function" },
                { "function", Json::Object { { "name", call.name }, { "arguments", call.arguments } } } });
        json["tool_calls"] = std::move(calls);
    }
    if (message.role == LmMessage::Role::tool)
        json["tool_call_id"] = message.tool_call_id;
    return json;
}

Json tool_json(const LmTool& tool)
{
    Json function = Json::Object { { "name", tool.name }, { "description", tool.description } };
    // Servers refuse a function whose parameters are not an object schema.
    function["parameters"] = tool.parameters.is_object() && tool.parameters.find("type") != nullptr
        ? tool.parameters
        : Json(Json::Object { { "type", "object" }, { "properties", Json::Object {} } });
    return Json::Object { { "type", "function" }, { "function", std::move(function) } };
}

// `content` is a string, null, or a list of parts of which only the text counts here.
std::string content_text(const Json* content)
{
    if (content == nullptr)
        return "";
    if (content->is_string())
        return content->as_string();
    std::string text;
    if (content->is_array()) {
        for (const auto& part : content->as_array())
            text += part.string_or("text");
    }
    return text;
}

Error wrong(const std::string& field, std::string_view expected)
{
    return { ErrorKind::invalid_request, field + ": must be " + std::string(expected) };
}

Result<LmMessage> parse_message(const Json& json, const std::string& field)
{
    if (!json.is_object())
        return wrong(field, "an object");
    LmMessage message;
    auto role = json.string_or("role");
    if (role == "developer")
        role = "system";
    std::size_t index = 0;
    while (index < role_names.size() && role_names[index] != role)
        ++index;
    if (index == role_names.size())
        return wrong(field + ".role", "system, user, assistant or tool");
    message.role = static_cast<LmMessage::Role>(index);
    message.content = content_text(json.find("content"));
    message.tool_call_id = json.string_or("tool_call_id");
    const Json* calls = json.find("tool_calls");
    if (calls == nullptr || calls->is_null())
        return message;
    if (!calls->is_array())
        return wrong(field + ".tool_calls", "an array");
    for (const auto& call : calls->as_array()) {
        const Json* function = call.find("function");
        if (function == nullptr || !function->is_object())
            return wrong(field + ".tool_calls[].function", "an object");
        message.tool_calls.push_back(
            { call.string_or("id"), function->string_or("name"), function->string_or("arguments") });
    }
    return message;
}

Result<LmTool> parse_tool(const Json& json, const std::string& field)
{
    const Json* function = json.find("function");
    if (function == nullptr || !function->is_object())
        return wrong(field + ".function", "an object");
    LmTool tool { function->string_or("name"), function->string_or("description"), Json::Object {} };
    if (tool.name.empty())
        return wrong(field + ".function.name", "a string that is not empty");
    if (const Json* parameters = function->find("parameters"); parameters != nullptr)
        tool.parameters = *parameters;
    return tool;
}

bool flag(const Json& json, std::string_view key)
{
    const Json* found = json.find(key);
    return found != nullptr && found->is_bool() && found->as_bool();
}

int count(const Json& usage, std::string_view key)
{
    const Json* found = usage.find(key);
    return found != nullptr && found->is_integer() ? static_cast<int>(found->as_integer()) : 0;
}

} // namespace

Json chat_request(const LmRequest& request, const std::string& model)
{
    Json body = Json::Object { { "model", model } };
    Json messages = Json::Array {};
    for (const auto& message : request.messages)
        messages.push_back(message_json(message));
    body["messages"] = std::move(messages);
    const auto& options = request.options;
    const auto put = [&](std::string_view key, const auto& value) {
        if (value)
            body[key] = *value;
    };
    put("temperature", options.temperature);
    put("top_p", options.top_p);
    put("presence_penalty", options.presence_penalty);
    put("frequency_penalty", options.frequency_penalty);
    put("max_tokens", options.max_tokens);
    if (!request.tools.empty()) {
        Json tools = Json::Array {};
        for (const auto& tool : request.tools)
            tools.push_back(tool_json(tool));
        body["tools"] = std::move(tools);
    }
    body["stream"] = true;
    body["stream_options"] = Json::Object { { "include_usage", true } };
    return body;
}

Result<ChatRequest> parse_chat_request(std::string_view body)
{
    auto json = Json::parse(body);
    if (!json)
        return json.error();
    const Json* messages = json->find("messages");
    if (messages == nullptr || !messages->is_array() || messages->as_array().empty())
        return wrong("messages", "an array that is not empty");
    ChatRequest parsed;
    parsed.request.options.model = json->string_or("model");
    parsed.stream = flag(*json, "stream");
    if (const Json* options = json->find("stream_options"); options != nullptr)
        parsed.include_usage = flag(*options, "include_usage");
    for (std::size_t i = 0; i < messages->as_array().size(); ++i) {
        auto message = parse_message(messages->as_array()[i], "messages[" + std::to_string(i) + "]");
        if (!message)
            return message.error();
        parsed.request.messages.push_back(std::move(*message));
    }
    const Json* tools = json->find("tools");
    if (tools == nullptr || tools->is_null())
        return parsed;
    if (!tools->is_array())
        return wrong("tools", "an array");
    for (std::size_t i = 0; i < tools->as_array().size(); ++i) {
        auto tool = parse_tool(tools->as_array()[i], "tools[" + std::to_string(i) + "]");
        if (!tool)
            return tool.error();
        parsed.request.tools.push_back(std::move(*tool));
    }
    return parsed;
}

Error chat_error(int status, std::string_view body)
{
    ErrorKind kind = ErrorKind::invalid_request;
    if (status == 401 || status == 403)
        kind = ErrorKind::unauthenticated;
    else if (status == 404)
        kind = ErrorKind::not_found;
    else if (status == 408)
        kind = ErrorKind::timed_out;
    else if (status == 429)
        kind = ErrorKind::limit_reached;
    else if (status >= 500 || status < 400)
        kind = ErrorKind::unavailable;
    std::string what = "language model: HTTP " + std::to_string(status);
    auto json = Json::parse(body);
    if (json) {
        const Json* error = json->find("error");
        std::string said = error != nullptr && error->is_string() ? error->as_string() : "";
        if (error != nullptr && error->is_object())
            said = error->string_or("message");
        if (!said.empty())
            what += ": " + valid_utf8(said.substr(0, max_error_text));
    } else if (!body.empty()) {
        what += ", not JSON";
    }
    return { kind, what };
}

Result<void> ChatDecoder::feed(std::string_view bytes, std::vector<LmEvent>& out)
{
    std::vector<SseEvent> events;
    auto fed = sse_.feed(bytes, events);
    if (!fed)
        return fed.error();
    for (const auto& event : events) {
        if (done_)
            break;
        if (event.text == "[DONE]") {
            done_ = true;
            break;
        }
        if (event.text.empty())
            continue;
        auto chunk = Json::parse(event.text);
        if (!chunk)
            return Error { ErrorKind::unavailable, "language model: broken JSON in the stream: " + chunk.error().what };
        auto taken = take(*chunk, out);
        if (!taken)
            return taken;
    }
    return {};
}

Result<void> ChatDecoder::take(const Json& chunk, std::vector<LmEvent>& out)
{
    if (!chunk.is_object())
        return Error { ErrorKind::unavailable, "language model: a chunk is no object" };
    if (const Json* error = chunk.find("error"); error != nullptr && !error->is_null()) {
        const auto said = error->is_string() ? error->as_string() : error->string_or("message", "unnamed");
        return Error { ErrorKind::unavailable,
            "language model: error in the stream: " + valid_utf8(said.substr(0, max_error_text)) };
    }
    take_usage(chunk);
    const Json* choices = chunk.find("choices");
    if (choices == nullptr || choices->is_null())
        return {};
    if (!choices->is_array())
        return Error { ErrorKind::unavailable, "language model: choices: must be an array" };
    if (choices->as_array().empty())
        return {};
    const Json& choice = choices->as_array().front();
    if (const Json* delta = choice.find("delta"); delta != nullptr && delta->is_object()) {
        auto taken = take_delta(*delta, out);
        if (!taken)
            return taken;
    }
    if (auto reason = choice.string_or("finish_reason"); !reason.empty())
        finish_reason_ = std::move(reason);
    return {};
}

Result<void> ChatDecoder::take_delta(const Json& delta, std::vector<LmEvent>& out)
{
    auto text = content_text(delta.find("content"));
    if (!text.empty()) {
        started_ = spoke_ = true;
        out.emplace_back(LmText { std::move(text) });
    }
    const Json* calls = delta.find("tool_calls");
    if (calls == nullptr || calls->is_null())
        return {};
    if (!calls->is_array())
        return Error { ErrorKind::unavailable, "language model: tool_calls: must be an array" };
    for (const auto& fragment : calls->as_array()) {
        auto taken = take_tool_call(fragment);
        if (!taken)
            return taken;
    }
    return {};
}

Result<void> ChatDecoder::take_tool_call(const Json& fragment)
{
    if (!fragment.is_object())
        return Error { ErrorKind::unavailable, "language model: tool_calls[]: must be an object" };
    started_ = true;
    const Json* index = fragment.find("index");
    const auto id = fragment.string_or("id");
    std::int64_t key = 0;
    if (index != nullptr && index->is_integer())
        key = index->as_integer();
    else if (!calls_.empty()) // Some servers send whole calls without an index: a new id is a new call.
        key = calls_.rbegin()->first + (id.empty() || calls_.rbegin()->second.id == id ? 0 : 1);
    if (!calls_.contains(key) && calls_.size() >= max_tool_calls)
        return Error { ErrorKind::limit_reached, "language model: too many tool calls in one reply" };
    ToolCall& call = calls_[key];
    if (!id.empty())
        call.id = id;
    const Json* function = fragment.find("function");
    if (function == nullptr)
        return {};
    if (call.name.empty())
        call.name = function->string_or("name");
    call.arguments += function->string_or("arguments");
    if (call.arguments.size() > max_arguments)
        return Error { ErrorKind::limit_reached, "language model: arguments of a tool call are too long" };
    return {};
}

void ChatDecoder::take_usage(const Json& chunk)
{
    const Json* usage = chunk.find("usage");
    if (usage == nullptr || !usage->is_object())
        return;
    usage_.input_tokens = count(*usage, "prompt_tokens");
    usage_.output_tokens = count(*usage, "completion_tokens");
}

Result<void> ChatDecoder::finish(std::vector<LmEvent>& out)
{
    if (!done_ && finish_reason_.empty())
        return Error { ErrorKind::unavailable, "language model: the stream ended in the middle of the reply" };
    if (finish_reason_ == "content_filter" && !spoke_)
        return Error { ErrorKind::unavailable, "language model: the provider's content filter withheld the reply" };
    for (auto& [index, call] : calls_) {
        if (call.name.empty())
            return Error { ErrorKind::unavailable, "language model: a tool call without a name" };
        if (call.id.empty())
            call.id = "call_" + std::to_string(index);
        if (call.arguments.empty())
            call.arguments = "{}";
        out.emplace_back(LmToolCall { std::move(call) });
    }
    calls_.clear();
    out.emplace_back(usage_);
    return {};
}

Result<void> ChatDecoder::whole(std::string_view body, std::vector<LmEvent>& out)
{
    auto json = Json::parse(body);
    if (!json)
        return Error { ErrorKind::unavailable, "language model: broken JSON: " + json.error().what };
    const Json* choices = json->find("choices");
    if (choices == nullptr || !choices->is_array() || choices->as_array().empty())
        return Error { ErrorKind::unavailable, "language model: the answer has no choices" };
    const Json& choice = choices->as_array().front();
    const Json* message = choice.find("message");
    if (message == nullptr || !message->is_object())
        return Error { ErrorKind::unavailable, "language model: choices[0].message: must be an object" };
    take_usage(*json);
    finish_reason_ = choice.string_or("finish_reason", "stop");
    auto taken = take_delta(*message, out);
    return taken ? finish(out) : taken;
}

} // namespace parley
