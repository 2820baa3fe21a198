#include "server/caller_script.h"

#include <gtest/gtest.h>

namespace parley::caller {
namespace {

TEST(CallerScript, each_step_is_read)
{
    const auto script = parse_script("# A call.\n"
                                     "say \"It is \\\"nice\\\" here.\"   # aloud\n"
                                     "\n"
                                     "wait agent\r\n"
                                     "wait agent timeout 5s optional\n"
                                     "barge after 1000ms \"stop\"\n"
                                     "noise 3s\n"
                                     "silence 0.5s\n"
                                     "digits 12#*\n"
                                     "wav \"my file.wav\"\n"
                                     "hangup");
    ASSERT_TRUE(script) << script.error().what;
    EXPECT_EQ(*script,
        (Script { Say { "It is \"nice\" here." }, WaitAgent { 20s, false }, WaitAgent { 5s, true },
            Barge { 1s, "stop" }, Noise { 3s }, Silence { 500ms }, Digits { "12#*" }, PlayWav { "my file.wav" },
            HangUp {} }));
}

TEST(CallerScript, what_is_wrong_is_named_with_its_line)
{
    const std::vector<std::pair<const char*, const char*>> table {
        { "hangup\nsing \"la\"", "line 2: unknown step `sing`" },
        { "say", "line 1: say" },
        { "say \"a\" \"b\"", "line 1: say" },
        { "say \"open", "line 1: no closing quote" },
        { "wait", "line 1: wait" },
        { "wait agent timeout", "line 1: wait agent" },
        { "wait agent timeout 5", "`5` is no length" },
        { "barge after 1s", "line 1: barge" },
        { "noise 2h", "`2h` is no length" },
        { "noise 3601s", "`3601s` is no length" },
        { "silence -1s", "`-1s` is no length" },
        { "digits 1x", "line 1: digits" },
        { "wav", "line 1: wav" },
        { "hangup now", "line 1: hangup" },
    };
    for (const auto& [text, what] : table) {
        const auto script = parse_script(text);
        ASSERT_FALSE(script) << text;
        EXPECT_NE(script.error().what.find(what), std::string::npos) << script.error().what;
    }
}

TEST(CallerScript, sentences_are_spoken_one_after_the_other)
{
    const auto script = script_of_sentences({ "a", "b" });
    ASSERT_EQ(script.size(), 6U);
    EXPECT_EQ(script[1], Step(Say { "a" }));
    EXPECT_EQ(script[3], Step(Say { "b" }));
    EXPECT_EQ(script[5], Step(HangUp {}));
}

} // namespace
} // namespace parley::caller
