#pragma once

#include "base/json.h"
#include "base/result.h"

#include <string>

namespace parley::swaig {

// A prompt given as sections, as Markdown: `## Title`, one `#` more per level; body; bullets. The error's text begins
// with the path below the prompt (`.pom[0].title`).
Result<std::string> render_pom(const Json& pom);

} // namespace parley::swaig
