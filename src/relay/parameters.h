#pragma once

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "call/call.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

// Reading the members of a method's parameters. `null` counts as missing; a wrong type is an `invalid_request` that
// names the member (with `where` before it, for nested objects).
namespace parley::relay {

Result<std::string> required_string(const Json::Object&, std::string_view key, std::string_view where = "");
Result<std::string> optional_string(const Json::Object&, std::string_view key, std::string_view where = "");
Result<bool> optional_bool(const Json::Object&, std::string_view key, bool fallback, std::string_view where = "");
// A numeric string too.
Result<std::optional<double>> optional_number(const Json::Object&, std::string_view key, std::string_view where = "");
Result<std::set<ContextName>> context_names(const Json::Object&, std::string_view key);
Result<ControlId> control_id_of(const Json::Object&);
Result<Begins> begins_of(const Json::Object&); // `auto_answer`

} // namespace parley::relay
