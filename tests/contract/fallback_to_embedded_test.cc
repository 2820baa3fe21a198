#include "contract/remote_speech_mocks.h"
#include "contract/speech_bench.h"
#include "providers/fallback_stt.h"
#include "providers/listen_stt.h"
#include "providers/speech_pool.h"

#include <unistd.h>

// A remote recogniser dies in the middle of a long utterance; the embedded one, which is real, hears it from its start.
namespace parley::contract {
namespace {

using Events = std::vector<SttEvent>;

class FallbackToEmbedded : public ::testing::Test {
protected:
    ~FallbackToEmbedded() override
    {
        thread_.call([this] {
            stream_.reset();
            stt_.reset();
            mock_.reset();
            embedded_.reset();
        });
    }

    // The first recogniser is cut off after so many frames and does not come back.
    void open(int frames)
    {
        thread_.call([&] {
            auto created = EmbeddedSpeech::create(thread_.loop(), { { PARLEY_SPEECH_WORKER }, 1, 1, {}, 20s }, log_);
            ASSERT_TRUE(created) << created.error().what;
            embedded_ = std::move(*created);
            mock_ = std::make_unique<ListenMock>(thread_.loop(), Toxic::close, frames);
            mock_->always = true;
            ListenOptions options;
            options.url = mock_->url();
            options.attempts = 1;
            std::vector<FallbackStt::Choice> choices;
            choices.push_back({ std::make_unique<ListenStt>(thread_.loop(), options, figures_, log_),
                { "remote", 500ms, 500ms }, figures_ });
            choices.push_back({ embedded_->speech_to_text(thread_.loop()), { "embedded", 500ms, 500ms }, nullptr });
            stt_ = std::make_unique<FallbackStt>(thread_.loop(), std::move(choices), log_);
            stream_ = stt_->open({}, [this](SttEvent event) { heard_.add(std::move(event)); });
        });
        ASSERT_TRUE(heard_.wait([](const Events& events) { return !events.empty(); }));
        wait_for_decoder();
    }

    // A call comes long after the start of the server.
    void wait_for_decoder()
    {
        Heard<SttEvent> other;
        std::unique_ptr<SpeechToText> stt;
        std::unique_ptr<SttStream> stream;
        thread_.call([&] {
            stt = embedded_->speech_to_text(thread_.loop());
            stream = stt->open({}, [&](SttEvent event) { other.add(std::move(event)); });
        });
        ASSERT_TRUE(other.wait([](const Events& events) { return !events.empty(); }));
        thread_.call([&] {
            stream.reset();
            stt.reset();
        });
    }

    void push(std::span<const std::int16_t> samples, int pause_us)
    {
        for (; samples.size() >= 160; samples = samples.subspan(160)) {
            at_ += frame_duration;
            thread_.call([&] { stream_->push({ 8'000, { samples.begin(), samples.begin() + 160 } }, at_); });
            usleep(static_cast<useconds_t>(pause_us));
        }
    }

    class Warnings : public LogSink {
    public:
        void write(LogLevel, std::string_view event, const std::vector<LogField>&) override
        {
            const std::lock_guard lock(mutex_);
            dropped_ = dropped_ || event == "speech audio dropped";
        }
        bool dropped()
        {
            const std::lock_guard lock(mutex_);
            return dropped_;
        }

    private:
        std::mutex mutex_;
        bool dropped_ = false;
    };

    Warnings warnings_;
    Log log_ { warnings_ };
    LoopThread thread_ { "contract" };
    std::unique_ptr<EmbeddedSpeech> embedded_;
    std::unique_ptr<ListenMock> mock_;
    std::unique_ptr<SpeechToText> stt_;
    std::unique_ptr<SttStream> stream_;
    std::shared_ptr<ProviderStatistics> figures_
        = std::make_shared<ProviderStatistics>(ProviderStatistics::Kind::recogniser, "remote");
    Heard<SttEvent> heard_;
    // The call's clock is ahead of what has been pushed, as it is for sound that was heard before.
    Instant at_ = now() - 60s;
};

TEST_F(FallbackToEmbedded, a_long_utterance_is_heard_from_its_first_word_on)
{
    const std::string said = "I want to cancel my reservation. What is the balance of my account?";
    const auto voice = synthesize(said, "rms", 8'000);
    ASSERT_TRUE(voice);
    const auto frames = static_cast<int>(voice->samples.size() / 160);
    ASSERT_GT(frames * frame_duration, SpeechPool::backlog_limit + SpeechPool::window); // Or nothing is proved.
    open(frames);
    push(std::vector<std::int16_t>(1'600), 100);
    thread_.call([&] { stream_->speech_started(at_); });
    push(voice->samples, 100); // Faster than it could be heard: all of it waits for the embedded one.
    push(std::vector<std::int16_t>(1'600), 2'000);
    thread_.call([&] { stream_->speech_stopped(at_); });
    ASSERT_TRUE(heard_.wait([](const Events& events) {
        const auto* words = std::get_if<Transcript>(&events.back());
        return words != nullptr && words->final;
    }));
    EXPECT_EQ(heard_.of<Transcript>().back().text, "i want to cancel my reservation what is the balance of my account");
    EXPECT_FALSE(warnings_.dropped());
}

} // namespace
} // namespace parley::contract
