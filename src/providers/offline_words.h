#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Words as the offline model compares them. Pure text; knows English and nothing else.
namespace parley::offline {

struct Word {
    std::string written; // As it stood: "Boston".
    std::string lower;
    std::string stem; // "opening" and "opens" are "open".
};
using Words = std::vector<Word>;

// Letters, digits and inner apostrophes; snake_case and camelCase names fall apart into their words.
[[nodiscard]] Words words_of(std::string_view text);

[[nodiscard]] std::string stem_of(std::string_view lower);

// "the", "would", "please": says nothing about the subject.
[[nodiscard]] bool empty_word(const Word&);

// An empty word that may still be what a question is about, if another word agrees: "return", "take".
[[nodiscard]] bool weak_word(const Word&);

// Is this said to the model ("Be brief.", "You are a shop.", "If the caller asks, call a function.") rather than about
// the world ("The shop is open on Monday.", "You can pay by card.")? Sentences of the prompt are one or the other.
[[nodiscard]] bool is_instruction(std::string_view sentence);

// Where `phrase` stands in `text`, by stems.
[[nodiscard]] std::optional<std::size_t> find_phrase(const Words& text, const Words& phrase);

// Words `first` to `last` (excluded), as they stood.
[[nodiscard]] std::string join(const Words&, std::size_t first, std::size_t last);

struct SpokenNumber {
    double value = 0;
    std::size_t first = 0; // Words it took.
    std::size_t last = 0;  // Excluded.
};
// "12", "3.5", "four", "twenty five", "two hundred": all of a text, in order.
[[nodiscard]] std::vector<SpokenNumber> numbers_of(const Words&);

// Digits said one by one or written: "one two 3 four" is "1234". Empty if there are fewer than two.
[[nodiscard]] std::string digits_of(const Words&);

[[nodiscard]] std::vector<std::string> sentences_of(std::string_view text);

// The text with each `{name}` replaced. Behind a value that ends a sentence, the text's own mark is left out.
[[nodiscard]] std::string fill(std::string text, std::string_view name, std::string_view value);

} // namespace parley::offline
