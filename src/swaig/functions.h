#pragma once

#include "agent/ai_spec.h"
#include "base/json.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace parley::swaig {

inline constexpr std::size_t max_functions = 128;
inline constexpr std::size_t max_includes = 32;
inline constexpr std::size_t max_mcp_servers = 16;
inline constexpr std::size_t max_http_headers = 32; // Of one MCP server.

// The `SWAIG` member: an object, or only its array of functions. Fills in the tools, hooks, includes, MCP servers,
// native functions, fillers and defaults. What cannot be used is left out and named in a warning.
Result<void> parse_swaig(const Json& swaig, AiSpec& into, std::vector<std::string>& warnings);

// What an include has: an array of definitions, one definition, or `{functions, defaults}`. `fallback`: the webhook of
// those that have none, even by `defaults`.
Result<std::vector<ToolSpec>> parse_functions(
    const Json& definitions, std::vector<std::string>& warnings, const WebHook& fallback = {});

} // namespace parley::swaig
