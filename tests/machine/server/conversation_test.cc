#include "server/conversation.h"

#include <gtest/gtest.h>

namespace parley::caller {
namespace {

// A call on virtual time. The agent's sound comes in frames of 20 ms.
class Call {
public:
    explicit Call(Script script)
        : conversation_(std::move(script))
    {
    }

    Call& answered()
    {
        handle(Answered {});
        return *this;
    }
    Call& agent(Duration length, std::int16_t level = 3'000) { return frames(length, level); }
    Call& quiet(Duration length) { return frames(length, 0); }
    Call& sound_started()
    {
        handle(SoundStarted {});
        return *this;
    }
    Call& sound_ended()
    {
        handle(SoundEnded {});
        return *this;
    }

    // The commands so far, in short: "play 1", "keys 12", "end", "agent_started 0.1".
    Call& expect(const std::vector<std::string>& wanted)
    {
        std::vector<std::string> got;
        for (const auto& command : commands_) {
            if (const auto* play = std::get_if<PlaySound>(&command))
                got.push_back("play " + std::to_string(play->step));
            else if (const auto* keys = std::get_if<SendKeys>(&command))
                got.push_back("keys " + keys->keys);
            else if (const auto* told = std::get_if<Tell>(&command))
                got.push_back(told->event + " " + std::to_string(to_milliseconds(told->at.time_since_epoch())));
            else
                got.push_back("end");
        }
        EXPECT_EQ(got, wanted);
        told_ = std::move(commands_);
        commands_.clear();
        return *this;
    }
    const Json* field(std::size_t command, const char* key)
    {
        return std::get<Tell>(told_.at(command)).fields.find(key);
    }
    bool failed() const { return conversation_.failed(); }

private:
    void handle(const Event& event) { conversation_.handle(event, now_, commands_); }
    Call& frames(Duration length, std::int16_t level)
    {
        for (const Instant end = now_ + length; now_ < end;) {
            now_ += 20ms;
            handle(AgentFrame { std::vector<std::int16_t>(160, level), 20ms, now_ });
        }
        return *this;
    }

    Conversation conversation_;
    Instant now_ {};
    Commands commands_;
    Commands told_;
};

TEST(Conversation, speaks_waits_for_the_answer_and_hangs_up)
{
    Call call({ Say { "hello" }, WaitAgent { 5s, false } });
    call.answered().expect({ "play 0" });
    call.sound_started().expect({ "say_started 0" }).quiet(1s).sound_ended().expect({ "say_ended 1000" });
    call.quiet(500ms).agent(1s).expect({ "agent_started 1500" });
    EXPECT_EQ(call.field(0, "after_own_ms")->as_integer(), 500);
    call.quiet(880ms).expect({}).quiet(20ms).expect({ "agent_silent 2500", "end" });
    EXPECT_EQ(call.field(0, "spoke_ms")->as_integer(), 1'000);
    EXPECT_FALSE(call.failed());
}

TEST(Conversation, does_not_speak_over_the_agent)
{
    Call call({ Silence { 100ms }, Say { "hello" } });
    call.answered().agent(1s).expect({ "agent_started 0" });
    call.quiet(400ms).agent(200ms).quiet(880ms).expect({}).quiet(20ms).expect({ "agent_silent 1600", "play 1" });
}

TEST(Conversation, an_agent_that_says_nothing_fails_the_wait)
{
    Call call({ WaitAgent { 2s, false }, Say { "never" } });
    call.answered().quiet(1'980ms).expect({}).quiet(20ms).expect({ "step_failed 2000", "end" });
    EXPECT_TRUE(call.failed());
}

TEST(Conversation, an_optional_wait_goes_on)
{
    Call call({ WaitAgent { 2s, true }, Say { "hello" } });
    call.answered().quiet(2s).expect({ "play 1" });
    EXPECT_FALSE(call.failed());
}

TEST(Conversation, a_barge_in_is_measured_from_its_own_onset)
{
    Call call({ Barge { 1s, "stop" }, HangUp {} });
    call.answered().quiet(200ms).agent(980ms).expect({ "agent_started 200" }).agent(20ms).expect({ "play 0" });
    call.agent(20ms).sound_started().expect({ "say_started 1220" });
    call.agent(300ms, 300).quiet(100ms).sound_ended().expect({ "say_ended 1620" });
    call.quiet(480ms).expect({}).quiet(20ms).expect({ "barge_result 2120", "end" });
    EXPECT_EQ(call.field(0, "silent_after_ms")->as_integer(), 300);
    EXPECT_TRUE(call.field(0, "stopped")->as_bool());
    EXPECT_EQ(call.field(0, "agent_spoke_ms")->as_integer(), 1'320);
    EXPECT_FALSE(call.failed());
}

TEST(Conversation, the_silence_of_the_interrupted_speech_is_no_answer)
{
    Call call({ Barge { 100ms, "stop" }, WaitAgent { 5s, false }, HangUp {} });
    call.answered().agent(100ms).sound_started().agent(200ms).quiet(300ms).sound_ended();
    call.expect({ "agent_started 0", "play 0", "say_started 100", "say_ended 600" });
    call.quiet(2s).expect({ "barge_result 900", "agent_silent 300" });
    call.agent(1s).quiet(900ms).expect({ "agent_started 2600", "agent_silent 3600", "end" });
    EXPECT_FALSE(call.failed());
}

TEST(Conversation, an_agent_that_does_not_stop_fails_the_barge_in)
{
    Call call({ Barge { 100ms, "stop" } });
    call.answered().agent(100ms).sound_started().agent(1s).sound_ended().agent(8'980ms);
    call.expect({ "agent_started 0", "play 0", "say_started 100", "say_ended 1100" });
    call.agent(20ms).expect({ "barge_result 10100", "step_failed 10100", "end" });
    EXPECT_TRUE(call.field(0, "silent_after_ms")->is_null());
    EXPECT_TRUE(call.failed());
}

TEST(Conversation, a_barge_in_waits_for_the_agent_to_begin_but_not_forever)
{
    Call call({ Barge { 1s, "stop" } });
    call.answered().quiet(30s).expect({ "step_failed 30000", "end" });
    EXPECT_TRUE(call.failed());
}

TEST(Conversation, keys_silence_and_noise_take_their_time)
{
    Call call({ Digits { "12" }, Silence { 1s }, Noise { 1s } });
    call.answered().expect({ "keys 12" }).quiet(420ms).expect({}).quiet(1s).expect({});
    call.quiet(20ms).expect({ "play 2" }).sound_started().quiet(1s).sound_ended();
    call.expect({ "noise_started 1440", "noise_ended 2440", "end" });
}

TEST(Conversation, a_click_is_not_the_agent)
{
    Call call({ WaitAgent { 5s, false } });
    call.answered().agent(20ms).quiet(100ms).expect({});
}

} // namespace
} // namespace parley::caller
