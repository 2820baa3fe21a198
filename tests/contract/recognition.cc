// Speaks sentences with the embedded voices through a codec into the embedded recogniser and prints the word error
// rate, and what noise is taken for. A figure to look at, not a test: `recognition [pcmu|pcma|g722|opus] [voice...]`,
// sentences from standard input if it is not a terminal. NO_HINTS: without hints. FRESH: each sentence is another
// caller's.

#include "audio/codec.h"
#include "audio/resampler.h"
#include "base/time.h"
#include "providers/flite_voices.h"
#include "providers/line_recogniser.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace parley;

const std::vector<std::string> sentences {
    "What is the balance of my account?",
    "Can you tell me the weather in Boston?",
    "I would like to check the status of my order.",
    "What time do you open on Monday?",
    "I need to change my appointment to Friday morning.",
    "How much does it cost to send a package to Chicago?",
    "Is there a table free for four people tonight?",
    "Please book a room in Denver for two nights.",
    "What is the price of a ticket to Seattle?",
    "I lost my credit card yesterday.",
    "Can I speak with a manager please?",
    "When will my package arrive?",
    "I want to cancel my reservation.",
    "Do you have any news about my delivery?",
    "What will the weather be like in London tomorrow?",
    "Could you explain how the refund works?",
    "My phone does not work since this morning.",
    "Where is the nearest store?",
    "I would like to order a large pizza with mushrooms.",
    "Thank you very much, goodbye.",
};
const std::vector<std::string> hints { "weather", "refund", "Boston", "delivery", "manager", "appointment",
    "reservation", "balance" };

std::vector<std::string> words_of(const std::string& text)
{
    std::string plain;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        plain += std::isalpha(u) || c == '\'' ? static_cast<char>(std::tolower(u)) : ' ';
    }
    std::istringstream in(plain);
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

int edits(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    std::vector<int> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        int diagonal = row[0]++;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const int above = row[j];
            row[j] = std::min({ above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1) });
            diagonal = above;
        }
    }
    return row.back();
}

struct Line {
    AudioCodec codec = AudioCodec::pcmu;

    [[nodiscard]] int rate() const { return sample_rate_of(codec); }
    [[nodiscard]] std::size_t frame() const { return static_cast<std::size_t>(rate() / 50); }
};

// 300 ms of the line's silence before and 200 ms after, as voice activity cuts it. At the line's rate, in and out.
std::vector<std::int16_t> through(const Line& line, const std::vector<std::int16_t>& samples)
{
    const auto encoder = make_encoder(line.codec);
    const auto decoder = make_decoder(line.codec);
    std::vector<std::int16_t> sound(15 * line.frame(), 0);
    sound.insert(sound.end(), samples.begin(), samples.end());
    sound.resize((sound.size() / line.frame() + 11) * line.frame());
    std::array<std::byte, max_payload_bytes> packet {};
    std::vector<std::int16_t> heard;
    for (std::size_t at = 0; at < sound.size(); at += line.frame()) {
        const auto size = encoder->encode(std::span(sound).subspan(at, line.frame()), packet);
        decoder->decode(std::span(packet).first(size), heard);
    }
    return heard;
}

Hypothesis recognise(LineRecogniser& recogniser, std::uint32_t caller, const Line& line,
    const std::vector<std::int16_t>& samples, const std::vector<std::string>& wanted)
{
    for (const auto& refused : recogniser.begin(caller, line.rate(), wanted))
        std::printf("hint refused: %s\n", refused.c_str());
    const auto sound = through(line, samples);
    for (std::size_t at = 0; at < sound.size(); at += line.frame())
        recogniser.accept(std::span(sound).subspan(at, line.frame()));
    return recogniser.finish();
}

void print_noise(LineRecogniser& recogniser, const Line& line)
{
    std::mt19937 random(7);
    std::normal_distribution<double> white(0, 1);
    struct Row {
        const char* name;
        double level;
        double smooth; // One-pole low pass.
        int milliseconds;
        int gate; // Milliseconds on and off; 0: steady.
    };
    for (const auto& row :
        { Row { "silence", 0, 0, 1500, 0 }, Row { "white", 300, 0, 1000, 0 }, Row { "white loud", 4000, 0, 2000, 0 },
            Row { "pink", 2000, .9, 1500, 0 }, Row { "brown", 6000, .99, 1500, 0 }, Row { "cough", 9000, .7, 250, 0 },
            Row { "bangs", 12000, .5, 1500, 120 }, Row { "knocks", 9000, .95, 2000, 60 } }) {
        std::vector<std::int16_t> samples;
        double state = 0;
        for (int i = 0; i < row.milliseconds * line.rate() / 1'000; ++i) {
            state = row.smooth * state + (1 - row.smooth) * white(random) * row.level;
            const bool on = row.gate == 0 || (i / (row.gate * line.rate() / 1'000)) % 2 == 0;
            samples.push_back(on ? static_cast<std::int16_t>(std::clamp(state, -32000., 32000.)) : 0);
        }
        const auto heard = recognise(recogniser, 0, line, samples, {});
        std::printf("noise %-10s -> \"%s\" %.2f\n", row.name, heard.text().c_str(), heard.confidence);
    }
}

} // namespace

int main(int argc, char** argv)
{
    auto created = LineRecogniser::create();
    if (!created) {
        std::cerr << created.error().what << "\n";
        return 1;
    }
    auto& recogniser = **created;
    std::vector<std::string> spoken;
    if (isatty(0) == 0) {
        for (std::string line; std::getline(std::cin, line);)
            if (!line.empty())
                spoken.push_back(line);
    }
    if (spoken.empty())
        spoken = sentences;
    const auto wanted = getenv("NO_HINTS") == nullptr ? hints : std::vector<std::string> {};
    std::vector<std::string> voices(argv + 1, argv + argc);
    Line line;
    for (const auto& [name, codec] : { std::pair { "pcmu", AudioCodec::pcmu }, { "pcma", AudioCodec::pcma },
             { "g722", AudioCodec::g722 }, { "opus", AudioCodec::opus } }) {
        if (voices.empty() || voices.front() != name)
            continue;
        line.codec = codec;
        voices.erase(voices.begin());
    }
    if (voices.empty())
        voices = { "rms", "awb" };
    std::uint32_t caller = 1;
    for (const auto& voice : voices) {
        ++caller;
        int wrong = 0;
        int total = 0;
        for (const auto& sentence : spoken) {
            const auto sound = synthesize(sentence, voice, line.rate());
            if (!sound)
                return 1;
            caller += getenv("FRESH") != nullptr ? 1 : 0;
            const auto heard = recognise(recogniser, caller, line, sound->samples, wanted);
            const auto said = words_of(sentence);
            const int errors = edits(said, words_of(heard.text()));
            wrong += errors;
            total += static_cast<int>(said.size());
            std::printf("%s %d/%zu %.2f  %s\n%s", voice.c_str(), errors, said.size(), heard.confidence,
                sentence.c_str(), errors > 0 ? ("               -> " + heard.text() + "\n").c_str() : "");
        }
        std::printf(
            "%s: word error rate %.1f %% (%d of %d words)\n", voice.c_str(), 100.0 * wrong / total, wrong, total);
    }
    print_noise(recogniser, line);
}
