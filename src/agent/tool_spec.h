#pragma once

#include "agent/contexts_spec.h"
#include "base/json.h"

#include <optional>
#include <string>
#include <vector>

// What `SWAIG` declares: functions, and where more of them come from. Values only.
namespace parley {

// HTTP with basic authentication; empty user: none.
struct WebHook {
    std::string url;
    std::string user;
    std::string password;

    friend bool operator==(const WebHook&, const WebHook&) = default;
};

// A tool of an MCP server: where it is called, and under which name there.
struct McpTool {
    std::string url;
    std::string name; // Empty: the function is no MCP tool.
    std::vector<std::pair<std::string, std::string>> headers;

    friend bool operator==(const McpTool&, const McpTool&) = default;
};

struct ToolSpec {
    std::string name;
    std::string description;
    Json parameters; // JSON Schema, verbatim; an object.
    // One of these runs it: the webhook, the data_map (an object; null: none) or the MCP server.
    WebHook hook;
    Json data_map;
    McpTool mcp;
    Json meta_data; // First content of its store; an object.
    std::string meta_data_token;
    bool author_token = false;    // The token was declared, not derived.
    std::optional<int> uses_left; // Unset: endless; 0: inactive.
    FillerMap fillers;            // Instead of the language's.
    bool skip_fillers = false;    // The language's are not spoken.
    bool wait_for_fillers = false;
    std::string wait_file;              // Looped while it runs; empty: none.
    std::optional<int> wait_file_loops; // Unset: endless.
};

// `includes[]`: asked with `get_signature` which functions it has.
struct IncludeSpec {
    WebHook hook;
    std::vector<std::string> functions; // Asked for; empty: all.
    Json meta_data;                     // First content of their stores; an object.
};

// `mcp_servers[]`. Values of headers and variables are templates.
struct McpServerSpec {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    bool resources = false; // Its resources become global data.
    Json::Object resource_variables;
};

} // namespace parley
