#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace parley::expand {

// Where the placeholders of a text begin and end, found in one pass. One that is not closed is none. For `expander.cc`.
struct Placeholder {
    static constexpr std::size_t unclosed = std::numeric_limits<std::size_t>::max();

    std::size_t open = 0; // Of its sign; the brace follows.
    std::size_t close = unclosed;
};

// In the order of their beginning. Plain braces within a placeholder come in pairs.
[[nodiscard]] inline std::vector<Placeholder> find_placeholders(std::string_view text)
{
    constexpr std::size_t plain = std::numeric_limits<std::size_t>::max();
    std::vector<Placeholder> found;
    std::vector<std::size_t> open; // Index of `found`, or a plain brace.
    for (std::size_t at = text.find_first_of("{}"); at != std::string_view::npos;
         at = text.find_first_of("{}", at + 1)) {
        if (text[at] == '{') {
            const char sign = at > 0 ? text[at - 1] : ' ';
            if (sign == '$' || sign == '%' || sign == '@') {
                open.push_back(found.size());
                found.push_back({ at - 1 });
            } else if (!open.empty()) {
                open.push_back(plain);
            }
        } else if (!open.empty()) {
            if (open.back() != plain)
                found[open.back()].close = at;
            open.pop_back();
        }
    }
    return found;
}

} // namespace parley::expand
