#pragma once

#include "base/json.h"
#include "store/ai_call.h"
#include "store/message.h"
#include "swaig/agent_library.h"

#include <string_view>

// The JSON of each resource. The order of the keys is fixed, and every key is always there.
namespace parley {

// Seen from the server: what the assistant says goes out, everything else came in.
[[nodiscard]] std::string_view direction_of(Role);

[[nodiscard]] Json to_json(const Message&);
[[nodiscard]] Json to_json(const AiCall&);
[[nodiscard]] Json to_json(const Activeflow&);
[[nodiscard]] Json to_json(const Customer&);
[[nodiscard]] Json to_json(const swaig::StoredAgent&); // Its names alone: what it is told is nobody's business.

} // namespace parley
