#include "relay/call_register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ProjectId ours { "ours" };
const ProjectId theirs { "theirs" };
const ConnectionId a { "a" };
const ConnectionId b { "b" };
const CallId call { "c" };

TEST(CallRegister, ACallIsUnknownToOtherProjects) // Checklist 54
{
    CallRegister calls;
    calls.add(call, ours);
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::ringing);
    EXPECT_EQ(calls.standing(theirs, a, call), CallStanding::unknown);
    EXPECT_EQ(calls.standing(ours, a, CallId { "d" }), CallStanding::unknown);
}

TEST(CallRegister, ACallThatIsAnsweredRingsNoMore)
{
    CallRegister calls;
    calls.add(call, ours);
    calls.answering(call);
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::live);
    calls.end(call);
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::ended);
    EXPECT_TRUE(calls.belongs(call, ours));
    EXPECT_FALSE(calls.belongs(call, theirs));
}

TEST(CallRegister, AClientThatIsAwayKeepsItsCallsAndOthersMayTakeThemOver) // Checklist 32
{
    CallRegister calls;
    calls.add(call, ours);
    EXPECT_TRUE(calls.orphans(ours).empty()); // Nobody had it yet.
    calls.subscribe(call, a);
    calls.away(a);
    EXPECT_EQ(calls.subscribers(call), std::vector { a });
    EXPECT_EQ(calls.orphans(ours), std::vector { call });
    calls.returned(a, b);
    EXPECT_EQ(calls.subscribers(call), std::vector { b });
    EXPECT_TRUE(calls.orphans(ours).empty());
}

TEST(CallRegister, WhoReleasesACallHearsNoMoreOfItAndMayCommandIt)
{
    CallRegister calls;
    calls.add(call, ours);
    calls.subscribe(call, a);
    calls.release(call, a);
    EXPECT_TRUE(calls.subscribers(call).empty());
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::ringing);
}

TEST(CallRegister, WhoWasWithdrawnDoesNotKnowTheCall)
{
    CallRegister calls;
    calls.add(call, ours);
    calls.subscribe(call, a);
    calls.subscribe(call, b);
    calls.exclude(call, a);
    EXPECT_THAT(calls.subscribers(call), ElementsAre(b));
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::unknown);
}

TEST(CallRegister, ACallWhoseClientsLeftIsAnOrphan) // Checklist 32
{
    CallRegister calls;
    calls.add(call, ours);
    EXPECT_THAT(calls.orphans(ours), IsEmpty()); // Nobody ever had it: it will be offered.
    calls.subscribe(call, a);
    calls.drop(a);
    EXPECT_THAT(calls.orphans(ours), ElementsAre(call));
    EXPECT_THAT(calls.orphans(theirs), IsEmpty());
    calls.subscribe(call, b);
    EXPECT_THAT(calls.orphans(ours), IsEmpty());
}

TEST(CallRegister, WhatAClientHearsOfCanBeAsked)
{
    CallRegister calls;
    calls.add(call, ours);
    calls.subscribe(call, a);
    EXPECT_THAT(calls.calls_of(a), ElementsAre(call));
    EXPECT_THAT(calls.calls_of(b), IsEmpty());
    calls.end(call);
    EXPECT_THAT(calls.calls_of(a), IsEmpty());
}

TEST(CallRegister, EndedCallsAreRememberedUpToALimit)
{
    CallRegister calls;
    calls.add(call, ours);
    calls.end(call);
    calls.end(call);
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::ended);
    for (std::size_t i = 0; i < CallRegister::max_remembered; ++i) {
        const CallId other { std::to_string(i) };
        calls.add(other, ours);
        calls.end(other);
    }
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::unknown);
    EXPECT_EQ(calls.standing(ours, a, CallId { "0" }), CallStanding::ended);
}

} // namespace
} // namespace parley::relay
