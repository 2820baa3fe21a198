#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

// Cuts a text that is still being written into pieces that can be spoken. The first piece comes early, at the end of a
// clause, so that the voice can start; later ones are sentences. Knows no voice and keeps no text.
namespace parley::agent {

struct TextRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    friend bool operator==(const TextRange&, const TextRange&) = default;
};

class SentenceSplitter {
public:
    static constexpr std::size_t clause_min = 16;     // Bytes before a clause may be the first piece.
    static constexpr std::size_t longest_piece = 240; // Bytes; longer text is cut at a clause, else between words.

    // The next piece of `text`, which is all that was written so far, growing from call to call; nothing if what is
    // left may still go on. `complete`: nothing more comes. Pieces have no white space around them.
    std::optional<TextRange> next(std::string_view text, bool complete);

private:
    std::size_t begin_ = 0; // Where the next piece starts.
    bool first_ = true;
};

} // namespace parley::agent
