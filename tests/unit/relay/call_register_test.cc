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
    EXPECT_EQ(calls.standing(ours, a, call), CallStanding::live);
    EXPECT_EQ(calls.standing(theirs, a, call), CallStanding::unknown);
    EXPECT_EQ(calls.standing(ours, a, CallId { "d" }), CallStanding::unknown);
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
