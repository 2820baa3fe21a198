#include "swaig/tool_call.h"

#include "swaig/coerce.h"
#include "swaig/pom.h"
#include "swaig/report.h"

#include <utility>

namespace parley::swaig {

namespace {

Error invalid(std::string what)
{
    return { ErrorKind::invalid_request, std::move(what) };
}

void add_if_known(Json::Object& body, std::string_view key, const std::string& value)
{
    if (!value.empty())
        body[key] = value;
}

// Receivers read `parsed[0]` and need it to be there.
Json::Object argument_object(const std::string& raw)
{
    auto found = find_json_objects(raw);
    if (found.objects.empty())
        found.objects.emplace_back(Json::Object {});
    Json::Object argument { { "parsed", std::move(found.objects) }, { "raw", raw.empty() ? "{}" : raw } };
    if (!found.rest.empty())
        argument["substituted"] = found.rest;
    return argument;
}

constexpr std::size_t max_attempts = 1'000; // Opening braces looked at in one text; the rest stays text.

// Where the object that opens at `begin` closes; npos if it does not.
std::size_t end_of_object(std::string_view text, std::size_t begin)
{
    std::size_t depth = 0;
    bool in_string = false;
    for (auto i = begin; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

std::string without_fences_and_margins(std::string text)
{
    for (const std::string_view fence : { "```json", "```JSON", "```" }) {
        for (auto at = text.find(fence); at != std::string::npos; at = text.find(fence, at))
            text.erase(at, fence.size());
    }
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string::npos)
        return "";
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// The prompts of `context_switch` may be given as sections, which win over texts.
Json with_rendered_prompts(const Json& given)
{
    Json value = given;
    for (const auto& [sections, text] :
        { std::pair { "system_pom", "system_prompt" }, std::pair { "user_pom", "user_prompt" } }) {
        const auto* pom = given.find(sections);
        if (pom == nullptr || pom->is_null())
            continue;
        if (auto rendered = render_pom(*pom))
            value[text] = std::move(*rendered);
    }
    return value;
}

Result<std::vector<ToolAction>> parse_actions(const Json& given)
{
    std::vector<ToolAction> actions;
    if (!given.is_array() && !given.is_object())
        return invalid("action: must be an object or an array of objects");
    const auto list = given.is_array() ? given.as_array() : Json::Array { given };
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_object())
            return invalid("action[" + std::to_string(i) + "]: must be an object");
        for (const auto& [name, value] : list[i].as_object()) // One object may carry several.
            actions.push_back({ name, name == "context_switch" ? with_rendered_prompts(value) : value });
    }
    return actions;
}

} // namespace

FoundObjects find_json_objects(std::string_view text)
{
    FoundObjects found;
    std::string rest;
    std::size_t at = 0;
    std::size_t attempts = 0;
    while (at < text.size()) {
        const auto open = text.find('{', at);
        if (open == std::string_view::npos || ++attempts > max_attempts)
            break;
        rest += text.substr(at, open - at);
        const auto end = end_of_object(text, open);
        if (end == std::string_view::npos) { // A stray brace.
            rest += '{';
            at = open + 1;
            continue;
        }
        auto object = Json::parse(text.substr(open, end - open));
        if (object)
            found.objects.push_back(std::move(*object));
        else
            rest += text.substr(open, end - open);
        at = end;
    }
    rest += text.substr(at);
    found.rest = without_fences_and_margins(std::move(rest));
    return found;
}

Json::Object tool_request_body(const ToolRequest& request)
{
    Json::Object body { { "app_name", request.app_name } };
    add_if_known(body, "conversation_id", request.conversation_id);
    if (!request.global_data.empty())
        body["global_data"] = request.global_data;
    add_if_known(body, "project_id", request.project_id);
    add_if_known(body, "space_id", request.space_id);
    add_if_known(body, "caller_id_name", request.caller_id_name);
    add_if_known(body, "caller_id_num", request.caller_id_number);
    body["channel_active"] = request.active;
    body["channel_offhook"] = request.offhook;
    body["channel_ready"] = request.ready;
    body["content_type"] = "text/swaig";
    body["version"] = "2.0";
    body["content_disposition"] = "SWAIG Function";
    body["conversation_type"] = "voice";
    body["function"] = request.tool.name;
    body["argument"] = argument_object(request.call.arguments);
    body["call_id"] = request.call_id.value;
    body["ai_session_id"] = request.session.value;
    body["argument_desc"] = request.tool.parameters;
    body["description"] = request.tool.description;
    body["purpose"] = request.tool.description; // What older receivers read.
    body["meta_data_token"] = request.tool.meta_data_token;
    body["meta_data"] = request.meta_data.is_object() ? request.meta_data : Json(Json::Object {});
    if (request.with_conversation) {
        body["call_log"] = call_log_json(request.call_log);
        body["raw_call_log"] = call_log_json(request.raw_call_log);
    }
    if (!request.fatal_error.empty()) {
        body["fatal_error"] = true;
        body["error_reason"] = request.fatal_error;
    }
    return body;
}

Json::Object signature_request_body(const IncludeSpec& include)
{
    Json::Array functions(include.functions.begin(), include.functions.end());
    return { { "action", "get_signature" }, { "functions", std::move(functions) },
        { "meta_data", include.meta_data.is_object() ? include.meta_data : Json(Json::Object {}) },
        { "content_type", "text/swaig" }, { "content_disposition", "function signature request" },
        { "version", "2.0" } };
}

Result<ToolReply> parse_tool_reply(std::string_view body)
{
    auto parsed = Json::parse(body);
    if (!parsed)
        return invalid("the webhook's answer is not JSON: " + parsed.error().what);
    if (!parsed->is_object())
        return invalid("the webhook's answer must be a JSON object");
    ToolReply reply;
    if (const auto* response = parsed->find("response"); response != nullptr && !response->is_null()) {
        if (response->is_object()) {
            const auto* result = response->find("tool_result");
            if (result != nullptr && !result->is_null())
                reply.response = result->is_string() ? result->as_string() : result->dump();
            reply.tool_prompt = response->string_or("tool_prompt");
        } else if (auto text = to_text(*response)) {
            reply.response = std::move(*text);
        } else {
            return invalid("response: must be a string or an object");
        }
    }
    if (const auto* action = parsed->find("action"); action != nullptr && !action->is_null()) {
        auto actions = parse_actions(*action);
        if (!actions)
            return std::move(actions.error());
        reply.actions = std::move(*actions);
    }
    if (const auto* post_process = parsed->find("post_process"); post_process != nullptr && !post_process->is_null()) {
        const auto held = to_bool(*post_process);
        if (!held)
            return invalid("post_process: must be a boolean");
        reply.post_process = *held;
    }
    reply.has_response
        = parsed->as_object().empty() || parsed->find("response") != nullptr || parsed->find("action") != nullptr;
    if (!reply.has_response) // What is wrong there is all that can be told of it.
        reply.response = parsed->find("error") != nullptr ? parsed->dump() : "";
    reply.post_response = std::move(*parsed);
    return reply;
}

} // namespace parley::swaig
