#pragma once

#include "agent/session_report.h"

#include <string>

namespace parley::agent {

// The model's last answer as the report carries it: every JSON object found in it, and the words around them.
[[nodiscard]] PostPromptAnswer read_post_prompt(std::string raw);

} // namespace parley::agent
