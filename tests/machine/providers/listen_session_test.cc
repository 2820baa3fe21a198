#include "base/json.h"
#include "providers/listen_session.h"

#include <gtest/gtest.h>

#include <sstream>

namespace parley {
namespace {

// A call on one connection after the other, told as text.
class Script {
public:
    explicit Script(int attempts = 0)
        : session_(options(attempts), { "en-US", {}, 8'000 }, Log::none())
    {
        session_.start(now_, out_);
    }

    Script& at(int milliseconds)
    {
        const Instant then = origin + std::chrono::milliseconds(milliseconds);
        for (auto due = session_.deadline(); due && *due <= then; due = session_.deadline())
            session_.handle_timeout(*due, out_);
        now_ = then;
        return *this;
    }
    // Frames of 20 ms that end at the times (from, until].
    Script& frames(int from, int until)
    {
        for (int ms = from + 20; ms <= until; ms += 20) {
            at(ms);
            session_.push({ 8'000, std::vector<std::int16_t>(160) }, now_, queued_, now_, out_);
        }
        return *this;
    }
    Script& opened() { return session_.opened(now_, out_), *this; }
    Script& closed() { return session_.closed("gone", now_, out_), *this; }
    Script& speech_started() { return session_.speech_started(now_, out_), *this; }
    Script& speech_stopped() { return session_.speech_stopped(queued_, now_, out_), *this; }
    Script& finish() { return session_.finish(queued_, now_, out_), *this; }
    Script& hints(std::vector<std::string> hints) { return session_.set_hints(std::move(hints)), *this; }
    Script& queued(std::size_t bytes) { return queued_ = bytes, *this; }
    Script& message(const std::string& text) { return session_.message(text, now_, out_), *this; }
    // A result about milliseconds of this connection's sound.
    Script& result(const std::string& words, bool final, int start, int end)
    {
        const auto seconds = [](int ms) { return std::to_string(ms / 1000.0); };
        return message(R"({"type":"Results","is_final":)" + std::string(final ? "true" : "false") + R"(,"start":)"
            + seconds(start) + R"(,"duration":)" + seconds(end - start)
            + R"(,"channel":{"alternatives":[{"transcript":")" + words + R"(","confidence":0.9}]}})");
    }

    // What came since the last look; sound as milliseconds sent.
    std::string told()
    {
        std::ostringstream text;
        for (std::size_t i = 0; i < out_.size(); ++i) {
            text << (text.tellp() > 0 ? " " : "");
            if (std::holds_alternative<ListenSession::SendAudio>(out_[i])) {
                int ms = 20;
                for (; i + 1 < out_.size() && std::holds_alternative<ListenSession::SendAudio>(out_[i + 1]); ++i)
                    ms += 20;
                text << ms << "ms";
            } else if (const auto* send = std::get_if<ListenSession::SendText>(&out_[i])) {
                text << Json::parse(send->text)->string_or("type");
            } else if (std::holds_alternative<ListenSession::Connect>(out_[i])) {
                text << "connect";
            } else if (std::holds_alternative<ListenSession::Disconnect>(out_[i])) {
                text << "disconnect";
            } else {
                const auto& event = std::get<ListenSession::Tell>(out_[i]).event;
                if (const auto* words = std::get_if<Transcript>(&event))
                    text << (words->final ? "\"" : "(") << words->text << "@"
                         << to_milliseconds(words->speech_start - origin) << "-"
                         << to_milliseconds(words->speech_end - origin) << (words->final ? "\"" : ")");
                else if (const auto* failed = std::get_if<SttFailed>(&event))
                    text << (failed->recoverable ? "trouble" : "failed");
                else
                    text << "ready";
            }
        }
        out_.clear();
        return text.str();
    }

private:
    static ListenOptions options(int attempts)
    {
        ListenOptions options;
        options.url = "ws://provider/v1/listen";
        options.attempts = attempts;
        return options;
    }

    static constexpr Instant origin { 5'000s };
    ListenSession session_;
    ListenSession::Commands out_;
    Instant now_ = origin;
    std::size_t queued_ = 0;
};

TEST(ListenSession, sound_goes_out_as_it_comes_and_words_come_back_on_the_calls_clock)
{
    Script script;
    script.frames(0, 40).opened().frames(40, 100);
    EXPECT_EQ(script.told(), "connect ready 100ms");
    script.speech_started().result("hel", false, 20, 80).result("hello", true, 20, 100);
    EXPECT_EQ(script.told(), "(hel@20-80) \"hello@20-100\"");
}

TEST(ListenSession, the_end_of_speech_asks_for_the_final_words)
{
    Script script;
    script.opened().speech_started().frames(0, 100).speech_stopped();
    EXPECT_EQ(script.told(), "connect ready 100ms Finalize");
}

TEST(ListenSession, a_connection_that_breaks_is_replaced_and_no_word_is_lost_or_doubled)
{
    Script script;
    script.opened().speech_started().frames(0, 200).result("one", true, 0, 100).result("two", false, 100, 200).told();
    script.closed().at(200);
    EXPECT_EQ(script.told(), "disconnect connect");
    script.frames(200, 240).opened();
    EXPECT_EQ(script.told(), "140ms"); // From 100 on: what "one" covered is not sent again.
    // The new connection's time begins anew; the call's does not.
    script.result("two three", true, 0, 140);
    EXPECT_EQ(script.told(), "\"two three@100-240\"");
}

TEST(ListenSession, a_break_after_the_end_of_speech_asks_again)
{
    Script script;
    script.opened().speech_started().frames(0, 100).result("one", false, 0, 100).speech_stopped().told();
    script.closed().at(100).opened();
    EXPECT_EQ(script.told(), "disconnect connect 100ms Finalize");
}

TEST(ListenSession, silence_is_not_sent_again)
{
    Script script;
    script.opened().frames(0, 5'000).told();
    script.closed().at(5'000).opened();
    EXPECT_EQ(script.told(), "disconnect connect 1000ms");
}

TEST(ListenSession, without_sound_the_connection_is_kept_alive)
{
    Script script;
    script.opened().frames(0, 20).told();
    script.at(60'000);
    EXPECT_EQ(script.told(),
        "KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive "
        "KeepAlive KeepAlive KeepAlive");
}

TEST(ListenSession, pauses_between_attempts_grow_and_are_told_once)
{
    Script script;
    script.told();
    script.closed();
    EXPECT_EQ(script.told(), "disconnect");
    script.at(0);
    EXPECT_EQ(script.told(), "connect");
    script.closed();
    EXPECT_EQ(script.told(), "disconnect trouble");
    script.at(99);
    EXPECT_EQ(script.told(), "");
    script.at(100);
    EXPECT_EQ(script.told(), "connect");
    script.closed().at(299);
    EXPECT_EQ(script.told(), "disconnect");
    script.at(300);
    EXPECT_EQ(script.told(), "connect");
}

TEST(ListenSession, a_connection_that_does_not_come_is_given_up_in_time)
{
    Script script(1);
    script.at(499).told();
    script.at(500);
    EXPECT_EQ(script.told(), "disconnect connect");
    script.at(1'000);
    EXPECT_EQ(script.told(), "disconnect failed");
    script.frames(1'000, 1'040).opened().closed().at(60'000);
    EXPECT_EQ(script.told(), "");
}

TEST(ListenSession, sound_that_the_network_does_not_take_waits_and_then_goes)
{
    Script script;
    script.opened().queued(ListenSession::send_window).frames(0, 100);
    EXPECT_EQ(script.told(), "connect ready");
    script.queued(0).frames(100, 120);
    EXPECT_EQ(script.told(), "120ms");
}

TEST(ListenSession, sound_that_waits_too_long_is_dropped_and_said_once)
{
    Script script;
    script.opened().queued(ListenSession::send_window).frames(0, 30'000);
    EXPECT_EQ(
        script.told(), "connect ready KeepAlive KeepAlive trouble KeepAlive KeepAlive KeepAlive KeepAlive KeepAlive");
    script.queued(0).frames(30'000, 30'020);
    EXPECT_EQ(script.told(), "2060ms"); // As much as the window takes; the rest with the next frames.
    script.frames(30'020, 30'120);
    EXPECT_EQ(script.told(), "8060ms"); // The last 10 s of what waited, and what came since.
}

TEST(ListenSession, a_recogniser_that_says_nothing_is_replaced)
{
    Script alone;
    alone.opened().speech_started().frames(0, 1'000).speech_stopped().told();
    alone.at(1'500);
    EXPECT_EQ(alone.told(), "disconnect connect");
    Script with_others(1);
    with_others.opened().speech_started().frames(0, 1'000).speech_stopped().told();
    with_others.at(1'500);
    EXPECT_EQ(with_others.told(), "disconnect failed");
}

TEST(ListenSession, one_that_listens_and_hears_nothing_is_not)
{
    Script script;
    script.opened().speech_started().frames(0, 1'000).result("", false, 0, 900).speech_stopped().told();
    script.at(3'000);
    EXPECT_EQ(script.told(), "");
}

TEST(ListenSession, other_hints_are_told_by_a_new_connection_between_utterances)
{
    Script script;
    script.opened().speech_started().frames(0, 20).hints({ "tulip" }).frames(20, 40).speech_stopped();
    script.result("one", true, 0, 40).told();
    script.frames(40, 60).speech_started();
    EXPECT_EQ(script.told(), "20ms connect");
    script.opened();
    EXPECT_EQ(script.told(), "20ms");
}

TEST(ListenSession, after_the_end_the_last_words_come)
{
    Script script;
    script.opened().speech_started().frames(0, 100).finish();
    EXPECT_EQ(script.told(), "connect ready 100ms CloseStream");
    script.result("bye", true, 0, 100).closed().at(60'000);
    EXPECT_EQ(script.told(), "\"bye@0-100\"");
}

TEST(ListenSession, nonsense_is_a_broken_connection)
{
    for (const auto* nonsense :
        { "<html>", "[]", "{}", R"({"type":"Results"})", R"({"type":"Error","message":"no"})",
            R"({"type":"Results","is_final":true,"start":-1,"duration":1,"channel":{"alternatives":[{"transcript":""}]}})" }) {
        Script script;
        script.opened().frames(0, 20).told();
        script.message(nonsense);
        EXPECT_EQ(script.told(), "disconnect") << nonsense;
    }
}

TEST(ListenWire, the_url_says_what_is_wanted)
{
    ListenOptions options;
    options.url = "wss://api/v1/listen?tag=x";
    options.model = "nova-3";
    EXPECT_EQ(listen_url(options, { "de-DE", { "Tulpe", "a b" }, 16'000 }),
        "wss://api/v1/listen?tag=x&model=nova-3&language=de-DE&encoding=linear16&sample_rate=16000&channels=1"
        "&interim_results=true&punctuate=true&smart_format=true&keyterm=Tulpe&keyterm=a%20b");
    options.model = "nova-2";
    options.language = "en";
    const auto url = listen_url(options, { "de-DE", std::vector<std::string>(1'000, "word"), 8'000 });
    EXPECT_NE(url.find("language=en&"), std::string::npos);
    EXPECT_NE(url.find("keywords=word"), std::string::npos);
    EXPECT_LT(url.size(), 4'096U);
}

TEST(ListenWire, words_and_times_are_read)
{
    const auto message = parse_listen_message(
        R"({"type":"Results","is_final":true,"start":1.5,"duration":0.5,"channel":{"alternatives":[{"transcript":"Hi you.",)"
        R"("confidence":0.75,"words":[{"word":"hi","punctuated_word":"Hi","start":1.5,"end":1.7},{"word":"you","start":1.7,"end":2}]}]}})");
    ASSERT_TRUE(message) << message.error().what;
    const auto& result = std::get<ListenResult>(*message);
    EXPECT_EQ(result.text, "Hi you.");
    EXPECT_EQ(result.end, 2s);
    EXPECT_EQ(result.words, (std::vector<TimedWord> { { "Hi", 1'500ms, 1'700ms }, { "you", 1'700ms, 2s } }));
    EXPECT_TRUE(std::holds_alternative<ListenNotice>(*parse_listen_message(R"({"type":"Metadata"})")));
}

} // namespace
} // namespace parley
