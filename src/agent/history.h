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
    // The first of the prompts, and the same with other values filled in.
    [[nodiscard]] const std::string& prompt() const;
    void rewrite_prompt(std::string text);

    // What an entry is to those who hide.
    enum class Kind : std::uint8_t {
        dialogue,
        instruction, // Of a step,
        question,    // or of one question of a gathering. Neither is let go by `trim`.
    };

    EntryId add(LmMessage, Kind = Kind::dialogue);
    void replace(EntryId, std::string content); // Nothing happens if the entry is gone.
    void remove(EntryId);
    [[nodiscard]] bool has(EntryId) const;
    void shorten(EntryId, std::string (*how)(const std::string&));
    // A call and its result become this message of the assistant; "": nothing.
    void replace_call(EntryId request, const std::string& call_id, const std::string& text);

    void hide_instructions(); // Of steps and of questions.
    void hide_question();
    void hide_dialogue_after(EntryId); // Until it is shown again.
    void show_dialogue();

    // The dialogue after this entry, as the model sees it.
    [[nodiscard]] std::vector<LmMessage> dialogue_after(EntryId) const;
    [[nodiscard]] EntryId last() const
    {
        return static_cast<EntryId>(next_);
    } // The entry that was added last, here or not.

    // What is said under the prompt as long as this conversation lasts; "": nothing.
    void set_second_prompt(const std::string& text);

    // A new epoch: everything goes except the prompt and the entries from `from` on (`none`: no entry stays).
    void start_epoch(EntryId from);

    // Lets go of the oldest entries until the rest fits. A tool call stays and goes together with its results; the
    // prompt, instructions and the newest entry always stay. Says how many entries went.
    std::size_t trim(std::size_t limit = max_tokens);

    [[nodiscard]] std::size_t tokens() const; // About, of all of it.

    // The oldest dialogue, of at least so many tokens if there is that much before the newest entry. Calls and their
    // results stay together.
    struct Oldest {
        EntryId last = EntryId::none;
        std::vector<LmMessage> dialogue;
    };
    [[nodiscard]] Oldest oldest(std::size_t tokens) const;
    // The dialogue up to `last` becomes one system message. Nothing happens if `last` is gone.
    bool fold(EntryId last, std::string summary);

    // `window`: only so many of the newest that are no system messages, or as many more as it takes not to part a call
    // from its results; 0: all.
    [[nodiscard]] std::vector<LmMessage> messages(std::size_t window = 0) const;
    [[nodiscard]] bool nothing_said() const; // By nobody; what the model was told does not count.

private:
    struct Entry {
        EntryId id;
        LmMessage message;
        Kind kind = Kind::dialogue;
        bool hidden = false;
    };

    [[nodiscard]] std::size_t end_of_group(std::size_t at) const; // Behind a call's results.

    std::vector<std::string> prompts_;
    std::vector<Entry> entries_;
    std::uint64_t next_ = 0;
};

} // namespace parley::agent
