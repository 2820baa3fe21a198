// Speaks sentences with the embedded voices through an 8 kHz G.711 line into the embedded recogniser and prints the
// word error rate, and what noise is taken for. A figure to look at, not a test: `recognition [voice...]`, sentences
// from standard input if it is not a terminal.

#include "audio/g711.h"
#include "audio/resampler.h"
#include "base/time.h"
#include "providers/flite_voices.h"
#include "providers/sphinx_decoder.h"

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

// 300 ms of the line's silence before and 200 ms after, as voice activity cuts it.
std::vector<std::int16_t> telephone(const std::vector<std::int16_t>& samples)
{
    std::vector<std::int16_t> line(2'400, 0);
    line.insert(line.end(), samples.begin(), samples.end());
    line.insert(line.end(), 1'600, 0);
    for (auto& sample : line)
        sample = g711_decode(G711Law::ulaw, g711_encode(G711Law::ulaw, sample));
    std::vector<std::int16_t> wide;
    auto resampler = Resampler::create(8'000, SphinxDecoder::sample_rate);
    resampler->push(line, wide);
    resampler->flush(wide);
    return wide;
}

Hypothesis recognise(SphinxDecoder& decoder, const std::vector<std::int16_t>& samples)
{
    decoder.start();
    for (std::size_t i = 0; i < samples.size(); i += 320)
        decoder.accept(std::span(samples).subspan(i, std::min<std::size_t>(320, samples.size() - i)));
    return decoder.finish();
}

void print_noise(SphinxDecoder& decoder)
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
        for (int i = 0; i < row.milliseconds * 8; ++i) {
            state = row.smooth * state + (1 - row.smooth) * white(random) * row.level;
            const bool on = row.gate == 0 || (i / (row.gate * 8)) % 2 == 0;
            samples.push_back(on ? static_cast<std::int16_t>(std::clamp(state, -32000., 32000.)) : 0);
        }
        const auto heard = recognise(decoder, telephone(samples));
        std::printf("noise %-10s -> \"%s\" %.2f\n", row.name, heard.text().c_str(), heard.confidence);
    }
}

} // namespace

int main(int argc, char** argv)
{
    auto created = SphinxDecoder::create();
    if (!created) {
        std::cerr << created.error().what << "\n";
        return 1;
    }
    auto& decoder = **created;
    const auto warm = synthesize("Hello, I would like to know when you are open on Sunday.", "rms", 8'000);
    recognise(decoder, telephone(warm->samples));
    decoder.remember_channel();
    std::vector<std::string> spoken;
    if (isatty(0) == 0) {
        for (std::string line; std::getline(std::cin, line);)
            if (!line.empty())
                spoken.push_back(line);
    }
    if (spoken.empty())
        spoken = sentences;
    if (getenv("NO_HINTS") == nullptr) {
        for (const auto& refused : decoder.set_hints(hints))
            std::printf("hint refused: %s\n", refused.c_str());
    }
    std::vector<std::string> voices(argv + 1, argv + argc);
    if (voices.empty())
        voices = { "rms", "awb" };
    for (const auto& voice : voices) {
        decoder.restore_channel();
        int wrong = 0;
        int total = 0;
        for (const auto& sentence : spoken) {
            const auto sound = synthesize(sentence, voice, 8'000);
            if (!sound)
                return 1;
            const auto heard = recognise(decoder, telephone(sound->samples));
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
    print_noise(decoder);
}
