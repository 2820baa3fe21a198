// Dialling on virtual time: who is tried when, who wins, who is hung up.
#include "call/dial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DialSpec spec(std::vector<std::vector<Duration>> timeouts)
{
    DialSpec spec;
    spec.tag = "T";
    for (const auto& group : timeouts) {
        auto& targets = spec.groups.emplace_back();
        for (const Duration timeout : group)
            targets.emplace_back().timeout = timeout;
    }
    return spec;
}

std::string told(const DialOutput& output)
{
    if (const auto* begin = std::get_if<BeginAttempt>(&output))
        return "begin " + std::to_string(begin->attempt.value) + " [" + std::to_string(begin->group) + "]["
            + std::to_string(begin->member) + "]";
    if (const auto* drop = std::get_if<DropAttempt>(&output))
        return "drop " + std::to_string(drop->attempt.value) + " " + std::string(to_string(drop->reason));
    if (const auto* won = std::get_if<DialWon>(&output))
        return "won " + std::to_string(won->attempt.value);
    return "lost " + std::string(to_string(std::get<DialLost>(output).reason));
}

class Story {
public:
    using Lines = std::vector<std::string>;

    explicit Story(std::vector<std::vector<Duration>> timeouts)
        : dial(spec(std::move(timeouts)))
    {
    }
    Lines event(const DialEvent& e)
    {
        return run([&](DialOutputs& out) { dial.handle(e, now, out); });
    }
    Lines start() { return event(DialStarted {}); }
    Lines answered(std::uint64_t n) { return event(AttemptAnswered { { n } }); }
    Lines ended(std::uint64_t n, CallEndReason reason) { return event(AttemptEnded { { n }, reason }); }
    Lines after(Duration d)
    {
        now += d;
        return run([&](DialOutputs& out) { dial.handle_timeout(now, out); });
    }

    Dial dial;
    Instant now {};

private:
    template <typename Step> static Lines run(Step step)
    {
        DialOutputs out;
        step(out);
        Lines lines;
        for (const auto& output : out)
            lines.push_back(told(output));
        return lines;
    }
};

TEST(Dial, OneTelephoneThatAnswers)
{
    Story story({ { 30s } });
    EXPECT_THAT(story.start(), ElementsAre("begin 1 [0][0]"));
    EXPECT_THAT(story.answered(1), ElementsAre("won 1"));
    EXPECT_TRUE(story.dial.over());
    EXPECT_FALSE(story.dial.deadline());
    EXPECT_THAT(story.ended(1, CallEndReason::hangup), IsEmpty()); // The call's own business.
}

TEST(Dial, OneThatIsBusyIsLostForThatReason) // Checklist 60
{
    Story story({ { 30s } });
    story.start();
    EXPECT_THAT(story.ended(1, CallEndReason::busy), ElementsAre("lost busy"));
    EXPECT_TRUE(story.dial.over());
}

TEST(Dial, GroupsComeOneAfterTheOther) // Checklist 62
{
    Story story({ { 30s }, { 30s }, { 30s } });
    EXPECT_THAT(story.start(), ElementsAre("begin 1 [0][0]"));
    EXPECT_THAT(story.ended(1, CallEndReason::busy), ElementsAre("begin 2 [1][0]"));
    EXPECT_THAT(story.ended(2, CallEndReason::no_answer), ElementsAre("begin 3 [2][0]"));
    EXPECT_THAT(story.answered(3), ElementsAre("won 3"));
}

TEST(Dial, MembersOfAGroupRingTogetherAndTheLosersAreDropped) // Checklist 61, 62
{
    Story story({ { 30s, 30s, 30s } });
    EXPECT_THAT(story.start(), ElementsAre("begin 1 [0][0]", "begin 2 [0][1]", "begin 3 [0][2]"));
    EXPECT_THAT(story.ended(2, CallEndReason::busy), IsEmpty());
    EXPECT_THAT(story.answered(3), ElementsAre("won 3", "drop 1 cancel"));
    EXPECT_FALSE(story.dial.over());
    EXPECT_THAT(story.ended(1, CallEndReason::cancel), IsEmpty());
    EXPECT_TRUE(story.dial.over());
}

TEST(Dial, TwoThatAnswerAtOnceHaveOneWinner)
{
    Story story({ { 30s, 30s } });
    story.start();
    EXPECT_THAT(story.answered(2), ElementsAre("won 2", "drop 1 cancel"));
    EXPECT_THAT(story.answered(1), IsEmpty()); // It is being dropped already.
    EXPECT_THAT(story.ended(1, CallEndReason::cancel), IsEmpty());
    EXPECT_TRUE(story.dial.over());
}

