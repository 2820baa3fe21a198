#pragma once

#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <string>

namespace parley::swaig {

enum class PomFormat : std::uint8_t {
    markdown, // `## Title`, one `#` more per level; body; bullets.
    xml,      // `<section><title>...</title>...</section>`, nested.
};

// A prompt given as sections. The error's text begins with the path below the prompt (`.pom[0].title`).
[[nodiscard]] Result<std::string> render_pom(const Json& pom, PomFormat = PomFormat::markdown);

} // namespace parley::swaig
