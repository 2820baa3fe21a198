#include "providers/speech_protocol.h"

#include "providers/flite_voices.h"
#include "providers/voicing.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace parley {
namespace {

using namespace speech;

TEST(SpeechProtocol, messages_come_back_as_they_were_sent)
{
    const auto request = decode_request(encode(LaneRequest { 3, 77, ListenBegin { 5, 8'000, { "a", "b c" } } }));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->lane, 3);
    EXPECT_EQ(request->job, 77U);
    EXPECT_EQ(std::get<ListenBegin>(request->request).hints, (std::vector<std::string> { "a", "b c" }));
    const auto audio = decode_request(encode(LaneRequest { 0, 1, ListenAudio { { 1, -2, 3 } } }));
    EXPECT_EQ(std::get<ListenAudio>(audio->request).samples, (std::vector<std::int16_t> { 1, -2, 3 }));
    const Hypothesis heard { { { { "hello", 10ms, 200ms }, 0.5F } }, 0.75F };
    const auto answer = decode_answer(encode(LaneAnswer { 1, 2, HeardFinal { heard } }));
    const auto& back = std::get<HeardFinal>(answer->answer).hypothesis;
    EXPECT_EQ(back.confidence, 0.75F);
    EXPECT_EQ(back.words.front().timed, heard.words.front().timed);
}

TEST(SpeechProtocol, broken_frames_are_refused)
{
    auto frame = encode(LaneRequest { 0, 1, SpeakText { 8'000, "slt", "Hello" } });
    for (std::size_t size = 0; size < frame.size(); ++size)
        EXPECT_FALSE(decode_request(std::span(frame).first(size))) << size;
    frame[1] = std::byte { 200 };
    EXPECT_FALSE(decode_request(frame));
}

TEST(Voicing, vowels_are_voiced_and_hiss_is_not)
{
    std::vector<std::int16_t> vowel;
    std::vector<std::int16_t> hiss;
    std::mt19937 random(3);
    std::normal_distribution<double> white(0, 3'000);
    for (int i = 0; i < 16'000; ++i) {
        const double t = i / 16'000.0;
        vowel.push_back(
            static_cast<std::int16_t>(3'000 * std::sin(2 * M_PI * 120 * t) + 2'000 * std::sin(2 * M_PI * 720 * t)));
        hiss.push_back(static_cast<std::int16_t>(white(random)));
    }
    Voicing voicing;
    voicing.push(vowel);
    EXPECT_GT(voicing.voiced_milliseconds(), 800);
    voicing.reset();
    voicing.push(hiss);
    EXPECT_EQ(voicing.voiced_milliseconds(), 0);
}

TEST(Voices, are_found_by_the_names_clients_use)
{
    EXPECT_EQ(known_voice("slt"), "slt");
    EXPECT_EQ(known_voice("en-US-RMS"), "rms");
    EXPECT_EQ(known_voice("flite.kal16"), "kal16");
    EXPECT_EQ(known_voice("some female voice"), "slt");
    EXPECT_EQ(known_voice("elevenlabs.rachel"), "");
}

TEST(Hints, become_a_language_model_of_their_words_and_phrases)
{
    const auto arpa = hint_language_model({ { "large", "pizza" }, { "boston" } });
    EXPECT_NE(arpa.find("ngram 1=6\nngram 2=4\n"), std::string::npos) << arpa;
    EXPECT_NE(arpa.find("large pizza\n"), std::string::npos);
    EXPECT_FALSE(phones_of("parleyton").empty());
    EXPECT_TRUE(phones_of("...").empty());
}

} // namespace
} // namespace parley