TEST(Dial, EachTelephoneHasItsOwnTime)
{
    Story story({ { 10s, 20s }, { 30s } });
    story.start();
    EXPECT_THAT(story.after(9'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("drop 1 noAnswer"));
    EXPECT_THAT(story.ended(1, CallEndReason::no_answer), IsEmpty());
    EXPECT_THAT(story.after(10s), ElementsAre("drop 2 noAnswer"));
    EXPECT_THAT(story.ended(2, CallEndReason::no_answer), ElementsAre("begin 3 [1][0]"));
    EXPECT_EQ(story.dial.deadline(), Instant {} + 50s);
}

TEST(Dial, AnAnswerThatCrossesItsTimeoutComesTooLate)
{
    Story story({ { 10s } });
    story.start();
    EXPECT_THAT(story.after(10s), ElementsAre("drop 1 noAnswer"));
    EXPECT_THAT(story.answered(1), IsEmpty());
    EXPECT_THAT(story.ended(1, CallEndReason::no_answer), ElementsAre("lost noAnswer"));
}

TEST(Dial, ATimeoutOfTheSameInstantComesBeforeTheAnswer)
{
    Story story({ { 10s } });
    story.start();
    story.now += 10s;
    EXPECT_THAT(story.answered(1), ElementsAre("drop 1 noAnswer"));
}

TEST(Dial, TheReasonThatSaysMostIsTold)
{
    Story story({ { 30s, 30s, 30s } });
    story.start();
    story.ended(1, CallEndReason::no_answer);
    story.ended(2, CallEndReason::decline);
    EXPECT_THAT(story.ended(3, CallEndReason::error), ElementsAre("lost decline"));
}

TEST(Dial, CancelledItIsLostWhenTheLastAttemptEnded)
{
    Story story({ { 30s, 30s }, { 30s } });
    story.start();
    EXPECT_THAT(story.event(DialCancelled { CallEndReason::error }), ElementsAre("drop 1 error", "drop 2 error"));
    EXPECT_THAT(story.answered(1), IsEmpty());
    EXPECT_THAT(story.ended(1, CallEndReason::error), IsEmpty());
    EXPECT_THAT(story.ended(2, CallEndReason::error), ElementsAre("lost error"));
    EXPECT_TRUE(story.dial.over());
}

TEST(Dial, CancelledAfterTheAnswerItChangesNothing)
{
    Story story({ { 30s } });
    story.start();
    story.answered(1);
    EXPECT_THAT(story.event(DialCancelled {}), IsEmpty());
}

// ---- By chance ----------------------------------------------------------------------------------------------------

// Telephones that answer, refuse, stay silent, and confirm a drop late or cross it with an answer.
class ByChance {
public:
    explicit ByChance(std::uint32_t seed)
        : engine_(seed)
        , dial_(spec(timeouts()))
    {
    }

    void run()
    {
        feed(DialStarted {});
        if (upto(5) == 0)
            plan(upto(60'000), DialCancelled { CallEndReason::error });
        while (!plans_.empty() || dial_.deadline()) {
            const auto due = dial_.deadline();
            if (due && (plans_.empty() || *due <= plans_.begin()->first)) {
                now_ = *due;
                DialOutputs out;
                dial_.handle_timeout(now_, out);
                take(out);
            } else {
                const auto next = plans_.extract(plans_.begin());
                now_ = next.key();
                tell(next.mapped());
            }
        }
        EXPECT_EQ(won_ + lost_, 1);
        EXPECT_TRUE(dial_.over());
        for (const std::uint64_t attempt : live_) // Nobody is left but the winner.
            EXPECT_EQ(attempt, winner_);
        EXPECT_LE(live_.size(), 1U);
    }

private:
    std::uint32_t upto(std::uint32_t n) { return engine_() % n; }
    std::vector<std::vector<Duration>> timeouts()
    {
        std::vector<std::vector<Duration>> all(1 + upto(4));
        for (auto& group : all) {
            for (std::uint32_t n = 1 + upto(4); n > 0; --n)
                group.emplace_back(std::chrono::milliseconds(1 + upto(30'000)));
        }
        return all;
    }
    void plan(std::uint32_t ms, DialEvent event) { plans_.emplace(now_ + std::chrono::milliseconds(ms), event); }

    // An attempt that ended says nothing more; one that did not begin says nothing.
    void tell(const DialEvent& event)
    {
        if (const auto* answered = std::get_if<AttemptAnswered>(&event);
            answered && !live_.contains(answered->attempt.value))
            return;
        if (const auto* ended = std::get_if<AttemptEnded>(&event)) {
            if (live_.erase(ended->attempt.value) == 0)
                return;
        }
        feed(event);
    }
    void feed(const DialEvent& event)
    {
        DialOutputs out;
        dial_.handle(event, now_, out);
        take(out);
    }
    void take(const DialOutputs& out)
    {
        for (const DialOutput& output : out) {
            if (const auto* begin = std::get_if<BeginAttempt>(&output)) {
                EXPECT_EQ(won_ + lost_, 0) << "an attempt after the end";
                EXPECT_TRUE(begun_.insert(begin->attempt.value).second) << "begun twice";
                live_.insert(begin->attempt.value);
                const AttemptId id = begin->attempt;
                const std::uint32_t fate = upto(4);
                if (fate == 0)
                    plan(upto(35'000), AttemptAnswered { id });
                else if (fate == 1)
                    plan(upto(35'000), AttemptEnded { id, CallEndReason::busy });
                else if (fate == 2)
                    plan(0, AttemptEnded { id, CallEndReason::error });
            } else if (const auto* drop = std::get_if<DropAttempt>(&output)) {
                EXPECT_TRUE(dropped_.insert(drop->attempt.value).second) << "dropped twice";
                EXPECT_NE(drop->attempt.value, winner_);
                if (upto(2) == 0)
                    plan(upto(10), AttemptAnswered { drop->attempt }); // On its way already.
                plan(upto(5'000), AttemptEnded { drop->attempt, drop->reason });
            } else if (const auto* won = std::get_if<DialWon>(&output)) {
                ++won_;
                winner_ = won->attempt.value;
                EXPECT_TRUE(live_.contains(winner_));
                EXPECT_FALSE(dropped_.contains(winner_));
            } else {
                ++lost_;
                EXPECT_TRUE(live_.empty());
            }
        }
    }

    std::mt19937 engine_;
    Dial dial_;
    Instant now_ {};
    std::multimap<Instant, DialEvent> plans_;
    std::set<std::uint64_t> begun_, live_, dropped_;
    std::uint64_t winner_ = 0;
    int won_ = 0;
    int lost_ = 0;
};

TEST(Dial, ByChanceThereIsOneEndAndNobodyIsLeft)
{
    for (std::uint32_t seed = 1; seed <= 20'000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        ByChance(seed).run();
    }
}

} // namespace
} // namespace parley
