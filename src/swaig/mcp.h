#pragma once

#include "agent/tool_spec.h"
#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is written to MCP servers and what they answer (JSON-RPC 2.0, protocol 2025-06-18). Knows no HTTP.
namespace parley::swaig {

inline constexpr std::string_view mcp_protocol = "2025-06-18";
inline constexpr std::size_t max_mcp_resources = 16;             // Of one server; further ones are left out.
inline constexpr std::size_t max_mcp_resource_bytes = 64 * 1024; // Of one; a longer one is left out.

[[nodiscard]] std::string mcp_request(std::int64_t id, std::string_view method, Json::Object params);
[[nodiscard]] std::string mcp_notification(std::string_view method);
[[nodiscard]] Json::Object mcp_client_facts(); // The parameters of `initialize`.

// The answer to request `id`: its result, or the error in the server's words. Nothing if the message is another one.
std::optional<Result<Json>> mcp_answer(const Json& message, std::int64_t id);

// The tools of one page of `tools/list`. `server`: where they are called.
[[nodiscard]] std::vector<ToolSpec> mcp_tools(const Json& result, const McpTool& server);

// What the model is told of a call: its text; other content is nothing to speak of.
[[nodiscard]] std::string mcp_text(const Json& result);
[[nodiscard]] bool mcp_failed(const Json& result);

struct McpResource {
    std::string uri;
    std::string name; // The key in the global data.
};
// Those of `resources/list`; `{name}` in a URI is replaced by the variable of that name.
[[nodiscard]] std::vector<McpResource> mcp_resources(const Json& result, const Json::Object& variables);
// What `resources/read` brought: JSON if the text is some; null if there is no text.
[[nodiscard]] Json mcp_contents(const Json& result);

} // namespace parley::swaig
