#pragma once

#include "base/result.h"
#include "base/time.h"
#include "speech/words.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

// The door to pocketsphinx: 16 kHz samples in, words out, one utterance after the other, in the calling thread.
// Knows the recogniser's models and their weaknesses; refuses to know where samples come from.
namespace parley {

struct HeardWord {
    TimedWord timed; // From the first sample of the utterance.
    float confidence = 0;
};

struct Hypothesis {
    std::vector<HeardWord> words; // Empty: noise, or nothing.
    float confidence = 0;         // 0 to 1

    [[nodiscard]] std::string text() const;
};

class SphinxDecoder {
public:
    static constexpr int sample_rate = 16'000;
    static constexpr const char* default_model = "/usr/share/pocketsphinx/model/en-us";

    // Loads models from a directory laid out like Debian's `pocketsphinx-en-us`. About a second and 100 MB.
    static Result<std::unique_ptr<SphinxDecoder>> create(const std::string& model_directory = default_model);
    ~SphinxDecoder();
    SphinxDecoder(const SphinxDecoder&) = delete;
    SphinxDecoder& operator=(const SphinxDecoder&) = delete;

    // Favours these words and phrases from the next utterance on. Returns those that could not be taken: no letters,
    // or no pronunciation to be had. Not within an utterance.
    std::vector<std::string> set_hints(const std::vector<std::string>& hints);

    // The mean spectrum of what was heard, from which words are told: of a voice and of the line it comes through.
    // Begin each speaker with the one of such a line; the first words of a fresh decoder are garbage. Not within an
    // utterance.
    using Channel = std::vector<float>;
    [[nodiscard]] Channel channel() const;
    void set_channel(const Channel&);
    // The channel after hearing this, without looking for words in it, which takes as long as the sound does.
    [[nodiscard]] Channel learn(std::span<const std::int16_t> samples);

    void start();
    void accept(std::span<const std::int16_t> samples);
    [[nodiscard]] std::string partial() const;
    Hypothesis finish();

private:
    struct Engine;
    explicit SphinxDecoder(std::unique_ptr<Engine>);

    bool pronounce(const std::string& word);

    std::unique_ptr<Engine> engine_;
};

// The hints as an ARPA language model: each word alike, the words of a phrase after each other. Pure.
[[nodiscard]] std::string hint_language_model(const std::vector<std::vector<std::string>>& phrases);

} // namespace parley
