#pragma once

#include "agent/contexts_spec.h"
#include "base/json.h"
#include "swaig/pom.h"

#include <string>
#include <vector>

namespace parley::swaig {

inline constexpr std::size_t max_contexts = 50;
inline constexpr std::size_t max_steps = 100;            // Of one context.
inline constexpr std::size_t max_gather_questions = 100; // Of one step.

// `contexts` and `steps` of the prompt. Nothing in them ends the call: what cannot be taken is left out and named in a
// warning, as is a name that leads nowhere. `name` is the prompt's own ("prompt"). `steps` are those of an only
// context, `default`; where both are given, `contexts` is taken.
[[nodiscard]] ContextsSpec parse_contexts(const Json::Object& prompt, const std::string& name,
    std::vector<std::string>& warnings, PomFormat = PomFormat::markdown);

} // namespace parley::swaig
