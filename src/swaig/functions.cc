#include "swaig/functions.h"

#include "base/sha256.h"
#include "swaig/ai_object.h"
#include "swaig/coerce.h"
#include "swaig/fillers.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

// Called by the session at certain moments, never offered to the model.
constexpr std::array<std::string_view, 6> reserved_names { "startup_hook", "start_hook", "hangup_hook", "stop_hook",
    "summarize_conversation", "check_for_input" };

bool reserved(const std::string& name)
{
    return std::ranges::find(reserved_names, name) != reserved_names.end();
}

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

bool truth_of(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && to_bool(*value).value_or(false);
}

Json object_of(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && value->is_object() ? *value : Json(Json::Object {});
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

// Tools of one webhook share their store, hence a token made of URL and credentials; one that runs here has a store of
// its own. Clients see 32 hexadecimal digits.
std::string default_token(const ToolSpec& tool)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto& hook = tool.hook;
    const auto digest = sha256(hook.url.empty() ? tool.name : hook.url + '\n' + hook.user + '\n' + hook.password);
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

// A count, written as a number or as digits; unset: it is none, or it is negative, which means endless.
std::optional<int> count_of(const Json* value)
{
    if (value == nullptr || value->is_bool())
        return std::nullopt;
    const auto number = to_number(*value);
    if (!number || *number < 0 || *number > 1'000'000)
        return std::nullopt;
    return static_cast<int>(std::floor(*number));
}

// `active`: a truth or the number of calls that are left.
std::optional<int> uses_of(const Json& function)
{
    const auto* active = function.find("active");
    if (active == nullptr)
        return std::nullopt;
    if (const auto count = count_of(active))
        return count;
    return to_bool(*active) == false ? std::optional(0) : std::nullopt;
}

void read_manners(const Json& function, const std::string& where, ToolSpec& tool, Warnings& warnings)
{
    if (const auto* fillers = function.find("fillers"))
        tool.fillers = parse_fillers(*fillers, where + ".fillers", warnings);
    tool.skip_fillers = truth_of(function, "skip_fillers");
    tool.wait_for_fillers = truth_of(function, "wait_for_fillers");
    tool.wait_file = text_of(function, "wait_file");
    tool.wait_file_loops = count_of(function.find("wait_file_loops"));
    tool.uses_left = uses_of(function);
    tool.parameters = parameters_of(function, where, warnings);
    tool.meta_data = object_of(function, "meta_data");
    tool.meta_data_token = text_of(function, "meta_data_token");
    tool.author_token = !tool.meta_data_token.empty();
    if (!tool.author_token)
        tool.meta_data_token = default_token(tool);
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
    const bool is_hook = reserved(tool.name);
    if (tool.name.empty() || (tool.description.empty() && !is_hook)) {
        warnings.push_back(
            where + (tool.name.empty() ? ".function" : ".description") + ": is missing, function left out");
        return std::nullopt;
    }
    if (const auto* data_map = function.find("data_map"); data_map != nullptr && !data_map->is_null()) {
        if (data_map->is_object())
            tool.data_map = *data_map;
        else
            warnings.push_back(where + ".data_map: must be an object, taken as none");
    }
    tool.hook = hook_of(function);
    if (tool.hook.url.empty() && !tool.data_map.is_object())
        tool.hook = default_hook;
    if (tool.hook.url.empty() && !tool.data_map.is_object()) {
        warnings.push_back(where + ".web_hook_url: is missing, function left out");
        return std::nullopt;
    }
    read_manners(function, where, tool, warnings);
    return tool;
}

void parse_list(const Json::Array& list, const WebHook& default_hook, const std::string& name,
    std::vector<ToolSpec>& tools, std::vector<ToolSpec>* hooks, Warnings& warnings)
{
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto where = name + "[" + std::to_string(i) + "]";
        auto tool = parse_function(list[i], default_hook, where, warnings);
        if (!tool)
            continue;
        auto* into = reserved(tool->name) && hooks != nullptr ? hooks : &tools;
        if (std::ranges::find(*into, tool->name, &ToolSpec::name) != into->end()) {
            warnings.push_back(where + ".function: " + tool->name + " was declared before, left out");
            continue;
        }
        if (into->size() >= max_functions) {
            warnings.push_back(name + ": only the first " + std::to_string(max_functions) + " are taken");
            break;
        }
        into->push_back(std::move(*tool));
    }
}

std::vector<std::string> names_of(const Json& value)
{
    std::vector<std::string> names;
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (const auto& one : list) {
        if (auto name = to_text(one).value_or(""); !name.empty() && names.size() < max_functions)
            names.push_back(std::move(name));
    }
    return names;
}

