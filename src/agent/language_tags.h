#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Takes `~LN(name)`, by which the model says that it goes on in another language, out of a text that is still being
// written. A tag that is cut in two by the pieces of a stream is one all the same.
namespace parley::agent {

struct TaggedText {
    std::string language; // Named before this text; "": none was.
    std::string text;

    friend bool operator==(const TaggedText&, const TaggedText&) = default;
};

class LanguageTags {
public:
    static constexpr std::size_t longest_name = 64; // Bytes; what is longer is no tag.

    // The text that is sure by now.
    std::vector<TaggedText> next(std::string_view piece);
    // Nothing more comes: what was held back. A tag without its end is dropped.
    std::vector<TaggedText> end();

private:
    enum class Tail { unfinished, final };
    std::vector<TaggedText> read(Tail);

    enum class Place {
        text,
        behind_tag,       // White space and `-;` are part of it,
        behind_separator, // and white space behind that.
    };

    std::string held_; // Perhaps the beginning of a tag.
    Place place_ = Place::text;
};

} // namespace parley::agent
