#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The lexical ground of RFC 3261 25: characters, tokens, quoted strings and lists.
namespace parley::sip {

[[nodiscard]] bool is_token(std::string_view);
[[nodiscard]] bool is_space(char); // SP or HTAB: what remains of LWS after unfolding.
[[nodiscard]] std::string_view trim(std::string_view);
[[nodiscard]] bool same_word(std::string_view, std::string_view); // Without regard to case (ASCII).
[[nodiscard]] std::string lower(std::string_view);

// Digits only; nothing if there are none, another character, or a value above `limit`.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view, std::uint64_t limit);

// Splits at `separator` outside of "…" and <…>; elements are trimmed. Nothing if a quote or bracket stays open or an
// element is empty.
[[nodiscard]] std::optional<std::vector<std::string_view>> split(std::string_view, char separator);

// `;name` or `;name=value`; the value without its quotes. Names are compared without regard to case.
struct Parameter {
    std::string name;
    std::optional<std::string> value = {};

    friend bool operator==(const Parameter&, const Parameter&) = default;
};

// `text` starts at the first `;`, or is empty.
[[nodiscard]] std::optional<std::vector<Parameter>> parse_parameters(std::string_view text);
[[nodiscard]] const Parameter* find_parameter(const std::vector<Parameter>&, std::string_view name);

// `text` starts with `"`: its content without escapes, and the number of bytes with both quotes.
struct QuotedString {
    std::string content;
    std::size_t length = 0;
};
[[nodiscard]] std::optional<QuotedString> parse_quoted(std::string_view text);
[[nodiscard]] std::string quote(std::string_view content); // Control characters are left out.

} // namespace parley::sip
