#pragma once

#include "base/time.h"

#include <cstddef>
#include <string>
#include <vector>

// The words of one turn of the user: which are certain, which may still change, and which are answered already.
// Knows no floor and no timer.
namespace parley::turn {

// Words of the user. An interim text replaces the interim text before it; a final one stays.
struct WordsHeard {
    std::string text;
    bool final = true;
    double confidence = 0;   // 0: the recogniser has none.
    Instant speech_start {}; // When the first of these words began to be spoken.
};

class TurnText {
public:
    static constexpr std::size_t max_bytes = 16 * 1024; // Of one turn. What is said beyond it is not taken.

    void begin();                // A turn without words.
    void begin_with_unsettled(); // A new turn; what was collected last is its beginning.

    // False: the turn is too long, the words are dropped.
    [[nodiscard]] bool collect(const WordsHeard&);
    void drop_unsettled();
    void listen_anew(); // What is collected from here on has nothing to do with what came before.

    // The words become a fact that an answer stands behind: what comes now is new.
    void settle();
    // An interim text that was settled comes again, whole, as a final one: only what it has more is new.
    [[nodiscard]] std::string without_settled(const WordsHeard&);
    void expect_nothing_settled() { settled_interim_words_ = 0; }

    // What is to be answered: the unsettled text. It is remembered, since late words may say the same.
    const std::string& commit();
    [[nodiscard]] bool says_what_was_committed() const;

    [[nodiscard]] std::string unsettled() const; // Interim words included.
    [[nodiscard]] bool has_unsettled() const { return !finals_.empty() || !interim_.empty(); }
    [[nodiscard]] bool has_settled() const { return settled_words_; }
    [[nodiscard]] bool has_words() const { return settled_words_ || has_unsettled(); }
    [[nodiscard]] bool has_interim() const { return !interim_.empty(); }
    [[nodiscard]] double confidence() const { return confidence_; } // The least one of the unsettled; 0: none known.

private:
    std::vector<std::string> finals_; // Not settled.
    std::string interim_;
    std::size_t settled_interim_words_ = 0; // Their final text is still to come and says nothing new.
    double confidence_ = 0;
    std::string committed_;
    bool settled_words_ = false;
};

} // namespace parley::turn
