#include "contract/heard.h"
#include "contract/remote_speech_mocks.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "providers/fallback_tts.h"
#include "providers/speech_endpoint.h"
#include "providers/stream_input.h"

#include <gtest/gtest.h>
#include <unistd.h>

// What every remote voice promises, on real sockets, whatever its server does.
namespace parley::contract {
namespace {

enum class Subject : std::uint8_t { speech_endpoint, stream_input, fallback };

using Events = std::vector<TtsEvent>;

std::uint64_t utterance_of(const TtsEvent& event)
{
    return std::visit([](const auto& e) { return e.utterance.value; }, event);
}

std::function<bool(const Events&)> over(std::uint64_t id)
{
    return [id](const Events& events) {
        return std::any_of(events.begin(), events.end(), [&](const TtsEvent& event) {
            return utterance_of(event) == id
                && (std::holds_alternative<TtsDone>(event) || std::holds_alternative<TtsFailed>(event));
        });
    };
}

class RemoteTts : public ::testing::TestWithParam<Subject> {
protected:
    ~RemoteTts() override { take_down(); }

    void take_down()
    {
        thread_.call([this] {
            stream_.reset();
            tts_.reset();
            http_mock_.reset();
            socket_mock_.reset();
            client_.reset();
        });
    }

    void open(Toxic toxic = Toxic::none, bool always = false)
    {
        thread_.call([&] {
            client_ = std::make_unique<HttpClient>(thread_.loop());
            http_mock_ = std::make_unique<SpeechHttpMock>(
                thread_.loop(), GetParam() == Subject::speech_endpoint ? toxic : Toxic::none);
            http_mock_->always = always;
            socket_mock_ = std::make_unique<StreamInputMock>(thread_.loop(), toxic);
            socket_mock_->always = always;
            switch (GetParam()) {
            case Subject::speech_endpoint: tts_ = speech_endpoint(2); break;
            case Subject::stream_input: tts_ = stream_input(2); break;
            case Subject::fallback: {
                std::vector<FallbackTts::Choice> choices;
                choices.push_back({ stream_input(1), { "first", 500ms, 500ms }, statistics_ });
                choices.push_back({ speech_endpoint(2), { "second", 500ms, 500ms }, second_ });
                tts_ = std::make_unique<FallbackTts>(thread_.loop(), std::move(choices), Log::none());
                break;
            }
            }
            stream_ = tts_->open({ 8'000 }, [this](TtsEvent event) { heard_.add(std::move(event)); });
        });
    }

    std::unique_ptr<TextToSpeech> speech_endpoint(int attempts)
    {
        SpeechEndpointOptions options;
        options.url = http_mock_->url() + "/v1/audio/speech";
        options.api_key = "key";
        options.model = "m";
        options.voice = "alloy";
        options.voices = { { "Anna", "nova" } };
        options.sample_rate = 8'000;
        options.patience = 500ms;
        options.attempts = attempts;
        return std::make_unique<SpeechEndpointTts>(
            options, *client_, thread_.loop(), GetParam() == Subject::fallback ? second_ : statistics_, Log::none());
    }

    std::unique_ptr<TextToSpeech> stream_input(int attempts)
    {
        StreamInputOptions options;
        options.url = socket_mock_->url();
        options.api_key = "key";
        options.voice = "v";
        options.sample_rate = 8'000;
        options.patience = 500ms;
        options.attempts = attempts;
        return std::make_unique<StreamInputTts>(thread_.loop(), options, statistics_, Log::none());
    }

    void say(std::uint64_t id, const std::string& text, const std::string& voice = "")
    {
        thread_.call([&] { stream_->say({ id }, text, { "en-US", voice, "" }); });
    }

    Duration sound(std::uint64_t id)
    {
        Duration sum {};
        for (const auto& audio : heard_.of<TtsAudio>()) {
            EXPECT_EQ(audio.frame.sample_rate, 8'000);
            sum += audio.utterance.value == id ? audio.frame.duration() : Duration {};
        }
        return sum;
    }

    LoopThread thread_ { "contract" };
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<SpeechHttpMock> http_mock_;
    std::unique_ptr<StreamInputMock> socket_mock_;
    std::shared_ptr<ProviderStatistics> statistics_
        = std::make_shared<ProviderStatistics>(ProviderStatistics::Kind::synthesiser, "first");
    std::shared_ptr<ProviderStatistics> second_
        = std::make_shared<ProviderStatistics>(ProviderStatistics::Kind::synthesiser, "second");
    std::unique_ptr<TextToSpeech> tts_;
    std::unique_ptr<TtsStream> stream_;
    Heard<TtsEvent> heard_;
};

TEST_P(RemoteTts, sentences_sound_whole_and_in_order)
{
    open();
    say(1, "Hello there.");
    say(2, "How are you?");
    say(3, "Fine.");
    ASSERT_TRUE(heard_.wait(over(3)));
    std::uint64_t last = 0;
    for (const auto& event : heard_.all()) {
        EXPECT_GE(utterance_of(event), last);
        last = utterance_of(event);
    }
    EXPECT_EQ(sound(1), 120ms); // 10 ms a byte, however its bytes were cut.
    EXPECT_EQ(sound(2), 120ms);
    EXPECT_EQ(sound(3), 50ms);
    EXPECT_EQ(heard_.of<TtsDone>().size(), 3U);
    EXPECT_GT(statistics_->latency.count(), 0U);
    RecordProperty("first_sound_us", static_cast<int>(statistics_->latency.sum_us() / statistics_->latency.count()));
}

TEST_P(RemoteTts, nothing_of_a_cancelled_sentence_follows)
{
    open();
    say(1, "Nobody wants to hear this any more.");
    say(2, "Nor this.");
    std::size_t before = 0;
    thread_.call([&] {
        stream_->cancel();
        before = heard_.all().size();
    });
    say(3, "Yes?");
    ASSERT_TRUE(heard_.wait(over(3)));
    const auto events = heard_.all();
    for (std::size_t i = before; i < events.size(); ++i)
        EXPECT_EQ(utterance_of(events[i]), 3U);
    EXPECT_EQ(sound(3), 40ms);
}

TEST_P(RemoteTts, no_event_after_destruction)
{
    open();
    say(1, "Nobody is there any more.");
    std::size_t before = 0;
    thread_.call([&] {
        stream_.reset();
        before = heard_.all().size();
    });
    usleep(100'000);
    thread_.call([] {});
    EXPECT_EQ(heard_.all().size(), before);
    EXPECT_EQ(statistics_->active, 0);
}

TEST_P(RemoteTts, a_text_without_words_is_done)
{
    open();
    say(1, " ");
    ASSERT_TRUE(heard_.wait(over(1)));
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
}

TEST_P(RemoteTts, sentences_that_wait_are_bounded)
{
    open(Toxic::stall, true);
    for (std::uint64_t id = 1; id <= 65; ++id)
        say(id, "One.");
    ASSERT_TRUE(heard_.wait(over(65)));
    EXPECT_EQ(heard_.of<TtsFailed>().at(0).utterance.value, 65U);
    EXPECT_EQ(heard_.of<TtsFailed>().at(0).error.kind, ErrorKind::limit_reached);
}

// Whatever a server does to a sentence: it is spoken, or it failed, once; and the next one is spoken.
TEST_P(RemoteTts, whatever_the_server_does_the_next_sentence_is_spoken)
{
    for (const auto toxic : { Toxic::close, Toxic::reset, Toxic::garbage, Toxic::bad_json, Toxic::stall,
             Toxic::wrong_rate, Toxic::refuse, Toxic::fail, Toxic::silent }) {
        SCOPED_TRACE("toxic " + std::to_string(static_cast<int>(toxic)));
        take_down();
        const auto before = heard_.all().size();
        open(toxic);
        const auto id = static_cast<std::uint64_t>(toxic) * 10 + 1;
        say(id, "Your order is on its way.");
        say(id + 1, "Good bye.");
        ASSERT_TRUE(heard_.wait(over(id + 1)));
        int ends = 0;
        const auto events = heard_.all();
        for (std::size_t i = before; i < events.size(); ++i) {
            const bool last
                = std::holds_alternative<TtsDone>(events[i]) || std::holds_alternative<TtsFailed>(events[i]);
            ends += utterance_of(events[i]) == id && last ? 1 : 0;
        }
        EXPECT_EQ(ends, 1);
        EXPECT_LE(sound(id), 300ms); // Nothing twice: 250 ms, and up to a word more where the voice changed.
        const bool socket_is_always_silent = toxic == Toxic::silent && GetParam() == Subject::stream_input;
        const bool socket_always_fails
            = (toxic == Toxic::fail || toxic == Toxic::refuse) && GetParam() == Subject::stream_input;
        EXPECT_EQ(sound(id + 1), socket_is_always_silent || socket_always_fails ? Duration(0ms) : Duration(90ms));
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, RemoteTts, ::testing::Values(Subject::speech_endpoint, Subject::stream_input, Subject::fallback));

class FallbackVoice : public RemoteTts { };

TEST_P(FallbackVoice, a_voice_that_dies_in_mid_sentence_is_followed_by_one_that_says_the_rest)
{
    open(Toxic::reset, true);
    say(1, "Your order is on its way.");
    ASSERT_TRUE(heard_.wait(over(1)));
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
    thread_.call([&] {
        // Half of the sound was heard: "Your order i", of which two words are whole.
        EXPECT_EQ(Json::parse(http_mock_->requests.at(0).body)->string_or("input"), "is on its way.");
    });
    EXPECT_EQ(statistics_->replaced, 1U);
}

TEST_P(FallbackVoice, one_that_says_nothing_is_replaced)
{
    open(Toxic::silent, true);
    const auto said = now();
    say(1, "Hello there.");
    ASSERT_TRUE(heard_.wait([](const Events& events) { return !events.empty(); }));
    RecordProperty("fallback_ms", static_cast<int>(to_milliseconds(now() - said)));
    ASSERT_TRUE(heard_.wait(over(1)));
    EXPECT_EQ(sound(1), 120ms);
}

INSTANTIATE_TEST_SUITE_P(Fallback, FallbackVoice, ::testing::Values(Subject::fallback));

class SocketVoice : public RemoteTts { };

TEST_P(SocketVoice, words_have_times_and_one_connection_is_enough)
{
    open();
    say(1, "Hello you.");
    say(2, "Bye.");
    ASSERT_TRUE(heard_.wait(over(2)));
    const auto words = heard_.of<TtsWords>();
    ASSERT_FALSE(words.empty());
    std::vector<TimedWord> last;
    for (const auto& told : words) {
        if (told.utterance.value == 1)
            last = told.words;
    }
    ASSERT_EQ(last.size(), 2U);
    EXPECT_EQ(last[0].word, "Hello");
    EXPECT_EQ(last[0].start, 0ms);
    EXPECT_EQ(last[1].word, "you.");
    // The second message's characters count from its own sound, which began in mid sample.
    EXPECT_GE(last[1].start, 59ms);
    EXPECT_LE(last[1].end, 100ms);
    thread_.call([&] {
        EXPECT_EQ(socket_mock_->connections, 2); // The call's, and one for the next call.
        EXPECT_EQ(socket_mock_->keys.front(), "key");
    });
}

INSTANTIATE_TEST_SUITE_P(Socket, SocketVoice, ::testing::Values(Subject::stream_input));

class EndpointVoice : public RemoteTts { };

TEST_P(EndpointVoice, voices_are_mapped_and_the_key_goes_along)
{
    open();
    say(1, "One.", "Anna");
    say(2, "Two.", "nobody");
    ASSERT_TRUE(heard_.wait(over(2)));
    thread_.call([&] {
        EXPECT_EQ(http_mock_->requests.at(0).headers.find("Authorization"), "Bearer key");
        EXPECT_EQ(Json::parse(http_mock_->requests.at(0).body)->string_or("voice"), "nova");
        EXPECT_EQ(Json::parse(http_mock_->requests.at(1).body)->string_or("voice"), "alloy");
    });
}

INSTANTIATE_TEST_SUITE_P(Endpoint, EndpointVoice, ::testing::Values(Subject::speech_endpoint));

} // namespace
} // namespace parley::contract
