#pragma once

#include "speech/language_model.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

// What of the spoken words nobody else may read (`redact_prompt`). A model is asked about each completed turn, beside
// the conversation; until it has answered, and if it answers nonsense, a text is masked whole. Knows texts, not
// entries.
namespace parley::agent {

class Redaction {
public:
    static constexpr std::string_view mask = "----";
    static constexpr std::size_t max_texts = 8'192;           // What is beyond is masked whole.
    static constexpr std::size_t max_asked_bytes = 24 * 1024; // Of one question; a longer text is masked whole.

    explicit Redaction(std::string what)
        : what_(std::move(what))
    {
    }
    [[nodiscard]] bool on() const { return !what_.empty(); }

    // Somebody said or wrote this.
    void add(const std::string& text);
    // This may be read as it is.
    void keep(const std::string& text) { known_[text] = text; }
    // The assistant has spoken: what was added so far is a turn.
    void turn_completed() { completed_ = !waiting_.empty(); }
    [[nodiscard]] bool due() const { return completed_; }

    // What was asked about in vain is asked about once more.
    void ask_again();

    // The texts to ask about next, at most `max_asked_bytes` of them.
    [[nodiscard]] std::vector<std::string> take();
    [[nodiscard]] LmRequest question(const std::vector<std::string>& texts, ModelOptions options) const;
    // What the model wrote; "": it failed.
    void answered(const std::vector<std::string>& texts, std::string_view answer);

    [[nodiscard]] std::string masked(const std::string& text) const;

private:
    std::string what_;
    std::vector<std::string> waiting_;
    std::unordered_set<std::string> seen_;
    std::vector<std::string> order_; // Of those that were seen.
    std::unordered_map<std::string, std::string> known_;
    bool completed_ = false;
};

// Whether `masked` is `text` but for runs of hyphens, four or more, in place of pieces of it.
[[nodiscard]] bool is_masked_form(std::string_view text, std::string_view masked);

} // namespace parley::agent
