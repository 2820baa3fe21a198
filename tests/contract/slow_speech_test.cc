#include "contract/heard.h"
#include "contract/remote_speech_mocks.h"
#include "contract/slow_wire.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "providers/fallback_stt.h"
#include "providers/fallback_tts.h"
#include "providers/listen_stt.h"
#include "providers/speech_endpoint.h"
#include "providers/stream_input.h"
#include "providers/transcription.h"

#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

// Remote speech whose server is there and answers, but slower than real time, or that ends without closing: what hangs
// a client which only watches for silence. Each has a time limit of 500 ms, and where another provider stands behind
// it, that one is asked within 500 ms more.
namespace parley::contract {
namespace {

constexpr Duration limit = 500ms;
constexpr Duration until_replaced = 500ms;

using Way = SlowWire::Way;
using Whom = SlowWire::Whom;

constexpr std::size_t handshake = 129; // The server's answer to a WebSocket's opening.

std::uint16_t port_of(const std::string& url)
{
    const auto at = url.find("127.0.0.1:") + 10;
    return static_cast<std::uint16_t>(std::stoi(url.substr(at)));
}

std::string through(const SlowWire& wire, const std::string& url)
{
    const auto at = url.find("127.0.0.1:") + 10;
    return url.substr(0, at) + std::to_string(wire.port()) + url.substr(url.find('/', at));
}

class SlowSpeech : public ::testing::Test {
protected:
    ~SlowSpeech() override
    {
        thread_.call([this] {
            hearing_.reset();
            speaking_.reset();
            stt_.reset();
            tts_.reset();
            wire_.reset();
            listen_mock_.reset();
            second_listen_.reset();
            socket_mock_.reset();
            http_mock_.reset();
            second_http_.reset();
            client_.reset();
        });
    }

    static std::shared_ptr<ProviderStatistics> figures(ProviderStatistics::Kind kind)
    {
        return std::make_shared<ProviderStatistics>(kind, "one");
    }

    SlowWire& slow(std::uint16_t port, Way way, Whom whom, std::size_t free)
    {
        wire_ = std::make_unique<SlowWire>(thread_.loop(), port, way, whom, free);
        return *wire_;
    }

