#pragma once

#include "speech/language_model.h"

#include <cstdint>
#include <string>
#include <vector>

// What the model is shown: the prompt and the conversation of the current epoch. The log is somebody else's and keeps
// everything; here, what was not heard is taken back and what is too old is let go.
namespace parley::agent {

// About four bytes a token, in every model we know; exact counts are the model's secret.
[[nodiscard]] std::size_t estimated_tokens(const LmMessage&);

class History {
public:
    enum class EntryId : std::uint64_t { none = 0 };
    static constexpr std::size_t max_tokens = 64'000;

    void set_prompt(const std::string& text) { prompts_.assign(1, text); }
    void add_prompt(std::string text) { prompts_.push_back(std::move(text)); }

    EntryId add(LmMessage);
    void replace(EntryId, std::string content); // Nothing happens if the entry is gone.
    void remove(EntryId);

    // A new epoch: everything goes except the prompt and the entries from `from` on (`none`: no entry stays).
    void start_epoch(EntryId from);

    // Lets go of the oldest entries until the rest fits. A tool call stays and goes together with its results; the
    // prompt and the newest entry always stay. Says how many entries went.
    std::size_t trim(std::size_t limit = max_tokens);

    [[nodiscard]] std::vector<LmMessage> messages() const;
    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    struct Entry {
        EntryId id;
        LmMessage message;
    };

    std::vector<std::string> prompts_;
    std::vector<Entry> entries_;
    std::uint64_t next_ = 0;
};

} // namespace parley::agent
