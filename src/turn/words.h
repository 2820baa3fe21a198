#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Words as they are counted and compared in turn-taking: separated by white space, without case or punctuation.
namespace parley::turn {

[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);
[[nodiscard]] std::size_t count_words(std::string_view text);
[[nodiscard]] bool same_words(std::string_view a, std::string_view b);
[[nodiscard]] std::string lower_case(std::string_view text); // ASCII only.

// Letters and digits of one word in lower case; bytes beyond ASCII stay. "" for bare punctuation.
[[nodiscard]] std::string bare_word(std::string_view word);

} // namespace parley::turn
