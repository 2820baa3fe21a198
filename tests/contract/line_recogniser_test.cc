#include "audio/codec.h"
#include "audio/resampler.h"
#include "providers/flite_voices.h"
#include "providers/line_recogniser.h"

#include <gtest/gtest.h>
#include <sstream>

// What a caller says is understood from the first sentence on, whatever codec carries it and whatever rate the line
// has.
namespace parley::contract {
namespace {

struct Way {
    const char* name;
    AudioCodec codec;
    bool telephone_before = false; // A gateway brought it from a telephone line.
};

const std::vector<std::string> sentences {
    "What are your opening hours on Monday?",
    "I want to cancel my reservation.",
    "How much does the delivery cost?",
};
constexpr std::size_t words_said = 7 + 6 + 6;
// Begun with the mean spectrum of the other band, half of the words are wrong.
constexpr std::size_t most_errors = 5;
// Telephone sound on a wide line is recognised twice; its first hearing teaches the wrong spectrum a little.
constexpr std::size_t most_errors_after_telephone = 8;

using Samples = std::vector<std::int16_t>;

Samples at_rate(const Samples& samples, int from, int to)
{
    auto resampler = Resampler::create(from, to);
    Samples out;
    resampler->push(samples, out);
    resampler->flush(out);
    return out;
}

Samples coded(Samples samples, AudioCodec codec)
{
    const auto encoder = make_encoder(codec);
    const auto decoder = make_decoder(codec);
    const auto frame = static_cast<std::size_t>(sample_rate_of(codec) / 50);
    samples.resize((samples.size() + frame - 1) / frame * frame);
    std::array<std::byte, max_payload_bytes> packet {};
    Samples heard;
    for (std::size_t at = 0; at < samples.size(); at += frame) {
        const auto size = encoder->encode(std::span(samples).subspan(at, frame), packet);
        EXPECT_TRUE(decoder->decode(std::span(packet).first(size), heard));
    }
    return heard;
}

// As voice activity cuts it: 300 ms of the line before the speech, 200 ms behind it.
Samples spoken(const std::string& sentence, const Way& way)
{
    const auto voice = synthesize(sentence, "rms", 16'000);
    Samples line(4'800);
    line.insert(line.end(), voice->samples.begin(), voice->samples.end());
    line.resize(line.size() + 3'200);
    if (way.telephone_before)
        line = at_rate(coded(at_rate(line, 16'000, 8'000), AudioCodec::pcmu), 8'000, 16'000);
    return coded(at_rate(line, 16'000, sample_rate_of(way.codec)), way.codec);
}

std::vector<std::string> words_of(const std::string& text)
{
    std::string plain;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        plain += std::isalpha(u) ? static_cast<char>(std::tolower(u)) : ' ';
    }
    std::istringstream in(plain);
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

std::size_t errors(const std::vector<std::string>& said, const std::vector<std::string>& heard)
{
    std::vector<std::size_t> row(heard.size() + 1);
    for (std::size_t j = 0; j <= heard.size(); ++j)
        row[j] = j;
    for (const auto& word : said) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 1; j <= heard.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({ above + 1, row[j - 1] + 1, diagonal + (word == heard[j - 1] ? 0 : 1) });
            diagonal = above;
        }
    }
    return row.back();
}

class EveryLine : public ::testing::TestWithParam<Way> {
protected:
    static void SetUpTestSuite()
    {
        auto made = LineRecogniser::create();
        ASSERT_TRUE(made) << made.error().what;
        recogniser_ = std::move(*made);
    }
    static void TearDownTestSuite() { recogniser_.reset(); }

    std::string hear(std::uint32_t speaker, const std::string& sentence)
    {
        const int rate = sample_rate_of(GetParam().codec);
        recogniser_->begin(speaker, rate, {});
        const auto sound = spoken(sentence, GetParam());
        const auto frame = static_cast<std::size_t>(rate / 50);
        for (std::size_t at = 0; at < sound.size(); at += frame)
            recogniser_->accept(std::span(sound).subspan(at, std::min(frame, sound.size() - at)));
        return recogniser_->finish().text();
    }

    static inline std::unique_ptr<LineRecogniser> recogniser_;
};

TEST_P(EveryLine, the_first_words_of_each_caller_are_right)
{
    std::size_t wrong = 0;
    std::size_t said = 0;
    std::string all;
    for (std::uint32_t caller = 0; caller < sentences.size(); ++caller) {
        const auto words = words_of(sentences[caller]);
        const auto heard = hear(100 + caller, sentences[caller]);
        all += heard + "; ";
        wrong += errors(words, words_of(heard));
        said += words.size();
    }
    ASSERT_EQ(said, words_said);
    EXPECT_LE(wrong, GetParam().telephone_before ? most_errors_after_telephone : most_errors) << all;
    RecordProperty("word_errors", static_cast<int>(wrong));
}

class WideLine : public EveryLine { };

// One of another band: nothing of it is left.
TEST_P(WideLine, a_caller_on_another_line_before_does_not_matter)
{
    const auto alone = hear(200, sentences[0]);
    const Samples other = at_rate(spoken(sentences[1], { "other", AudioCodec::pcmu }), 8'000, 16'000);
    recogniser_->begin(201, 16'000, {});
    recogniser_->accept(other);
    recogniser_->finish();
    EXPECT_EQ(hear(202, sentences[0]), alone);
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryLine,
    ::testing::Values(Way { "PCMU", AudioCodec::pcmu }, Way { "PCMA", AudioCodec::pcma },
        Way { "G722", AudioCodec::g722 }, Way { "Opus", AudioCodec::opus },
        Way { "PCMU_brought_to_G722", AudioCodec::g722, true }, Way { "PCMU_brought_to_Opus", AudioCodec::opus, true }),
    [](const auto& way) { return std::string(way.param.name); });

INSTANTIATE_TEST_SUITE_P(Codecs, WideLine, ::testing::Values(Way { "Opus", AudioCodec::opus }));

TEST(BandMeter, tells_wide_band_speech_from_a_telephone_s)
{
    for (const auto codec : { AudioCodec::g722, AudioCodec::opus }) {
        for (const bool telephone_before : { false, true }) {
            BandMeter meter;
            for (const auto& sentence : sentences)
                meter.push(spoken(sentence, { "", codec, telephone_before }));
            EXPECT_EQ(meter.wide(), !telephone_before) << static_cast<int>(codec);
        }
    }
}

} // namespace
} // namespace parley::contract