// One entry or a list of them, each an object with a `url`.
template <typename Take>
void each_source(const Json& swaig, std::string_view key, std::size_t limit, Warnings& warnings, Take take)
{
    const auto* value = swaig.find(key);
    if (value == nullptr || value->is_null())
        return;
    const auto name = "SWAIG." + std::string(key);
    const auto list = value->is_array() ? value->as_array() : Json::Array { *value };
    for (std::size_t i = 0, taken = 0; i < list.size(); ++i) {
        if (text_of(list[i], "url").empty()) {
            warnings.push_back(name + "[" + std::to_string(i) + "].url: is missing, left out");
        } else if (taken++ == limit) {
            warnings.push_back(name + ": only the first " + std::to_string(limit) + " are taken");
            return;
        } else {
            take(list[i]);
        }
    }
}

IncludeSpec include_of(const Json& entry)
{
    IncludeSpec include;
    include.hook = web_hook_from(text_of(entry, "url"));
    if (auto user = text_of(entry, "auth_user", "user"); !user.empty()) {
        include.hook.user = std::move(user);
        include.hook.password = text_of(entry, "auth_password", "password");
    }
    if (const auto* functions = entry.find("functions"))
        include.functions = names_of(*functions);
    include.meta_data = object_of(entry, "meta_data");
    return include;
}

McpServerSpec mcp_server_of(const Json& entry)
{
    McpServerSpec server;
    server.url = text_of(entry, "url");
    const auto headers = object_of(entry, "headers");
    for (const auto& [name, value] : headers.as_object()) {
        if (auto text = to_text(value); text && server.headers.size() < max_http_headers)
            server.headers.emplace_back(name, std::move(*text));
    }
    server.resources = truth_of(entry, "resources");
    server.resource_variables = object_of(entry, "resource_vars").as_object();
    return server;
}

void parse_sources(const Json& swaig, AiSpec& spec, Warnings& warnings)
{
    each_source(swaig, "includes", max_includes, warnings,
        [&](const Json& entry) { spec.includes.push_back(include_of(entry)); });
    each_source(swaig, "mcp_servers", max_mcp_servers, warnings,
        [&](const Json& entry) { spec.mcp_servers.push_back(mcp_server_of(entry)); });
    if (const auto* natives = swaig.find("native_functions"))
        spec.native_functions = names_of(*natives);
    const auto fillers = object_of(swaig, "internal_fillers");
    for (const auto& [function, phrases] : fillers.as_object()) {
        auto map = parse_fillers(phrases, "SWAIG.internal_fillers." + function, warnings);
        if (!map.empty() && spec.internal_fillers.size() < max_functions)
            spec.internal_fillers.emplace_back(function, std::move(map));
    }
}

Error not_functions(const std::string& name)
{
    return { ErrorKind::invalid_request, name + ": must be an array" };
}

} // namespace

Result<void> parse_swaig(const Json& swaig, AiSpec& spec, Warnings& warnings)
{
    if (!swaig.is_object() && !swaig.is_array())
        return Error { ErrorKind::invalid_request, "SWAIG: must be an object or an array of functions" };
    const auto* functions = swaig.is_array() ? &swaig : swaig.find("functions");
    if (swaig.is_object()) {
        spec.default_hook = hook_of(object_of(swaig, "defaults"));
        parse_sources(swaig, spec, warnings);
        if (const auto* hooks = swaig.find("hooks"); hooks != nullptr && hooks->is_array())
            parse_list(hooks->as_array(), spec.default_hook, "SWAIG.hooks", spec.hooks, &spec.hooks, warnings);
    }
    if (functions == nullptr || functions->is_null())
        return {};
    if (!functions->is_array())
        return not_functions("SWAIG.functions");
    parse_list(functions->as_array(), spec.default_hook, "SWAIG.functions", spec.tools, &spec.hooks, warnings);
    return {};
}

Result<std::vector<ToolSpec>> parse_functions(const Json& definitions, Warnings& warnings, const WebHook& fallback)
{
    std::vector<ToolSpec> tools;
    if (!definitions.is_object() && !definitions.is_array())
        return Error { ErrorKind::invalid_request, "functions: must be an object or an array" };
    WebHook default_hook = fallback;
    const Json* list = &definitions;
    if (definitions.is_object()) {
        list = definitions.find("functions");
        if (auto own = hook_of(object_of(definitions, "defaults")); !own.url.empty())
            default_hook = std::move(own);
    }
    if (list != nullptr && !list->is_array())
        return not_functions("functions");
    const Json::Array one { definitions };
    parse_list(list != nullptr ? list->as_array() : one, default_hook, "functions", tools, nullptr, warnings);
    return tools;
}

} // namespace parley::swaig