    // Until the provider was asked for a connection and the client has it to itself.
    void wait_until_warm()
    {
        for (int i = 0; i < 1'000; ++i) {
            bool warmed = false;
            thread_.call([&] { warmed = http_mock_->warmed > 0; });
            if (warmed)
                break;
            usleep(1'000);
        }
        usleep(50'000);
    }

    LoopThread thread_ { "contract" };
    bool warm_ = false;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<SlowWire> wire_;
    std::unique_ptr<ListenMock> listen_mock_;
    std::unique_ptr<ListenMock> second_listen_;
    std::unique_ptr<StreamInputMock> socket_mock_;
    std::unique_ptr<SpeechHttpMock> http_mock_;
    std::unique_ptr<SpeechHttpMock> second_http_;
    std::unique_ptr<SpeechToText> stt_;
    std::unique_ptr<TextToSpeech> tts_;
    std::unique_ptr<SttStream> hearing_;
    std::unique_ptr<TtsStream> speaking_;
    std::shared_ptr<ProviderStatistics> first_ = figures(ProviderStatistics::Kind::recogniser);
    std::shared_ptr<ProviderStatistics> second_ = figures(ProviderStatistics::Kind::recogniser);
};

// ---- Recognisers ---------------------------------------------------------------------------------------------------

class SlowHearing : public SlowSpeech {
protected:
    using Events = std::vector<SttEvent>;

    std::unique_ptr<SpeechToText> listen(const std::string& url, std::shared_ptr<ProviderStatistics> statistics) const
    {
        ListenOptions options;
        options.url = url;
        options.attempts = 1;
        options.warm = 0;
        options.connect_timeout = limit;
        options.final_timeout = limit;
        return std::make_unique<ListenStt>(
            const_cast<LoopThread&>(thread_).loop(), options, std::move(statistics), Log::none());
    }

    std::unique_ptr<SpeechToText> transcription(const std::string& url, int attempts)
    {
        TranscriptionOptions options;
        options.url = url;
        options.model = "m";
        options.timeout = limit;
        options.attempts = attempts;
        options.warm = warm_;
        return std::make_unique<TranscriptionStt>(options, *client_, thread_.loop(), first_, Log::none());
    }

    // The recogniser, and one on a good wire behind it.
    void open(std::unique_ptr<SpeechToText> first)
    {
        second_listen_ = std::make_unique<ListenMock>(thread_.loop());
        std::vector<FallbackStt::Choice> choices;
        choices.push_back({ std::move(first), { "first", limit, limit }, first_ });
        choices.push_back({ listen(second_listen_->url(), second_), { "second", limit, limit }, second_ });
        stt_ = std::make_unique<FallbackStt>(thread_.loop(), std::move(choices), Log::none());
        hearing_ = stt_->open({}, [this](SttEvent event) { heard_.add(std::move(event)); });
    }

    void open_listen(Way way, std::size_t free, Toxic toxic = Toxic::none, int after = 0)
    {
        thread_.call([&] {
            listen_mock_ = std::make_unique<ListenMock>(thread_.loop(), toxic, after);
            auto& wire = slow(port_of(listen_mock_->url()), way, Whom::all, free);
            open(listen(through(wire, listen_mock_->url()), first_));
        });
    }

    void open_transcription(Way way, std::size_t free)
    {
        thread_.call([&] {
            client_ = std::make_unique<HttpClient>(thread_.loop());
            http_mock_ = std::make_unique<SpeechHttpMock>(thread_.loop());
            auto& wire = slow(port_of(http_mock_->url() + "/"), way, Whom::all, free);
            open(transcription(through(wire, http_mock_->url() + "/v1/audio/transcriptions"), 1));
        });
    }

    // Words 1 to 60, a frame each, between silences, at the speed of a call.
    void speak()
    {
        for (int frame = 0; frame < 85; ++frame) {
            const int word = frame >= 10 && frame < 70 ? frame - 9 : 0;
            at_ += frame_duration;
            thread_.call([&] {
                if (frame == 10)
                    hearing_->speech_started(at_);
                hearing_->push({ 8'000, std::vector<std::int16_t>(160, static_cast<std::int16_t>(word)) }, at_);
                if (frame == 74)
                    hearing_->speech_stopped(at_);
            });
            if (frame == 74)
                spoken_ = now();
            usleep(20'000);
        }
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

    void expect_all_words_once_within(Duration most)
    {
        ASSERT_TRUE(heard_.wait([](const Events& events) { return words_of(events).size() >= 60; }));
        EXPECT_LE(now() - spoken_, most);
        std::vector<int> all;
        for (int word = 1; word <= 60; ++word)
            all.push_back(word);
        EXPECT_EQ(words_of(heard_.all()), all);
    }

    Heard<SttEvent> heard_;
    Instant at_ { 5'000s };
    Instant spoken_ {};
};

TEST_F(SlowHearing, a_recogniser_whose_handshake_trickles_is_replaced_before_the_speech_ends)
{
    open_listen(Way::trickle, 0);
    speak();
    expect_all_words_once_within(until_replaced);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowHearing, a_recogniser_whose_words_trickle_is_replaced)
{
    open_listen(Way::trickle, handshake);
    speak();
    expect_all_words_once_within(limit + until_replaced);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowHearing, a_recogniser_that_says_that_it_closes_and_does_not_is_replaced_at_once)
{
    open_listen(Way::keep, 0, Toxic::close, 40);
    speak();
    expect_all_words_once_within(until_replaced);
}

TEST_F(SlowHearing, a_transcription_that_trickles_is_replaced)
{
    open_transcription(Way::trickle, 0);
    speak();
    expect_all_words_once_within(limit + until_replaced);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowHearing, a_transcription_whose_body_trickles_is_replaced)
{
    open_transcription(Way::trickle, 100);
    speak();
    expect_all_words_once_within(limit + until_replaced);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowHearing, a_transcription_whose_connection_is_not_closed_is_there_all_the_same)
{
    open_transcription(Way::keep, 0);
    speak();
    expect_all_words_once_within(limit);
    EXPECT_EQ(first_->replaced, 0U);
}

TEST_F(SlowHearing, alone_a_transcription_that_trickles_is_asked_again_on_another_connection)
{
    thread_.call([&] {
        client_ = std::make_unique<HttpClient>(thread_.loop());
        http_mock_ = std::make_unique<SpeechHttpMock>(thread_.loop());
        auto& wire = slow(port_of(http_mock_->url() + "/"), Way::trickle, Whom::first, 0);
        stt_ = transcription(through(wire, http_mock_->url() + "/v1/audio/transcriptions"), 2);
        hearing_ = stt_->open({}, [this](SttEvent event) { heard_.add(std::move(event)); });
    });
    speak();
    expect_all_words_once_within(limit + until_replaced);
    EXPECT_EQ(wire_->connections, 2);
}

TEST_F(SlowHearing, a_connection_is_opened_while_the_caller_speaks)
{
    warm_ = true;
    open_transcription(Way::keep, 0);
    speak();
    expect_all_words_once_within(limit);
    thread_.call([&] { EXPECT_EQ(http_mock_->warmed, 1); });
    EXPECT_EQ(wire_->connections, 1);
}

// ---- Voices --------------------------------------------------------------------------------------------------------

class SlowVoice : public SlowSpeech {
protected:
    using Events = std::vector<TtsEvent>;

    std::unique_ptr<TextToSpeech> endpoint(
        const std::string& url, std::shared_ptr<ProviderStatistics> statistics, int attempts)
    {
        SpeechEndpointOptions options;
        options.url = url;
        options.model = "m";
        options.voice = "v";
        options.sample_rate = 8'000;
        options.patience = limit;
        options.attempts = attempts;
        options.warm = warm_;
        return std::make_unique<SpeechEndpointTts>(
            options, *client_, thread_.loop(), std::move(statistics), Log::none());
    }

    std::unique_ptr<TextToSpeech> socket(const std::string& url)
    {
        StreamInputOptions options;
        options.url = url;
        options.voice = "v";
        options.sample_rate = 8'000;
        options.patience = limit;
        options.connect_timeout = limit;
        options.attempts = 1;
        options.warm = 0;
        return std::make_unique<StreamInputTts>(thread_.loop(), options, first_, Log::none());
    }

    enum class Behind : std::uint8_t { nobody, another };

    void open(std::unique_ptr<TextToSpeech> first, Behind behind)
    {
        if (behind == Behind::nobody) {
            tts_ = std::move(first);
        } else {
            std::vector<FallbackTts::Choice> choices;
            choices.push_back({ std::move(first), { "first", limit, limit }, first_ });
            second_http_ = std::make_unique<SpeechHttpMock>(thread_.loop());
            choices.push_back(
                { endpoint(second_http_->url() + "/speech", second_, 1), { "second", limit, limit }, second_ });
            tts_ = std::make_unique<FallbackTts>(thread_.loop(), std::move(choices), Log::none());
        }
        speaking_ = tts_->open({ 8'000 }, [this](TtsEvent event) { heard_.add(std::move(event)); });
    }

    void open_endpoint(Way way, Whom whom, std::size_t free, Behind behind = Behind::another, int attempts = 1)
    {
        thread_.call([&] {
            client_ = std::make_unique<HttpClient>(thread_.loop());
            http_mock_ = std::make_unique<SpeechHttpMock>(thread_.loop());
            auto& wire = slow(port_of(http_mock_->url() + "/"), way, whom, free);
            open(endpoint(through(wire, http_mock_->url() + "/speech"), first_, attempts), behind);
        });
    }

    void open_socket(Way way, std::size_t free, Toxic toxic = Toxic::none)
    {
        thread_.call([&] {
            client_ = std::make_unique<HttpClient>(thread_.loop());
            socket_mock_ = std::make_unique<StreamInputMock>(thread_.loop(), toxic);
            auto& wire = slow(port_of(socket_mock_->url()), way, Whom::all, free);
            open(socket(through(wire, socket_mock_->url())), Behind::another);
        });
    }

    // Says a sentence of 250 ms and waits for its end: how long that took.
    Duration say(std::uint64_t id = 1)
    {
        const auto said = now();
        thread_.call([&] { speaking_->say({ id }, "Your order is on its way.", { "en-US", "", "" }); });
        EXPECT_TRUE(heard_.wait([id](const Events& events) {
            return !events.empty() && std::visit([](const auto& e) { return e.utterance.value; }, events.back()) == id
                && (std::holds_alternative<TtsDone>(events.back()) || std::holds_alternative<TtsFailed>(events.back()));
        }));
        return now() - said;
    }

    Duration sound()
    {
        Duration sum {};
        for (const auto& audio : heard_.of<TtsAudio>())
            sum += audio.frame.duration();
        return sum;
    }

    Heard<TtsEvent> heard_;
};

TEST_F(SlowVoice, a_voice_whose_answer_trickles_is_replaced)
{
    open_endpoint(Way::trickle, Whom::all, 0);
    EXPECT_LE(say(), limit + until_replaced);
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
    EXPECT_EQ(sound(), 250ms);
    EXPECT_EQ(first_->replaced, 1U);
}

// A bit of sound comes all the time, so nobody may wait for silence.
TEST_F(SlowVoice, a_voice_whose_sound_trickles_is_replaced)
{
    open_endpoint(Way::trickle, Whom::all, 200);
    EXPECT_LE(say(), limit + until_replaced);
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
    EXPECT_GE(sound(), 240ms); // A word may be said to be heard by what had come.
    EXPECT_LE(sound(), 260ms);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowVoice, alone_a_voice_whose_sound_trickles_fails_and_the_next_sentence_is_spoken)
{
    open_endpoint(Way::trickle, Whom::first, 200, Behind::nobody);
    EXPECT_LE(say(1), limit + until_replaced);
    EXPECT_EQ(heard_.of<TtsFailed>().size(), 1U);
    say(2);
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
}

TEST_F(SlowVoice, alone_a_voice_that_stalls_again_and_again_fails)
{
    open_endpoint(Way::trickle, Whom::all, 0, Behind::nobody, 2);
    EXPECT_LE(say(), 2 * limit + until_replaced);
    EXPECT_EQ(heard_.of<TtsFailed>().size(), 1U);
    EXPECT_EQ(wire_->connections, 2);
}

TEST_F(SlowVoice, a_voice_whose_connection_is_not_closed_has_said_all)
{
    open_endpoint(Way::keep, Whom::all, 0);
    EXPECT_LE(say(), limit);
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
    EXPECT_EQ(sound(), 250ms);
    EXPECT_EQ(first_->replaced, 0U);
}

TEST_F(SlowVoice, a_connection_is_open_before_the_first_sentence)
{
    warm_ = true;
    open_endpoint(Way::keep, Whom::all, 0, Behind::nobody);
    wait_until_warm();
    RecordProperty("warm_us", static_cast<int>(say(1).count()));
    RecordProperty("used_us", static_cast<int>(say(2).count()));
    EXPECT_EQ(wire_->connections, 1);
    EXPECT_EQ(sound(), 500ms);
    thread_.call([&] { EXPECT_EQ(http_mock_->warmed, 1); });
}

TEST_F(SlowVoice, a_socket_whose_handshake_trickles_is_replaced)
{
    open_socket(Way::trickle, 0);
    EXPECT_LE(say(), limit + until_replaced);
    EXPECT_EQ(sound(), 250ms);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowVoice, a_socket_whose_sound_trickles_is_replaced)
{
    open_socket(Way::trickle, handshake);
    EXPECT_LE(say(), limit + until_replaced);
    EXPECT_EQ(sound(), 250ms);
    EXPECT_EQ(first_->replaced, 1U);
}

TEST_F(SlowVoice, a_socket_that_says_that_it_closes_and_does_not_is_replaced_at_once)
{
    open_socket(Way::keep, 0, Toxic::close);
    EXPECT_LE(say(), limit);
    EXPECT_EQ(heard_.of<TtsDone>().size(), 1U);
    EXPECT_LE(sound(), 300ms); // Up to a word twice.
    EXPECT_GE(sound(), 250ms);
}

} // namespace
} // namespace parley::contract
