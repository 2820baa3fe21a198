#include "speech/fallback_listening.h"

#include <gtest/gtest.h>

#include <sstream>

namespace parley {
namespace {

// A call's recognition with two recognisers, told as text: what the machine asks for.
class Script {
public:
    explicit Script(std::size_t recognisers = 2)
        : health_(recognisers)
        , machine_(choices(recognisers), health_)
    {
        machine_.start(now_, out_);
    }

    Script& at(int milliseconds)
    {
        const Instant then = origin + std::chrono::milliseconds(milliseconds);
        for (auto due = machine_.deadline(); due && *due <= then; due = machine_.deadline())
            machine_.handle_timeout(*due, out_);
        now_ = then;
        return *this;
    }
    // Frames of 20 ms that end at the times (from, until].
    Script& frames(int from, int until)
    {
        for (int ms = from + 20; ms <= until; ms += 20) {
            at(ms);
            machine_.push({ 8'000, std::vector<std::int16_t>(160) }, now_, now_, out_);
        }
        return *this;
    }
    Script& speech_started() { return machine_.speech_started(now_, now_, out_), *this; }
    Script& speech_stopped() { return machine_.speech_stopped(now_, now_, out_), *this; }
    Script& hear(SttEvent event) { return machine_.handle(event, now_, out_), *this; }
    Script& words(const std::string& text, bool final, int end)
    {
        Transcript transcript;
        transcript.text = text;
        transcript.final = final;
        transcript.speech_end = origin + std::chrono::milliseconds(end);
        return hear(transcript);
    }
    Script& finish() { return machine_.finish(now_, out_), *this; }
    Script& hints(std::vector<std::string> hints) { return machine_.set_hints(std::move(hints), now_, out_), *this; }

    // What came since the last look; runs of frames as "120-400".
    std::string told()
    {
        std::ostringstream text;
        std::string gap;
        for (std::size_t i = 0; i < out_.size(); ++i) {
            if (const auto* push = std::get_if<FallbackListening::Push>(&out_[i])) {
                auto last = push->arrived;
                while (i + 1 < out_.size() && std::holds_alternative<FallbackListening::Push>(out_[i + 1]))
                    last = std::get<FallbackListening::Push>(out_[++i]).arrived;
                text << gap << to_milliseconds(push->arrived - origin) << "-" << to_milliseconds(last - origin);
            } else {
                text << gap;
                std::visit([&](const auto& command) { write(text, command); }, out_[i]);
            }
            gap = " ";
        }
        out_.clear();
        return text.str();
    }

    static constexpr Instant origin { 5'000s };

private:
    static std::vector<FallbackSttChoice> choices(std::size_t count)
    {
        std::vector<FallbackSttChoice> all;
        for (std::size_t i = 0; i < count; ++i)
            all.push_back({ std::to_string(i), 500ms, 500ms });
        return all;
    }

    using M = FallbackListening;
    static void write(std::ostream& out, const M::Open& open) { out << "open" << open.provider; }
    static void write(std::ostream&, const M::Push&) { }
    static void write(std::ostream& out, const M::Started& e) { out << "started@" << to_milliseconds(e.at - origin); }
    static void write(std::ostream& out, const M::Stopped& e) { out << "stopped@" << to_milliseconds(e.at - origin); }
    static void write(std::ostream& out, const M::SetHints& hints) { out << "hints=" << hints.hints.size(); }
    static void write(std::ostream& out, const M::Finish&) { out << "finish"; }
    static void write(std::ostream& out, const M::Close&) { out << "close"; }
    static void write(std::ostream& out, const M::Replaced& r) { out << r.from << "->" << r.to; }
    static void write(std::ostream& out, const M::Tell& tell)
    {
        if (const auto* words = std::get_if<Transcript>(&tell.event))
            out << "\"" << words->text << "\"";
        else if (const auto* failed = std::get_if<SttFailed>(&tell.event))
            out << (failed->recoverable ? "trouble" : "failed");
        else
            out << "ready";
    }

    std::vector<CircuitBreaker> health_;
    FallbackListening machine_;
    FallbackListening::Commands out_;
    Instant now_ = origin;
};

const SttFailed dead { { ErrorKind::unavailable, "dead" }, false };

TEST(FallbackListening, the_first_one_hears_the_call)
{
    Script script;
    script.hear(SttReady {}).frames(0, 60).speech_started().frames(60, 100).words("hello", true, 100);
    EXPECT_EQ(script.told(), "open0 ready 20-60 started@60 80-100 \"hello\"");
}

TEST(FallbackListening, one_that_is_not_ready_in_time_is_replaced_and_nothing_is_lost)
{
    Script script;
    script.frames(0, 40).at(499);
    EXPECT_EQ(script.told(), "open0 20-40");
    script.at(500);
    EXPECT_EQ(script.told(), "0->1 open1 20-40");
    script.at(10'000);
    EXPECT_EQ(script.told(), ""); // The last one is waited for.
}

TEST(FallbackListening, when_it_dies_in_mid_utterance_the_next_hears_what_has_no_final_words)
{
    Script script;
    script.hear(SttReady {}).frames(0, 40).speech_started().frames(40, 200).words("one", true, 100);
    script.words("two", false, 200).told();
    script.hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 started@120 120-200");
    script.frames(200, 240).speech_stopped().words("two three", true, 240);
    EXPECT_EQ(script.told(), "220-240 stopped@240 \"two three\"");
}

TEST(FallbackListening, after_final_words_of_a_whole_utterance_nothing_is_heard_again)
{
    Script script;
    script.hear(SttReady {}).speech_started().frames(0, 100).speech_stopped().words("one", true, 100).told();
    script.frames(100, 140).hear(dead);
    EXPECT_EQ(script.told(), "120-140 0->1 open1 120-140");
}

TEST(FallbackListening, final_words_that_are_owed_and_do_not_come_are_asked_of_the_next)
{
    Script script;
    script.hear(SttReady {}).speech_started().frames(0, 100).words("one", false, 100).speech_stopped().told();
    script.at(599);
    EXPECT_EQ(script.told(), "");
    script.at(600);
    EXPECT_EQ(script.told(), "0->1 open1 started@0 20-100 stopped@100");
}

TEST(FallbackListening, an_interim_text_shows_that_it_works_on_the_final_one)
{
    Script script;
    script.hear(SttReady {}).speech_started().frames(0, 100).words("one", false, 100).speech_stopped();
    script.at(500).words("one two", false, 100).at(999).told();
    script.words("one two", true, 100).at(5'000);
    EXPECT_EQ(script.told(), "\"one two\"");
}

TEST(FallbackListening, the_last_one_of_the_list_is_not_given_up_for_being_slow)
{
    Script script;
    script.hear(SttReady {}).speech_started().frames(0, 100).hear(dead).hear(SttReady {}).told();
    script.words("hel", false, 100).speech_stopped().told();
    script.at(10'000).words("hello", true, 100);
    EXPECT_EQ(script.told(), "\"hello\"");
}

TEST(FallbackListening, noise_owes_no_words)
{
    Script script;
    script.hear(SttReady {}).speech_started().frames(0, 100).speech_stopped().told();
    script.at(60'000);
    EXPECT_EQ(script.told(), "");
}

TEST(FallbackListening, silence_is_not_kept)
{
    Script script;
    script.hear(SttReady {}).frames(0, 60'000).told();
    script.hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 59520-60000"); // The pre-roll alone.
}

TEST(FallbackListening, what_is_kept_is_bounded)
{
    Script script;
    script.hear(SttReady {}).speech_started().frames(0, 60'000).told();
    script.hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 started@45020 45020-60000");
}

TEST(FallbackListening, a_better_one_is_tried_again_when_it_may_be_back)
{
    Script script;
    script.hear(SttReady {}).hear(dead).hear(SttReady {}).told(); // It rests for 2 s.
    script.frames(0, 40).speech_started();
    EXPECT_EQ(script.told(), "20-40 started@40");
    script.frames(40, 100).words("one", true, 100).speech_stopped().at(2'000).told();
    script.speech_started();
    EXPECT_EQ(script.told().substr(0, 10), "1->0 open0");
    script.hear(dead).told(); // Now for 4 s.
    script.words("two", true, 2'000).speech_stopped().at(5'999).speech_started();
    EXPECT_EQ(script.told().find("open"), std::string::npos);
    script.words("three", true, 5'999).speech_stopped().at(6'000).told();
    script.speech_started();
    EXPECT_EQ(script.told().substr(0, 10), "1->0 open0");
}

TEST(FallbackListening, when_all_fail_it_is_tried_again_and_then_given_up)
{
    Script script;
    script.frames(0, 40).told();
    script.hear(dead).hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 20-40 close trouble");
    script.at(540);
    EXPECT_EQ(script.told(), "open0 20-40");
    script.hear(dead).hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 20-40 close trouble");
    script.at(1'540).told();
    script.hear(dead).hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 20-40 close failed");
    script.frames(1'540, 1'600).speech_started().at(60'000);
    EXPECT_EQ(script.told(), "");
}

TEST(FallbackListening, hints_and_the_end_reach_whoever_hears)
{
    Script script;
    script.hear(SttReady {}).hints({ "a", "b" }).frames(0, 20).finish().told();
    script.hear(dead);
    EXPECT_EQ(script.told(), "0->1 open1 hints=2 20-20 finish");
}

TEST(FallbackListening, trouble_that_it_recovers_from_is_passed_on)
{
    Script script;
    script.hear(SttFailed { { ErrorKind::unavailable, "gap" }, true });
    EXPECT_EQ(script.told(), "open0 trouble");
}

} // namespace
} // namespace parley
