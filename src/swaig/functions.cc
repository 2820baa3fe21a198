#include "swaig/functions.h"

#include "base/sha256.h"
#include "swaig/ai_object.h"
#include "swaig/coerce.h"

#include <algorithm>
#include <array>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

// Called by the platform at certain moments, never offered to the model.
constexpr std::array<std::string_view, 6> reserved_names { "startup_hook", "start_hook", "hangup_hook", "stop_hook",
    "summarize_conversation", "check_for_input" };

constexpr std::array<std::string_view, 6> not_there_yet { "includes", "native_functions", "internal_fillers",
    "mcp_servers", "hooks", "mcp" };

std::string text_of(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    if (value == nullptr)
        return "";
    return to_text(*value).value_or("");
}

std::string text_of(const Json& object, std::string_view key, std::string_view older_key)
{
    auto text = text_of(object, key);
    return text.empty() ? text_of(object, older_key) : text;
}

// `web_hook_url` and its credentials, either inside the URL or beside it. Those beside it win.
WebHook hook_of(const Json& object)
{
    auto hook = web_hook_from(text_of(object, "web_hook_url"));
    auto user = text_of(object, "web_hook_auth_user");
    if (!user.empty()) {
        hook.user = std::move(user);
        hook.password = text_of(object, "web_hook_auth_password", "web_hook_auth_pass");
    }
    return hook;
}

// Tools of one webhook share their store, hence a token made of URL and credentials. Clients see 32 hexadecimal digits.
std::string default_token(const WebHook& hook)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto digest = sha256(hook.url + '\n' + hook.user + '\n' + hook.password);
    std::string token;
    for (std::size_t i = 0; i < digest.size() / 2; ++i) {
        token.push_back(digits[digest[i] >> 4]);
        token.push_back(digits[digest[i] & 15]);
    }
    return token;
}

Json parameters_of(const Json& function, const std::string& where, Warnings& warnings)
{
    Json nothing = Json::Object { { "type", "object" }, { "properties", Json::Object {} } };
    const auto* given = function.find("parameters");
    if (given == nullptr || given->is_null())
        given = function.find("argument");
    if (given == nullptr || given->is_null())
        return nothing;
    if (!given->is_object()) {
        warnings.push_back(where + ".parameters: not an object, taken as none");
        return nothing;
    }
    return given->as_object().empty() ? nothing : *given;
}

bool switched_off(const Json& function)
{
    const auto* active = function.find("active");
    return active != nullptr && to_bool(*active) == false;
}

std::optional<ToolSpec> parse_function(
    const Json& function, const WebHook& default_hook, const std::string& where, Warnings& warnings)
{
    if (!function.is_object()) {
        warnings.push_back(where + ": not an object, left out");
        return std::nullopt;
    }
    ToolSpec tool;
    tool.name = text_of(function, "function", "name");
    tool.description = text_of(function, "description", "purpose");
    tool.hook = hook_of(function);
    if (tool.hook.url.empty())
        tool.hook = default_hook;
    if (tool.name.empty() || tool.description.empty()) {
        warnings.push_back(
            where + (tool.name.empty() ? ".function" : ".description") + ": is missing, function left out");
        return std::nullopt;
    }
    if (std::ranges::find(reserved_names, tool.name) != reserved_names.end()) {
        warnings.push_back(where + ".function: " + tool.name + " is reserved and not available yet");
        return std::nullopt;
    }
    if (tool.hook.url.empty()) {
        warnings.push_back(where
            + (function.find("data_map") != nullptr ? ".data_map: is not available yet, function left out"
                                                    : ".web_hook_url: is missing, function left out"));
        return std::nullopt;
    }
    if (switched_off(function))
        return std::nullopt;
    tool.parameters = parameters_of(function, where, warnings);
    const auto* meta_data = function.find("meta_data");
    tool.meta_data = meta_data != nullptr && meta_data->is_object() ? *meta_data : Json(Json::Object {});
    tool.meta_data_token = text_of(function, "meta_data_token");
    if (tool.meta_data_token.empty())
        tool.meta_data_token = default_token(tool.hook);
    return tool;
}

} // namespace

Result<std::vector<ToolSpec>> parse_functions(const Json& swaig, Warnings& warnings)
{
    std::vector<ToolSpec> tools;
    if (!swaig.is_object() && !swaig.is_array())
        return Error { ErrorKind::invalid_request, "SWAIG: must be an object or an array of functions" };
    const auto* functions = swaig.is_array() ? &swaig : swaig.find("functions");
    WebHook default_hook;
    if (swaig.is_object()) {
        if (const auto* defaults = swaig.find("defaults"); defaults != nullptr && defaults->is_object())
            default_hook = hook_of(*defaults);
        for (const auto key : not_there_yet) {
            if (swaig.find(key) != nullptr)
                warnings.push_back("SWAIG." + std::string(key) + ": is not available yet");
        }
    }
    if (functions == nullptr || functions->is_null())
        return tools;
    if (!functions->is_array())
        return Error { ErrorKind::invalid_request, "SWAIG.functions: must be an array" };
    for (std::size_t i = 0; i < functions->as_array().size(); ++i) {
        const auto where = "SWAIG.functions[" + std::to_string(i) + "]";
        auto tool = parse_function(functions->as_array()[i], default_hook, where, warnings);
        if (!tool)
            continue;
        if (std::ranges::find(tools, tool->name, &ToolSpec::name) != tools.end()) {
            warnings.push_back(where + ".function: " + tool->name + " was declared before, left out");
            continue;
        }
        if (tools.size() >= max_functions) {
            warnings.push_back("SWAIG.functions: only the first " + std::to_string(max_functions) + " are taken");
            break;
        }
        tools.push_back(std::move(*tool));
    }
    return tools;
}

} // namespace parley::swaig
