#pragma once

#include "base/json.h"
#include "base/time.h"
#include "expand/scope.h"
#include "expand/value_text.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Fills in the placeholders of prompts, of `data_map` and of headers (docs/expansion.md):
//   ${path}  %{path}           a value of the scope; `lc:`, `enc:` and `enc:url:` before the path change it
//   @{function arguments}      strftime, strftime_tz, fmt_ph, expr, echo, separate, sleep
// Placeholders stand within placeholders; the inner ones are filled in first. What was filled in is not read again, so
// that nothing a caller says becomes a placeholder. Pure: it is told the time, and never waits.
namespace parley::expand {

constexpr std::size_t max_expanded_bytes = 1024 * 1024; // And what stands within placeholders, once more.
constexpr std::size_t max_placeholders = 10'000;        // Of one expansion.
constexpr std::size_t max_placeholder_depth = 16;
constexpr std::size_t max_complaints = 16; // Further ones are not kept.
constexpr Duration max_sleep = 30s;        // Of one expansion.
constexpr std::string_view default_time_zone = "US/Central";

struct ExpandTime {
    WallTime now;
    std::string zone = std::string(default_time_zone); // An unknown one is UTC, and complained about.
};

// What becomes of a path that leads to nothing.
enum class Missing : std::uint8_t {
    empties,
    stays, // The placeholder stays as it is written, for whoever reads the text next.
};

struct ExpandOptions {
    Missing missing = Missing::empties;
    ValueStyle style = ValueStyle::compact;
    std::size_t max_bytes = max_expanded_bytes;
    std::string_view stays_below = {}; // Whatever `missing` is, what is missing stays within members of that name.
};

struct ExpandNotes {
    Duration sleep {};                   // What `@{sleep}` asks for, all of it.
    std::vector<std::string> complaints; // What could not be done, for the log.
    bool cut = false;                    // A limit was reached; what lies beyond it is missing.
};

struct Expanded {
    std::string text;
    ExpandNotes notes;
};

struct ExpandedJson {
    Json value;
    ExpandNotes notes;
};

[[nodiscard]] Expanded expand_text(std::string_view text, const Scope&, const ExpandTime&, const ExpandOptions& = {});

// Each string in it, however deep; keys stay, and a string stays a string, whatever is filled in.
[[nodiscard]] ExpandedJson expand_json(const Json&, const Scope&, const ExpandTime&, const ExpandOptions& = {});

} // namespace parley::expand
