#include "contract/speech_bench.h"

#include <algorithm>
#include <map>
#include <random>

#include <signal.h>
#include <unistd.h>

namespace parley::contract {
namespace {

using Events = std::vector<SttEvent>;

bool has_final(const Events& events)
{
    return std::any_of(events.begin(), events.end(), [](const SttEvent& event) {
        const auto* transcript = std::get_if<Transcript>(&event);
        return transcript != nullptr && transcript->final;
    });
}

// A stream on the service's loop and a clock of its own: frames are pushed as fast as the loop takes them, with the
// arrival times of a call in real time.
class Caller {
public:
    Caller(SpeechService& service, SttOptions options = {})
        : service_(service)
    {
        service_.call(
            [&] { stream_ = service_.stt().open(options, [this](SttEvent event) { heard.add(std::move(event)); }); });
        // A call comes long after the start of the server.
        EXPECT_TRUE(heard.wait([](const Events& events) { return !events.empty(); }));
    }
    ~Caller() { hang_up(); }

    void hang_up()
    {
        service_.call([&] { stream_.reset(); });
    }

    void speak(const std::string& text)
    {
        const auto sound = synthesize(text, "rms", 8'000);
        ASSERT_TRUE(sound);
        play(std::vector<std::int16_t>(1'600, 0));
        service_.call([&] { stream_->speech_started(at_); });
        play(sound->samples);
        play(std::vector<std::int16_t>(1'600, 0));
        service_.call([&] { stream_->speech_stopped(at_); });
    }

    void play(const std::vector<std::int16_t>& samples)
    {
        for (std::size_t i = 0; i + 160 <= samples.size(); i += 160) {
            AudioFrame frame { 8'000,
                { samples.begin() + static_cast<long>(i), samples.begin() + static_cast<long>(i) + 160 } };
            at_ += frame_duration;
            service_.call([&] { stream_->push(frame, at_); });
            usleep(2'000); // Ten times faster than a call, slow enough for the decoder to keep up.
        }
    }

    SttStream& stream() { return *stream_; }
    [[nodiscard]] Instant at() const { return at_; }

    Heard<SttEvent> heard;

private:
    SpeechService& service_;
    std::unique_ptr<SttStream> stream_;
    Instant at_ = now();
};

std::vector<Transcript> finals(Caller& caller)
{
    auto transcripts = caller.heard.of<Transcript>();
    std::erase_if(transcripts, [](const Transcript& transcript) { return !transcript.final; });
    return transcripts;
}

class Warnings : public LogSink {
public:
    void write(LogLevel level, std::string_view event, const std::vector<LogField>&) override
    {
        const std::lock_guard lock(mutex_);
        if (level == LogLevel::warning)
            ++counts_[std::string(event)];
    }
    int count(const std::string& event)
    {
        const std::lock_guard lock(mutex_);
        return counts_[event];
    }

private:
    std::mutex mutex_;
    std::map<std::string, int> counts_;
};

// The worker process, and its lanes in the order in which they were made: voices first.
int worker_of_this_process()
{
    for (const int worker : children_of(getpid())) {
        if (!children_of(worker).empty())
            return worker;
    }
    ADD_FAILURE() << "no speech worker";
    return -1;
}

TEST(SpeechToTextContract, words_arrive_with_times_on_the_calls_clock)
{
    SpeechService service;
    Caller caller(service);
    const auto began = caller.at();
    caller.speak("What is the balance of my account?");
    ASSERT_TRUE(caller.heard.wait(has_final));
    const auto events = caller.heard.all();
    ASSERT_FALSE(events.empty());
    EXPECT_TRUE(std::holds_alternative<SttReady>(events.front()));
    const auto final = finals(caller).front();
    EXPECT_EQ(final.text, "what is the balance of my account");
    EXPECT_GE(final.confidence, 0.6F);
    EXPECT_LE(final.confidence, 1.0F);
    EXPECT_EQ(final.language, "en-US");
    EXPECT_GT(final.speech_start, began);
    EXPECT_LT(final.speech_start, final.speech_end);
    EXPECT_LE(final.speech_end, caller.at()) << to_milliseconds(final.speech_end - caller.at());
    ASSERT_EQ(final.words.size(), 7U);
    EXPECT_EQ(final.words.back().word, "account");
    for (std::size_t i = 1; i < final.words.size(); ++i)
        EXPECT_LE(final.words[i - 1].end, final.words[i].start + 20ms);
    // Interim words came first.
    EXPECT_GT(caller.heard.of<Transcript>().size(), 1U);
}

TEST(SpeechToTextContract, nothing_is_heard_in_noise)
{
    SpeechService service;
    Caller caller(service);
    std::mt19937 random(1);
    std::normal_distribution<double> white(0, 3'000);
    std::vector<std::int16_t> noise;
    for (int i = 0; i < 12'000; ++i)
        noise.push_back(static_cast<std::int16_t>(white(random)));
    service.call([&] { caller.stream().speech_started(caller.at()); });
    caller.play(noise);
    service.call([&] { caller.stream().speech_stopped(caller.at()); });
    const auto over = caller.at();
    // The next utterance's words come after whatever the noise would have given.
    caller.speak("Thank you very much.");
    ASSERT_TRUE(caller.heard.wait(has_final));
    for (const auto& transcript : caller.heard.of<Transcript>())
        EXPECT_GE(transcript.speech_start, over) << transcript.text;
}

TEST(SpeechToTextContract, no_event_after_destruction)
{
    SpeechService service;
    Caller caller(service);
    caller.speak("I lost my credit card yesterday.");
    caller.hang_up();
    const auto before = caller.heard.all().size();
    Caller other(service); // Shares the only decoder: it is free again.
    other.speak("I lost my credit card yesterday.");
    ASSERT_TRUE(other.heard.wait(has_final));
    EXPECT_EQ(caller.heard.all().size(), before);
}

TEST(SpeechToTextContract, words_come_after_finish)
{
    SpeechService service;
    Caller caller(service);
    const auto sound = synthesize("I want to cancel my reservation.", "rms", 8'000);
    service.call([&] { caller.stream().speech_started(caller.at()); });
    caller.play(sound->samples);
    service.call([&] { caller.stream().finish(); });
    ASSERT_TRUE(caller.heard.wait(has_final));
    EXPECT_NE(finals(caller).front().text.find("cancel"), std::string::npos);
}

TEST(SpeechToTextContract, two_callers_share_one_decoder_and_both_are_heard_in_order)
{
    SpeechService service(1);
    Caller first(service);
    Caller second(service);
    first.speak("I lost my credit card yesterday.");
    second.speak("I want to cancel my reservation.");
    first.speak("What is the balance of my account?");
    ASSERT_TRUE(second.heard.wait(has_final));
    ASSERT_TRUE(first.heard.wait([](const Events& events) {
        return std::count_if(events.begin(), events.end(), [](const SttEvent& event) {
            const auto* transcript = std::get_if<Transcript>(&event);
            return transcript != nullptr && transcript->final;
        }) == 2;
    }));
    EXPECT_NE(finals(first)[0].text.find("credit"), std::string::npos);
    EXPECT_NE(finals(first)[1].text.find("balance"), std::string::npos);
    EXPECT_NE(finals(second)[0].text.find("reservation"), std::string::npos);
}

TEST(SpeechToTextContract, a_decoder_that_dies_is_replaced_and_hears_the_last_audio_again)
{
    SpeechService service;
    Caller caller(service);
    ASSERT_TRUE(caller.heard.wait([](const Events& events) { return !events.empty(); }));
    const auto sound = synthesize("I want to cancel my reservation.", "rms", 8'000);
    service.call([&] { caller.stream().speech_started(caller.at()); });
    const auto half = static_cast<long>(sound->samples.size() / 2);
    caller.play({ sound->samples.begin(), sound->samples.begin() + half });
    kill(children_of(worker_of_this_process()).back(), SIGKILL);
    ASSERT_TRUE(
        caller.heard.wait([](const Events& events) { return std::holds_alternative<SttFailed>(events.back()); }));
    EXPECT_TRUE(caller.heard.of<SttFailed>().front().recoverable);
    caller.play({ sound->samples.begin() + half, sound->samples.end() });
    service.call([&] { caller.stream().speech_stopped(caller.at()); });
    ASSERT_TRUE(caller.heard.wait(has_final));
    EXPECT_NE(finals(caller).front().text.find("want to cancel my reservation"), std::string::npos);
}

TEST(SpeechToTextContract, a_decoder_that_hangs_is_replaced)
{
    SpeechService service(1, 1, 1s);
    Caller caller(service);
    const int hung = children_of(worker_of_this_process()).back();
    kill(hung, SIGSTOP);
    caller.speak("I want to cancel my reservation."); // Longer than what is sent ahead of a decoder.
    ASSERT_TRUE(caller.heard.wait([](const Events& events) {
        const auto* failed = std::get_if<SttFailed>(&events.back());
        return failed != nullptr && failed->error.kind == ErrorKind::timed_out && failed->recoverable;
    }));
    caller.speak("What is the balance of my account?");
    ASSERT_TRUE(caller.heard.wait(has_final));
    EXPECT_NE(finals(caller).front().text.find("balance"), std::string::npos);
    EXPECT_NE(kill(hung, 0), 0); // It is gone.
}

TEST(SpeechToTextContract, a_worker_that_dies_is_started_again)
{
    SpeechService service;
    Caller caller(service);
    const int worker = worker_of_this_process();
    kill(worker, SIGKILL);
    caller.speak("What is the balance of my account?"); // Its beginning is lost with the backlog: the worker loads.
    ASSERT_TRUE(caller.heard.wait(has_final));
    EXPECT_NE(worker_of_this_process(), worker);
    caller.speak("I want to cancel my reservation.");
    ASSERT_TRUE(caller.heard.wait([](const Events& events) {
        const auto* last = events.empty() ? nullptr : std::get_if<Transcript>(&events.back());
        return last != nullptr && last->final && last->text.find("reservation") != std::string::npos;
    }));
}

TEST(SpeechToTextContract, audio_that_nobody_takes_is_dropped_at_its_limit_and_said_once)
{
    Warnings warnings;
    SpeechService service(1, 1, 10s, Log(warnings));
    Caller caller(service);
    const int decoder = children_of(worker_of_this_process()).back();
    kill(decoder, SIGSTOP);
    service.call([&] { caller.stream().speech_started(caller.at()); });
    // 1 s is sent ahead, 2 s wait, 4 s are too much.
    const auto sound = synthesize("What is the balance of my account?", "rms", 8'000);
    caller.play(std::vector<std::int16_t>(7 * 8'000, 0));
    caller.play(sound->samples);
    kill(decoder, SIGCONT);
    service.call([&] { caller.stream().speech_stopped(caller.at()); });
    ASSERT_TRUE(caller.heard.wait(has_final)); // The newest is there.
    EXPECT_NE(finals(caller).front().text.find("account"), std::string::npos) << finals(caller).front().text;
    const auto failed = caller.heard.of<SttFailed>();
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed.front().error.kind, ErrorKind::limit_reached);
    EXPECT_TRUE(failed.front().recoverable);
    EXPECT_EQ(warnings.count("speech audio dropped"), 1);
}

TEST(SpeechToTextContract, a_stream_without_a_free_decoder_gives_up_in_time)
{
    SpeechService service(1);
    Caller holder(service);
    ASSERT_TRUE(holder.heard.wait([](const Events& events) { return !events.empty(); }));
    service.call([&] { holder.stream().speech_started(holder.at()); }); // And never stops.
    holder.play(std::vector<std::int16_t>(1'600, 0));
    Caller waiting(service);
    service.call([&] { waiting.stream().speech_started(waiting.at()); });
    waiting.play(std::vector<std::int16_t>(8'000, 0));
    ASSERT_TRUE(waiting.heard.wait(
        [](const Events& events) { return !events.empty() && std::holds_alternative<SttFailed>(events.back()); }));
    EXPECT_EQ(waiting.heard.of<SttFailed>().back().error.kind, ErrorKind::limit_reached);
}

TEST(SpeechToTextContract, hints_are_heard_that_no_dictionary_has)
{
    SpeechService service;
    Caller caller(service, { "en-US", { "Parleyton" }, 8'000 });
    caller.speak("What will the weather be like in Parleyton?");
    ASSERT_TRUE(caller.heard.wait(has_final));
    EXPECT_NE(finals(caller).front().text.find("parleyton"), std::string::npos) << finals(caller).front().text;
}

} // namespace
} // namespace parley::contract
