#include "contract/heard.h"
#include "contract/remote_speech_mocks.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "providers/fallback_stt.h"
#include "providers/listen_stt.h"
#include "providers/transcription.h"

#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <unistd.h>

// What every remote recogniser promises, on real sockets, whatever its server does.
namespace parley::contract {
namespace {

enum class Subject : std::uint8_t { listen, transcription, fallback };

using Events = std::vector<SttEvent>;

class RemoteStt : public ::testing::TestWithParam<Subject> {
protected:
    ~RemoteStt() override
    {
        thread_.call([this] {
            stream_.reset();
            stt_.reset();
            listen_mock_.reset();
            second_mock_.reset();
            http_mock_.reset();
            client_.reset();
        });
    }

    void open(Toxic toxic = Toxic::none, int after = 0, bool always = false)
    {
        thread_.call([&] {
            client_ = std::make_unique<HttpClient>(thread_.loop());
            switch (GetParam()) {
            case Subject::listen: stt_ = listen(listen_mock_, toxic, after, always, 0); break;
            case Subject::transcription: stt_ = transcription(toxic, always); break;
            case Subject::fallback: {
                std::vector<FallbackStt::Choice> choices;
                choices.push_back({ listen(listen_mock_, toxic, after, true, 1), { "first", 500ms, 500ms }, first_ });
                choices.push_back(
                    { listen(second_mock_, Toxic::none, 0, false, 0), { "second", 500ms, 500ms }, second_ });
                stt_ = std::make_unique<FallbackStt>(thread_.loop(), std::move(choices), Log::none());
                break;
            }
            }
            stream_ = stt_->open({}, [this](SttEvent event) { heard_.add(std::move(event)); });
        });
    }

    std::unique_ptr<SpeechToText> listen(
        std::unique_ptr<ListenMock>& mock, Toxic toxic, int after, bool always, int attempts)
    {
        mock = std::make_unique<ListenMock>(thread_.loop(), toxic, after);
        mock->always = always;
        ListenOptions options;
        options.url = mock->url();
        options.api_key = "key";
        options.attempts = attempts;
        return std::make_unique<ListenStt>(
            thread_.loop(), options, &mock == &second_mock_ ? second_ : first_, Log::none());
    }

    std::unique_ptr<SpeechToText> transcription(Toxic toxic, bool always)
    {
        http_mock_ = std::make_unique<SpeechHttpMock>(thread_.loop(), toxic);
        http_mock_->always = always;
        TranscriptionOptions options;
        options.url = http_mock_->url() + "/v1/audio/transcriptions";
        options.api_key = "key";
        options.model = "m";
        options.timeout = 500ms;
        return std::make_unique<TranscriptionStt>(options, *client_, thread_.loop(), first_, Log::none());
    }

