#include "providers/bedrock_chat.h"

#include "providers/aws_signature.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace parley {

namespace {

// ---- The request ---------------------------------------------------------------------------------------------------

constexpr std::string_view opening = "(The conversation begins. You speak first.)";

// Ids and names have letters, digits, _ and - alone, at most 64.
std::string fit_id(std::string_view id)
{
    std::string fit(id.substr(0, 64));
    std::ranges::replace_if(
        fit, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-'; }, '_');
    return fit;
}

Json text_block(std::string_view text)
{
    return Json::Object { { "text", text } };
}

// Messages of alternating roles, made of blocks.
class Dialogue {
public:
    explicit Dialogue(bool with_tools)
        : with_tools_(with_tools)
    {
    }

    void add(const LmMessage& message)
    {
        switch (message.role) {
        case LmMessage::Role::system: // Of the program, in the only voice that is left for it.
            add_text("user", "[Instruction] " + message.content);
            break;
        case LmMessage::Role::user: add_text("user", message.content); break;
        case LmMessage::Role::assistant: add_assistant(message); break;
        case LmMessage::Role::tool: add_result(message); break;
        }
    }

    [[nodiscard]] Json::Array take()
    {
        if (messages_.empty() || messages_.back().string_or("role") == "assistant")
            add_text("user", messages_.empty() ? std::string(opening) : "(The user is silent.)");
        return std::move(messages_);
    }

private:
    void add_text(std::string_view role, const std::string& text)
    {
        if (text.find_first_not_of(" \t\r\n") != std::string::npos)
            add_block(role, text_block(text));
    }

    void add_block(std::string_view role, Json block)
    {
        if (messages_.empty() && role == "assistant")
            add_block("user", text_block(opening));
        if (messages_.empty() || messages_.back().string_or("role") != role)
            messages_.emplace_back(Json::Object { { "role", role }, { "content", Json::Array {} } });
        messages_.back()["content"].push_back(std::move(block));
    }

    void add_assistant(const LmMessage& message)
    {
        add_text("assistant", message.content);
        for (const auto& call : message.tool_calls) {
            if (!with_tools_) {
                add_text("assistant", "(I called " + call.name + " with " + call.arguments + ".)");
                continue;
            }
            auto input = Json::parse(call.arguments);
            add_block("assistant",
                Json::Object { { "toolUse",
                    Json::Object { { "toolUseId", fit_id(call.id) }, { "name", fit_id(call.name) },
                        { "input", input && input->is_object() ? std::move(*input) : Json(Json::Object {}) } } } });
        }
    }

    void add_result(const LmMessage& message)
    {
        if (!with_tools_) {
            add_text("user", "(The function answered: " + message.content + ")");
            return;
        }
        const std::string_view content = message.content.empty() ? std::string_view("ok") : message.content;
        add_block("user",
            Json::Object { { "toolResult",
                Json::Object { { "toolUseId", fit_id(message.tool_call_id) },
                    { "content", Json::Array { text_block(content) } } } } });
    }

    bool with_tools_;
    Json::Array messages_;
};

Json::Object inference(const ModelOptions& options)
{
    Json::Object config;
    if (options.max_tokens)
        config["maxTokens"] = *options.max_tokens;
    if (options.temperature)
        config["temperature"] = std::clamp(*options.temperature, 0.0, 1.0);
    if (options.top_p)
        config["topP"] = *options.top_p;
    return config;
}

Json::Object tool_config(const std::vector<LmTool>& tools)
{
    Json::Array list;
    for (const auto& tool : tools) {
        Json::Object spec { { "name", fit_id(tool.name) } };
        if (!tool.description.empty())
            spec["description"] = tool.description;
        spec["inputSchema"] = Json::Object { { "json", tool.parameters } };
        list.emplace_back(Json::Object { { "toolSpec", std::move(spec) } });
    }
    return { { "tools", std::move(list) }, { "toolChoice", Json::Object { { "auto", Json::Object {} } } } };
}

Error failed(ErrorKind kind, const std::string& what)
{
    return { kind, "language model: " + what };
}

// ---- The answer ----------------------------------------------------------------------------------------------------

// Of an exception in the stream or of an answer: whose fault it is.
ErrorKind kind_of(std::string_view type)
{
    const auto has = [&](std::string_view part) { return type.find(part) != std::string_view::npos; };
    if (has("hrottling") || has("Quota"))
        return ErrorKind::limit_reached;
    if (has("AccessDenied") || has("UnrecognizedClient") || has("InvalidSignature") || has("ExpiredToken"))
        return ErrorKind::unauthenticated;
    if (has("alidation"))
        return ErrorKind::invalid_request;
    if (has("Timeout"))
        return ErrorKind::timed_out;
    return ErrorKind::unavailable;
}

std::string message_in(std::string_view body)
{
    if (const auto json = Json::parse(body)) {
        auto message = json->string_or("message", json->string_or("Message"));
        if (!message.empty())
            return message;
    }
    return std::string(body.substr(0, 200));
}

std::int64_t block_index(const Json& body)
{
    const auto* index = body.find("contentBlockIndex");
    return index != nullptr && index->is_integer() ? index->as_integer() : 0;
}

int count_in(const Json& usage, std::string_view key)
{
    const auto* value = usage.find(key);
    return value != nullptr && value->is_integer()
        ? static_cast<int>(std::clamp<std::int64_t>(value->as_integer(), 0, 1 << 30))
        : 0;
}

} // namespace

std::string bedrock_path(std::string_view model)
{
    return "/model/" + percent_encoded(model) + "/converse-stream";
}

Json bedrock_request(const LmRequest& request)
{
    Json::Array system;
    auto message = request.messages.begin();
    for (; message != request.messages.end() && message->role == LmMessage::Role::system; ++message) {
        if (!message->content.empty())
            system.push_back(text_block(message->content));
    }
    Dialogue dialogue(!request.tools.empty());
    for (; message != request.messages.end(); ++message)
        dialogue.add(*message);
    Json::Object body { { "messages", dialogue.take() } };
    if (!system.empty())
        body["system"] = std::move(system);
    if (auto config = inference(request.options); !config.empty())
        body["inferenceConfig"] = std::move(config);
    if (!request.tools.empty())
        body["toolConfig"] = tool_config(request.tools);
    return body;
}

Error bedrock_error(int status, std::string_view type, std::string_view body)
{
    const auto name = type.substr(0, type.find(':')); // "ThrottlingException:http://…"
    ErrorKind kind = kind_of(name);
    if (status == 429)
        kind = ErrorKind::limit_reached;
    else if ((status == 401 || status == 403) && kind == ErrorKind::unavailable)
        kind = ErrorKind::unauthenticated;
    std::string what = "HTTP " + std::to_string(status);
    if (!name.empty())
        what += " " + std::string(name);
    if (const auto message = message_in(body); !message.empty())
        what += ": " + message;
    return failed(kind, what);
}

Result<void> BedrockDecoder::feed(std::string_view bytes, std::vector<LmEvent>& out)
{
    std::vector<AwsEvent> events;
    auto fed = events_.feed(bytes, events);
    for (const auto& event : events) {
        if (auto taken = take(event, out); !taken)
            return taken;
    }
    return fed ? fed : Result<void>(failed(fed.error().kind, fed.error().what));
}

Result<void> BedrockDecoder::take(const AwsEvent& event, std::vector<LmEvent>& out)
{
    const auto message_type = event.header(":message-type");
    if (message_type == "exception" || message_type == "error") {
        const auto type = message_type == "exception" ? event.header(":exception-type") : event.header(":error-code");
        const auto message
            = message_type == "exception" ? message_in(event.payload) : std::string(event.header(":error-message"));
        return failed(kind_of(type), std::string(type) + ": " + message);
    }
    const auto body = Json::parse(event.payload);
    if (!body)
        return failed(ErrorKind::unavailable, "the stream is not JSON: " + body.error().what);
    const auto type = event.header(":event-type");
    started_ = true;
    if (type == "contentBlockStart") {
        const auto* start = body->find("start");
        const auto* use = start == nullptr ? nullptr : start->find("toolUse");
        if (use == nullptr)
            return {};
        if (calls_.size() >= max_tool_calls)
            return failed(ErrorKind::limit_reached, "too many tool calls");
        calls_[block_index(*body)] = { use->string_or("toolUseId"), use->string_or("name"), "" };
    } else if (type == "contentBlockDelta") {
        return take_delta(*body, out);
    } else if (type == "messageStop") {
        stop_reason_ = body->string_or("stopReason", "end_turn");
    } else if (type == "metadata") {
        take_usage(*body);
    }
    return {};
}

Result<void> BedrockDecoder::take_delta(const Json& body, std::vector<LmEvent>& out)
{
    const auto* delta = body.find("delta");
    if (delta == nullptr)
        return {};
    if (auto text = delta->string_or("text"); !text.empty())
        out.emplace_back(LmText { std::move(text) });
    if (const auto* use = delta->find("toolUse")) {
        const auto call = calls_.find(block_index(body));
        if (call == calls_.end())
            return failed(ErrorKind::unavailable, "arguments of a tool call that did not begin");
        call->second.arguments += use->string_or("input");
        if (call->second.arguments.size() > max_arguments)
            return failed(ErrorKind::limit_reached, "the arguments of a tool call are too long");
    }
    return {};
}

void BedrockDecoder::take_usage(const Json& body)
{
    if (const auto* usage = body.find("usage")) {
        usage_.input_tokens = count_in(*usage, "inputTokens");
        usage_.output_tokens = count_in(*usage, "outputTokens");
    }
}

Result<void> BedrockDecoder::finish(std::vector<LmEvent>& out)
{
    if (!events_.at_boundary() || stop_reason_.empty())
        return failed(ErrorKind::unavailable, "the reply broke off");
    if (stop_reason_ == "guardrail_intervened" || stop_reason_ == "content_filtered")
        return failed(ErrorKind::invalid_request, "the reply was withheld: " + stop_reason_);
    for (auto& [index, call] : calls_)
        out.emplace_back(LmToolCall { std::move(call) });
    calls_.clear();
    out.emplace_back(usage_);
    return {};
}

} // namespace parley
