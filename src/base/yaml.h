#pragma once

#include "base/json.h"

namespace parley {

// Where a value stood in a YAML document, so that a configuration error can name its line.
struct YamlDocument {
    Json root;
    // 1-based line of a value by its path (`sip.listen`, `projects[0].token`); 0 if unknown.
    [[nodiscard]] int line_of(std::string_view path) const;

    std::vector<std::pair<std::string, int>> lines;
};

// YAML 1.2 core values; aliases are refused beyond `max_nodes` expanded nodes. The error names line and column.
inline constexpr std::size_t yaml_max_nodes = 100'000;
Result<YamlDocument> parse_yaml(std::string_view text);

} // namespace parley