    // Words `from` to `until`, a frame each, between silences.
    void speak(int from, int until)
    {
        silence(10);
        thread_.call([&] { stream_->speech_started(at_); });
        for (int word = from; word <= until; ++word)
            push(static_cast<std::int16_t>(word));
        silence(5);
        thread_.call([&] { stream_->speech_stopped(at_); });
    }
    void silence(int frames)
    {
        for (int i = 0; i < frames; ++i)
            push(0);
    }
    void push(std::int16_t value)
    {
        at_ += frame_duration;
        thread_.call([&] { stream_->push({ 8'000, std::vector<std::int16_t>(160, value) }, at_); });
        usleep(2'000); // Ten times faster than a call.
    }

    static std::vector<int> words_of(const Events& events)
    {
        std::vector<int> words;
        for (const auto& event : events) {
            const auto* transcript = std::get_if<Transcript>(&event);
            if (transcript == nullptr || !transcript->final)
                continue;
            std::istringstream text(transcript->text);
            for (int word = 0; text >> word;)
                words.push_back(word);
        }
        return words;
    }
    bool wait_words(std::size_t count)
    {
        return heard_.wait([&](const Events& events) { return words_of(events).size() >= count; });
    }
    static std::vector<int> numbers(int until)
    {
        std::vector<int> all;
        for (int i = 1; i <= until; ++i)
            all.push_back(i);
        return all;
    }

    LoopThread thread_ { "contract" };
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<ListenMock> listen_mock_;
    std::unique_ptr<ListenMock> second_mock_;
    std::unique_ptr<SpeechHttpMock> http_mock_;
    std::shared_ptr<ProviderStatistics> first_
        = std::make_shared<ProviderStatistics>(ProviderStatistics::Kind::recogniser, "first");
    std::shared_ptr<ProviderStatistics> second_
        = std::make_shared<ProviderStatistics>(ProviderStatistics::Kind::recogniser, "second");
    std::unique_ptr<SpeechToText> stt_;
    std::unique_ptr<SttStream> stream_;
    Heard<SttEvent> heard_;
    Instant at_ { 5'000s };
};

TEST_P(RemoteStt, words_arrive_once_with_times_on_the_calls_clock)
{
    open();
    const auto began = at_;
    speak(1, 20);
    ASSERT_TRUE(wait_words(20));
    speak(21, 40);
    ASSERT_TRUE(wait_words(40));
    EXPECT_EQ(words_of(heard_.all()), numbers(40));
    EXPECT_TRUE(heard_.of<SttFailed>().empty());
    for (const auto& transcript : heard_.of<Transcript>()) {
        EXPECT_GE(transcript.speech_start, began);
        EXPECT_LE(transcript.speech_start, transcript.speech_end);
        EXPECT_LE(transcript.speech_end, at_);
        EXPECT_EQ(transcript.language, "en-US");
    }
    EXPECT_GT(first_->latency.count(), 0U);
    RecordProperty("final_us", static_cast<int>(first_->latency.sum_us() / first_->latency.count()));
}

TEST_P(RemoteStt, nothing_is_heard_in_silence)
{
    open();
    thread_.call([&] { stream_->speech_started(at_); });
    silence(20);
    thread_.call([&] { stream_->speech_stopped(at_); });
    speak(1, 3);
    ASSERT_TRUE(wait_words(3));
    EXPECT_EQ(words_of(heard_.all()), numbers(3));
}

TEST_P(RemoteStt, words_come_after_finish)
{
    open();
    thread_.call([&] { stream_->speech_started(at_); });
    for (int word = 1; word <= 10; ++word)
        push(static_cast<std::int16_t>(word));
    thread_.call([&] { stream_->finish(); });
    ASSERT_TRUE(wait_words(10));
    EXPECT_EQ(words_of(heard_.all()), numbers(10));
}

TEST_P(RemoteStt, no_event_after_destruction)
{
    open();
    speak(1, 10);
    thread_.call([&] { stream_.reset(); });
    const auto before = heard_.all().size();
    usleep(100'000);
    thread_.call([] {});
    EXPECT_EQ(heard_.all().size(), before);
    EXPECT_EQ(first_->active, 0);
}

// P1 and what else a server may do, at a random moment.
TEST_P(RemoteStt, whatever_the_server_does_no_word_is_lost_or_doubled)
{
    const auto seed = std::random_device {}();
    std::mt19937 random(seed);
    for (const auto toxic :
        { Toxic::close, Toxic::reset, Toxic::garbage, Toxic::bad_json, Toxic::stall, Toxic::refuse, Toxic::fail }) {
        const bool http = toxic == Toxic::refuse || toxic == Toxic::fail;
        if (http && GetParam() != Subject::transcription)
            continue;
        const int after = std::uniform_int_distribution(1, 70)(random);
        SCOPED_TRACE("seed " + std::to_string(seed) + ", toxic " + std::to_string(static_cast<int>(toxic)) + " after "
            + std::to_string(after));
        const auto before = words_of(heard_.all()).size();
        thread_.call([&] {
            stream_.reset();
            stt_.reset();
        });
        open(toxic, after);
        speak(1, 60);
        ASSERT_TRUE(wait_words(before + 60));
        const auto words = words_of(heard_.all());
        EXPECT_EQ(std::vector<int>(words.begin() + static_cast<long>(before), words.end()), numbers(60));
        thread_.call([&] {
            stream_.reset();
            stt_.reset();
        });
    }
}

INSTANTIATE_TEST_SUITE_P(All, RemoteStt, ::testing::Values(Subject::listen, Subject::transcription, Subject::fallback));

class ListenRecogniser : public RemoteStt { };

TEST_P(ListenRecogniser, the_key_and_what_is_wanted_go_along_and_connections_are_warm)
{
    open();
    speak(1, 3);
    ASSERT_TRUE(wait_words(3));
    thread_.call([&] {
        EXPECT_EQ(listen_mock_->keys.front(), "Token key");
        EXPECT_NE(listen_mock_->targets.front().find("encoding=linear16&sample_rate=8000"), std::string::npos);
        EXPECT_EQ(listen_mock_->connections, 2); // The call's, and one for the next call.
    });
    EXPECT_EQ(first_->warm, 1);
    const auto taken = first_->taken_warm.load();
    thread_.call([&] { stream_ = stt_->open({}, [this](SttEvent event) { heard_.add(std::move(event)); }); });
    EXPECT_EQ(first_->taken_warm, taken + 1);
}

TEST_P(ListenRecogniser, more_streams_than_allowed_are_refused)
{
    open();
    ASSERT_TRUE(heard_.wait([](const Events& events) { return !events.empty(); }));
    std::unique_ptr<SttStream> second;
    std::unique_ptr<SpeechToText> limited;
    Heard<SttEvent> heard;
    thread_.call([&] {
        ListenOptions options;
        options.url = listen_mock_->url();
        options.max_streams = 1;
        limited = std::make_unique<ListenStt>(thread_.loop(), options, first_, Log::none());
        second = limited->open({}, [&](SttEvent event) { heard.add(std::move(event)); });
    });
    ASSERT_TRUE(heard.wait([](const Events& events) { return !events.empty(); }));
    EXPECT_EQ(heard.of<SttFailed>().at(0).error.kind, ErrorKind::limit_reached);
    EXPECT_EQ(first_->refused, 1U);
    thread_.call([&] {
        second.reset();
        limited.reset();
    });
}

INSTANTIATE_TEST_SUITE_P(Listen, ListenRecogniser, ::testing::Values(Subject::listen));

class FallbackRecogniser : public RemoteStt { };

TEST_P(FallbackRecogniser, one_that_owes_words_is_replaced)
{
    open(Toxic::stall, 30); // In mid speech, after interim words.
    speak(1, 60);
    const auto spoken = now();
    ASSERT_TRUE(wait_words(60));
    RecordProperty("fallback_ms", static_cast<int>(to_milliseconds(now() - spoken)));
    EXPECT_EQ(words_of(heard_.all()), numbers(60));
    EXPECT_EQ(first_->replaced, 1U);
}

INSTANTIATE_TEST_SUITE_P(Fallback, FallbackRecogniser, ::testing::Values(Subject::fallback));

} // namespace
} // namespace parley::contract
