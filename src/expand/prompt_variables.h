#pragma once

#include "base/json.h"
#include "expand/expander.h"

#include <string>
#include <vector>

// The names that a prompt may use (docs/expansion.md).
namespace parley::expand {

enum class CallDirection : std::uint8_t { inbound, outbound };

struct PromptFacts {
    CallDirection direction = CallDirection::inbound;
    std::string caller_id_name;
    std::string caller_id_number;
    std::vector<std::string> languages; // Names; the first is the default.
    Json vars;                          // Objects of the SWML document; null: none.
    Json call;
    Json envs;
};

[[nodiscard]] Json::Object prompt_variables(PromptFacts, const ExpandTime&);

// Global data is a name of its own, and each of its keys is one, before the variables. Borrows both.
[[nodiscard]] Scope prompt_scope(const Json::Object& variables, const Json::Object& global_data);

} // namespace parley::expand
