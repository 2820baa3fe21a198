#include "contract/speech_bench.h"

#include <algorithm>

#include <signal.h>
#include <unistd.h>

namespace parley::contract {
namespace {

using Events = std::vector<TtsEvent>;

std::function<bool(const Events&)> done(std::uint64_t utterance)
{
    return [utterance](const Events& events) {
        return std::any_of(events.begin(), events.end(), [&](const TtsEvent& event) {
            const auto* d = std::get_if<TtsDone>(&event);
            return d != nullptr && d->utterance.value == utterance;
        });
    };
}

std::uint64_t utterance_of(const TtsEvent& event)
{
    return std::visit([](const auto& e) { return e.utterance.value; }, event);
}

class Speaker {
public:
    explicit Speaker(SpeechService& service, int sample_rate = 8'000)
        : service_(service)
    {
        service_.call([&] {
            stream_ = service_.tts().open({ sample_rate }, [this](TtsEvent event) { heard.add(std::move(event)); });
        });
    }
    ~Speaker() { hang_up(); }

    void hang_up()
    {
        service_.call([&] { stream_.reset(); });
    }
    void say(std::uint64_t utterance, const std::string& text, const std::string& voice = "")
    {
        service_.call([&] { stream_->say({ utterance }, text, { "en-US", voice, "" }); });
    }
    void cancel()
    {
        service_.call([&] { stream_->cancel(); });
    }

    Heard<TtsEvent> heard;

private:
    SpeechService& service_;
    std::unique_ptr<TtsStream> stream_;
};

Duration length(const std::vector<TtsAudio>& audio)
{
    Duration sum {};
    for (const auto& piece : audio)
        sum += piece.frame.duration();
    return sum;
}

TEST(TextToSpeechContract, words_precede_the_audio_they_describe)
{
    SpeechService service;
    Speaker speaker(service);
    speaker.say(1, "Your order of $20 has arrived.");
    ASSERT_TRUE(speaker.heard.wait(done(1)));
    const auto events = speaker.heard.all();
    ASSERT_TRUE(std::holds_alternative<TtsWords>(events.front()));
    EXPECT_TRUE(std::holds_alternative<TtsDone>(events.back()));
    const auto words = std::get<TtsWords>(events.front()).words;
    ASSERT_EQ(words.size(), 6U);
    EXPECT_EQ(words[3].word, "$20");
    EXPECT_EQ(words[5].word, "arrived.");
    for (std::size_t i = 1; i < words.size(); ++i)
        EXPECT_LE(words[i - 1].end, words[i].start);
    const auto audio = speaker.heard.of<TtsAudio>();
    EXPECT_GT(audio.size(), 3U); // In pieces as they are made.
    EXPECT_EQ(audio.front().frame.sample_rate, 8'000);
    EXPECT_GT(length(audio), words.back().end);
    EXPECT_LT(length(audio), words.back().end + 1s);
}

TEST(TextToSpeechContract, utterances_are_spoken_in_order_and_each_ends_once)
{
    SpeechService service(1, 2);
    Speaker speaker(service);
    for (std::uint64_t i = 1; i <= 5; ++i)
        speaker.say(i, "This is sentence number " + std::to_string(i) + ".");
    ASSERT_TRUE(speaker.heard.wait(done(5)));
    std::uint64_t last = 0;
    for (const auto& event : speaker.heard.all()) {
        EXPECT_GE(utterance_of(event), last);
        last = utterance_of(event);
    }
    EXPECT_EQ(speaker.heard.of<TtsDone>().size(), 5U);
}

TEST(TextToSpeechContract, cancelled_utterances_say_nothing_more)
{
    SpeechService service;
    Speaker speaker(service);
    for (std::uint64_t i = 1; i <= 8; ++i)
        speaker.say(i, "This sentence will be cancelled before it has been spoken to its end, all of it.");
    ASSERT_TRUE(speaker.heard.wait([](const Events& events) { return !events.empty(); }));
    speaker.cancel();
    const auto before = speaker.heard.all().size();
    speaker.say(9, "Hello.");
    ASSERT_TRUE(speaker.heard.wait(done(9)));
    const auto events = speaker.heard.all();
    for (std::size_t i = before; i < events.size(); ++i)
        EXPECT_EQ(utterance_of(events[i]), 9U);
}

TEST(TextToSpeechContract, no_event_after_destruction)
{
    SpeechService service;
    Speaker speaker(service);
    speaker.say(1, "Nobody will listen to this rather long sentence, because the call is over.");
    speaker.hang_up();
    const auto before = speaker.heard.all().size();
    Speaker other(service);
    other.say(1, "Hello.");
    ASSERT_TRUE(other.heard.wait(done(1)));
    EXPECT_EQ(speaker.heard.all().size(), before);
}

// swml-ai 12
TEST(TextToSpeechContract, every_voice_speaks_and_unknown_ones_become_the_default)
{
    SpeechService service;
    Speaker speaker(service, 16'000);
    std::uint64_t id = 0;
    for (const auto* voice : { "slt", "en-US-rms", "awb", "kal16", "kal", "Anna", "nobody" }) {
        speaker.say(++id, "Hello there.", voice);
        ASSERT_TRUE(speaker.heard.wait(done(id))) << voice;
    }
    EXPECT_TRUE(speaker.heard.of<TtsFailed>().empty());
    std::vector<Duration> lengths(id + 1);
    for (const auto& piece : speaker.heard.of<TtsAudio>()) {
        EXPECT_EQ(piece.frame.sample_rate, 16'000);
        lengths[piece.utterance.value] += piece.frame.duration();
    }
    for (std::uint64_t i = 1; i <= id; ++i)
        EXPECT_GT(lengths[i], 300ms) << i;
}

TEST(TextToSpeechContract, a_warm_voice_sounds_at_once)
{
    SpeechService service;
    ASSERT_TRUE(service.voices_are_warm());
    // The recogniser, which loads for about a second, does not hold the voice up.
    Heard<SttEvent> ready;
    std::unique_ptr<SttStream> stream;
    service.call([&] { stream = service.stt().open({}, [&](SttEvent event) { ready.add(std::move(event)); }); });
    service.call([] {});
    EXPECT_TRUE(ready.all().empty());
    Speaker speaker(service);
    const auto asked = now();
    speaker.say(1, "Hello! How can I help you today?");
    ASSERT_TRUE(speaker.heard.wait([](const Events& events) { return !events.empty(); }));
    const auto first = now() - asked;
    ASSERT_TRUE(speaker.heard.wait(done(1)));
    const auto again = now();
    const auto before = speaker.heard.all().size();
    speaker.say(2, "Hello! How can I help you today?");
    ASSERT_TRUE(speaker.heard.wait([&](const Events& events) { return events.size() > before; }));
    RecordProperty("first_ms", static_cast<int>(to_milliseconds(first)));
    RecordProperty("second_ms", static_cast<int>(to_milliseconds(now() - again)));
    EXPECT_TRUE(ready.wait([](const std::vector<SttEvent>& events) { return !events.empty(); }));
    service.call([&] { stream.reset(); });
}

TEST(TextToSpeechContract, a_voice_that_hangs_is_replaced)
{
    SpeechService service(1, 1, 1s);
    ASSERT_TRUE(service.voices_are_warm());
    int hung = 0;
    for (const int worker : children_of(getpid())) {
        if (const auto lanes = children_of(worker); !lanes.empty())
            hung = lanes.front();
    }
    ASSERT_NE(hung, 0);
    kill(hung, SIGSTOP);
    Speaker speaker(service);
    speaker.say(1, "Nobody will hear this.");
    ASSERT_TRUE(speaker.heard.wait([](const Events& events) { return !events.empty(); }));
    ASSERT_EQ(speaker.heard.of<TtsFailed>().size(), 1U);
    EXPECT_EQ(speaker.heard.of<TtsFailed>().front().error.kind, ErrorKind::timed_out);
    speaker.say(2, "Hello.");
    ASSERT_TRUE(speaker.heard.wait(done(2)));
    EXPECT_NE(kill(hung, 0), 0); // It is gone.
}

TEST(TextToSpeechContract, a_text_without_words_is_done_at_once)
{
    SpeechService service;
    Speaker speaker(service);
    for (const auto* text : { "", " ", "...", "\xf0\x9f\x98\x80" }) {
        speaker.say(1, text);
        ASSERT_TRUE(speaker.heard.wait(done(1)));
    }
    EXPECT_TRUE(speaker.heard.of<TtsFailed>().empty());
}

} // namespace
} // namespace parley::contract
