#include "base/base64.h"
#include "base/json.h"
#include "providers/stream_input_wire.h"
#include "providers/transcription.h"
#include "providers/voice_bytes.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::string pcm(const std::vector<std::int16_t>& samples)
{
    return wav_file(samples, 8'000).substr(44);
}

std::vector<std::int16_t> ramp(std::size_t count)
{
    std::vector<std::int16_t> samples;
    for (std::size_t i = 0; i < count; ++i)
        samples.push_back(static_cast<std::int16_t>(1'000 + i));
    return samples;
}

// The same bytes in pieces of `step`.
std::vector<std::int16_t> heard(VoiceBytes& bytes, const std::string& sent, std::size_t step)
{
    std::vector<std::int16_t> out;
    for (std::size_t at = 0; at < sent.size(); at += step)
        EXPECT_TRUE(bytes.push(std::string_view(sent).substr(at, step), out));
    bytes.finish(out);
    return out;
}

TEST(VoiceBytes, pieces_of_any_size_give_the_same_sound)
{
    const auto samples = ramp(500);
    for (const std::size_t step : { 1U, 2U, 3U, 7U, 320U, 5'000U }) {
        auto plain = VoiceBytes::create(VoiceBytes::Format::pcm, 8'000, 8'000);
        EXPECT_EQ(heard(*plain, pcm(samples), step), samples) << step;
        auto wav = VoiceBytes::create(VoiceBytes::Format::wav, 8'000, 8'000);
        EXPECT_EQ(heard(*wav, wav_file(samples, 8'000), step), samples) << step;
    }
}

TEST(VoiceBytes, silence_before_the_first_sound_is_left_out)
{
    auto samples = std::vector<std::int16_t>(800, 3);
    const auto sound = ramp(100);
    samples.insert(samples.end(), sound.begin(), sound.end());
    auto bytes = VoiceBytes::create(VoiceBytes::Format::pcm, 8'000, 8'000);
    EXPECT_EQ(heard(*bytes, pcm(samples), 10), sound);
    EXPECT_EQ(bytes->left_out(), 100ms);
    EXPECT_EQ(bytes->received(), 112'500us);
    auto silent = VoiceBytes::create(VoiceBytes::Format::pcm, 8'000, 8'000);
    EXPECT_EQ(heard(*silent, pcm(std::vector<std::int16_t>(16'000, 0)), 100).size(), 4'000U); // 1.5 s of 2 s.
}

TEST(VoiceBytes, a_header_that_declares_something_else_is_an_error)
{
    const auto error = [](const std::string& sent) {
        auto bytes = VoiceBytes::create(VoiceBytes::Format::wav, 24'000, 8'000);
        std::vector<std::int16_t> out;
        auto pushed = bytes->push(sent, out);
        return pushed ? std::string() : pushed.error().what;
    };
    EXPECT_EQ(error(wav_file(ramp(10), 24'000)), "");
    EXPECT_NE(error(wav_file(ramp(10), 16'000)).find("16000 Hz instead of 24000"), std::string::npos);
    EXPECT_NE(error("<html>not found</html>").find("no WAV"), std::string::npos);
    auto stereo = wav_file(ramp(10), 24'000);
    stereo[22] = 2;
    EXPECT_NE(error(stereo).find("one channel"), std::string::npos);
    EXPECT_NE(error("RIFF....WAVEjunk\xff\xff\xff\xff").find("too long"), std::string::npos);
    EXPECT_EQ(declared_rate("audio/pcm;rate=16000"), 16'000);
    EXPECT_EQ(declared_rate("audio/pcm"), std::nullopt);
}

TEST(StreamInputWire, sound_and_times_are_read)
{
    const auto message = parse_stream_input(R"({"audio":")" + base64_encode(pcm({ 1, 2 }))
        + R"(","isFinal":null,"contextId":"7-1","alignment":{"chars":["H","i"," ","y"],"charStartTimesMs":[0,100,200,250],)"
        + R"("charDurationsMs":[100,100,50,80]}})");
    ASSERT_TRUE(message) << message.error().what;
    EXPECT_EQ(message->context, "7-1");
    EXPECT_EQ(message->sound, pcm({ 1, 2 }));
    EXPECT_FALSE(message->final);
    WordTimes times;
    times.add(message->characters, 1s);
    times.add({ { "o", 0ms, 50ms }, { "u", 50ms, 90ms } }, 1'330ms);
    EXPECT_EQ(times.words(500ms), (std::vector<TimedWord> { { "Hi", 500ms, 700ms }, { "you", 750ms, 920ms } }));
    EXPECT_TRUE(parse_stream_input(R"({"isFinal":true,"contextId":"7-1"})")->final);
    EXPECT_TRUE(parse_stream_input(R"({"is_final":true,"contextId":"7-1"})")->final);
    EXPECT_EQ(parse_stream_input(R"({"error":"quota","message":"used up"})")->error, "used up");
}

TEST(StreamInputWire, nonsense_is_named)
{
    for (const auto* nonsense : { "", "[]", R"({"audio":7})", R"({"audio":"***"})", R"({"alignment":[]})",
             R"({"alignment":{"chars":["a"],"charStartTimesMs":[],"charDurationsMs":[1]}})",
             R"({"alignment":{"chars":["a"],"charStartTimesMs":[-1],"charDurationsMs":[1]}})" })
        EXPECT_FALSE(parse_stream_input(nonsense)) << nonsense;
}

TEST(StreamInputWire, a_sentence_is_a_context_of_its_own)
{
    EXPECT_EQ(stream_input_sentence("7-1", "Hi \"you\"."),
        (std::vector<std::string> { R"({"text":" ","context_id":"7-1"})",
            R"({"text":"Hi \"you\". ","context_id":"7-1","flush":true})",
            R"({"context_id":"7-1","close_context":true})" }));
    StreamInputOptions options;
    options.url = "wss://api/v1/text-to-speech/";
    options.model = "m";
    EXPECT_EQ(stream_input_url(options, "a/b"),
        "wss://api/v1/text-to-speech/a%2Fb/multi-stream-input?output_format=pcm_16000&auto_mode=true"
        "&sync_alignment=true&inactivity_timeout=180&model_id=m");
}

TEST(TranscriptionWire, an_utterance_is_a_form_with_a_wav_file)
{
    TranscriptionOptions options;
    options.model = "whisper-1";
    options.word_times = true;
    const auto form = transcription_form(options, { "en-US", { "tulip", "rose" }, 8'000 }, "RIFF");
    for (const auto* part : { "name=\"model\"\r\n\r\nwhisper-1\r\n", "name=\"language\"\r\n\r\nen\r\n",
             "name=\"response_format\"\r\n\r\nverbose_json\r\n", "name=\"prompt\"\r\n\r\ntulip, rose\r\n",
             "filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--" })
        EXPECT_NE(form.find(part), std::string::npos) << part;
    const auto wav = wav_file({ 1, -1 }, 8'000);
    EXPECT_EQ(wav.size(), 48U);
    EXPECT_EQ(wav.substr(44), std::string("\1\0\xff\xff", 4));
}

TEST(TranscriptionWire, words_are_read_and_nonsense_is_named)
{
    const auto heard = parse_transcription(R"({"text":" Hi. ","words":[{"word":"Hi","start":0.1,"end":0.4}]})");
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->text, "Hi.");
    EXPECT_EQ(heard->words, (std::vector<TimedWord> { { "Hi", 100ms, 400ms } }));
    EXPECT_EQ(parse_transcription(R"({"text":"  "})")->text, "");
    for (const auto* nonsense :
        { "<html>", "{}", R"({"text":1})", R"({"text":"a","words":[{"word":"a","start":2,"end":1}]})" })
        EXPECT_FALSE(parse_transcription(nonsense)) << nonsense;
}

} // namespace
} // namespace parley
