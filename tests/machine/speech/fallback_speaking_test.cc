#include "speech/fallback_speaking.h"

#include <gtest/gtest.h>

#include <sstream>

namespace parley {
namespace {

class Script {
public:
    Script()
        : health_(2)
        , machine_({ { "a", 500ms, 500ms }, { "b", 500ms, 500ms } }, health_)
    {
    }

    Script& at(int milliseconds)
    {
        const Instant then = origin + std::chrono::milliseconds(milliseconds);
        for (auto due = machine_.deadline(); due && *due <= then; due = machine_.deadline())
            machine_.handle_timeout(*due, out_);
        now_ = then;
        return *this;
    }
    Script& say(std::uint64_t id, const std::string& text, const std::string& engine = "")
    {
        return machine_.say({ id }, text, { "en-US", "", engine }, now_, out_), *this;
    }
    Script& sound(std::size_t provider, std::uint64_t id, int milliseconds)
    {
        const auto samples = static_cast<std::size_t>(milliseconds) * 8;
        return from(provider, TtsAudio { { id }, { 8'000, std::vector<std::int16_t>(samples) } });
    }
    Script& words(std::size_t provider, std::uint64_t id, std::vector<TimedWord> words)
    {
        return from(provider, TtsWords { { id }, std::move(words) });
    }
    Script& done(std::size_t provider, std::uint64_t id) { return from(provider, TtsDone { { id } }); }
    Script& broke(std::size_t provider, std::uint64_t id)
    {
        return from(provider, TtsFailed { { id }, { ErrorKind::unavailable, "broke" } });
    }
    Script& from(std::size_t provider, const TtsEvent& event)
    {
        return machine_.handle(provider, event, now_, out_), *this;
    }
    Script& cancel() { return machine_.cancel(now_, out_), *this; }

    std::string told()
    {
        std::ostringstream text;
        for (const auto& command : std::exchange(out_, {})) {
            text << (text.tellp() > 0 ? " " : "");
            std::visit([&](const auto& c) { write(text, c); }, command);
        }
        return text.str();
    }

private:
    using M = FallbackSpeaking;
    static void write(std::ostream& out, const M::Say& say)
    {
        out << "say" << say.provider << "(" << say.utterance.value << ",'" << say.text << "')";
    }
    static void write(std::ostream& out, const M::Cancel& cancel) { out << "cancel" << cancel.provider; }
    static void write(std::ostream& out, const M::Replaced& r) { out << r.from << "->" << r.to; }
    static void write(std::ostream& out, const M::Tell& tell)
    {
        if (const auto* audio = std::get_if<TtsAudio>(&tell.event)) {
            out << "sound" << audio->utterance.value << ":" << to_milliseconds(audio->frame.duration());
        } else if (const auto* words = std::get_if<TtsWords>(&tell.event)) {
            out << "words" << words->utterance.value;
            for (const auto& word : words->words)
                out << ":" << word.word << "@" << to_milliseconds(word.start);
        } else if (const auto* ended = std::get_if<TtsDone>(&tell.event)) {
            out << "done" << ended->utterance.value;
        } else {
            out << "failed" << std::get<TtsFailed>(tell.event).utterance.value;
        }
    }

    static constexpr Instant origin { 5'000s };
    std::vector<CircuitBreaker> health_;
    FallbackSpeaking machine_;
    FallbackSpeaking::Commands out_;
    Instant now_ = origin;
};

TEST(FallbackSpeaking, the_first_one_speaks_in_order)
{
    Script script;
    script.say(1, "One.").say(2, "Two.").sound(0, 1, 100).done(0, 1).sound(0, 2, 100).done(0, 2);
    EXPECT_EQ(script.told(), "say0(1,'One.') say0(2,'Two.') sound1:100 done1 sound2:100 done2");
    EXPECT_EQ(script.at(60'000).told(), "");
}

TEST(FallbackSpeaking, without_a_first_sound_in_time_the_next_one_says_it_all)
{
    Script script;
    script.say(1, "One.").say(2, "Two.").at(499).told();
    script.at(500);
    EXPECT_EQ(script.told(), "cancel0 0->1 say1(1,'One.') say1(2,'Two.')");
    script.at(60'000).sound(0, 1, 100); // Too late: it was cancelled.
    EXPECT_EQ(script.told(), "");
    script.sound(1, 1, 80).done(1, 1).sound(1, 2, 80).done(1, 2);
    EXPECT_EQ(script.told(), "sound1:80 done1 sound2:80 done2");
}

TEST(FallbackSpeaking, in_mid_sentence_the_next_one_says_the_rest_only)
{
    Script script;
    script.say(1, "Your order is on its way.")
        .words(0, 1,
            { { "Your", 0ms, 200ms }, { "order", 200ms, 500ms }, { "is", 500ms, 600ms }, { "on", 600ms, 700ms } });
    script.sound(0, 1, 550).told();
    script.broke(0, 1);
    EXPECT_EQ(script.told(), "cancel0 0->1 say1(1,'is on its way.')");
    script.words(1, 1, { { "is", 0ms, 150ms } }).sound(1, 1, 900).done(1, 1);
    EXPECT_EQ(script.told(), "words1:Your@0:order@200:is@500:is@550 sound1:900 done1");
}

TEST(FallbackSpeaking, without_word_times_the_rest_is_found_by_speed)
{
    Script script;
    script.say(1, "aaaa bbbb cccc dddd").sound(0, 1, 700).told(); // 15 bytes a second: 10 or 11 of 19.
    script.broke(0, 1);
    EXPECT_EQ(script.told(), "cancel0 0->1 say1(1,'cccc dddd')");
}

TEST(FallbackSpeaking, a_voice_that_breaks_off_is_noticed_when_its_sound_is_played)
{
    Script script;
    script.say(1, "One two three.").at(100).sound(0, 1, 500).told();
    script.at(1'099);
    EXPECT_EQ(script.told(), "");
    script.at(1'100);
    EXPECT_EQ(script.told(), "cancel0 0->1 say1(1,'three.')");
}

TEST(FallbackSpeaking, one_that_dies_after_its_last_word_is_done)
{
    Script script;
    script.say(1, "One two.").say(2, "Three.").words(0, 1, { { "One", 0ms, 200ms }, { "two.", 200ms, 500ms } });
    script.sound(0, 1, 500).told();
    script.broke(0, 1);
    EXPECT_EQ(script.told(), "cancel0 done1 say1(2,'Three.')"); // The one that broke rests.
}

TEST(FallbackSpeaking, a_later_sentence_that_fails_waits_for_its_turn)
{
    Script script;
    script.say(1, "One.").say(2, "Two.").say(3, "Three.").sound(0, 1, 100).broke(0, 2).told();
    script.done(0, 1);
    EXPECT_EQ(script.told(), "done1 cancel0 0->1 say1(2,'Two.') say1(3,'Three.')");
}

TEST(FallbackSpeaking, when_nobody_can_say_it_it_failed_and_the_next_is_tried)
{
    Script script;
    script.say(1, "One.").say(2, "Two.").told();
    script.broke(0, 1).told();
    script.broke(1, 1);
    EXPECT_EQ(script.told(), "cancel1 failed1 say0(2,'Two.')");
    script.at(30'000).told();
}

TEST(FallbackSpeaking, one_that_failed_rests_and_is_tried_again_later)
{
    Script script;
    script.say(1, "One.").broke(0, 1).sound(1, 1, 100).done(1, 1).told();
    script.say(2, "One.").sound(1, 2, 100).done(1, 2);
    EXPECT_EQ(script.told(), "say1(2,'One.') sound2:100 done2");
    script.at(2'000).say(3, "One.");
    EXPECT_EQ(script.told(), "say0(3,'One.')");
}

TEST(FallbackSpeaking, a_cancel_forgets_everything)
{
    Script script;
    script.say(1, "One.").say(2, "Two.").sound(0, 1, 100).told();
    script.cancel().sound(0, 1, 100).done(0, 1).at(60'000);
    EXPECT_EQ(script.told(), "cancel0");
    script.say(3, "Three.").sound(0, 3, 50);
    EXPECT_EQ(script.told(), "say0(3,'Three.') sound3:50");
}

TEST(FallbackSpeaking, an_engine_names_who_speaks_and_two_never_speak_at_once)
{
    Script script;
    script.say(1, "One.", "b").say(2, "Two.", "a");
    EXPECT_EQ(script.told(), "say1(1,'One.')");
    script.sound(1, 1, 100).done(1, 1);
    EXPECT_EQ(script.told(), "sound1:100 done1 say0(2,'Two.')");
}

TEST(FallbackSpeaking, sentences_that_wait_are_bounded)
{
    Script script;
    for (std::uint64_t id = 1; id <= 64; ++id)
        script.say(id, "One.");
    script.told();
    script.say(65, "Too much.");
    EXPECT_EQ(script.told(), "failed65");
}

} // namespace
} // namespace parley
