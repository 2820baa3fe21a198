#pragma once

#include "base/time.h"
#include "speech/words.h"

#include <cstddef>
#include <string_view>
#include <vector>

// What of a sentence was not spoken yet when its voice broke off, so that another one can go on.
namespace parley {

// Where the rest begins: a byte of `text` at the start of a word, or its end. By the words' times if the voice told
// any, else by the voice's speed. A word counts as spoken when all of it was.
[[nodiscard]] std::size_t spoken_until(
    std::string_view text, const std::vector<TimedWord>& words, double bytes_per_second, Duration spoken);

} // namespace parley
