#include "relay/events.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

// swml-ai 51
TEST(UserEvent, ReachesTheProgramAsItIs)
{
    CallFacts call;
    call.id = { "c1" };
    call.node = { "n1" };
    call.leg = { "l1" };
    const auto event = notice_event(call, AiEventSent { { { "cards", Json::Array { 1, 2 } } }, { "s1" } });
    EXPECT_EQ(event.type, "calling.user_event");
    EXPECT_EQ(Json(event.params).dump(),
        R"({"call_id":"c1","node_id":"n1","segment_id":"l1","event":{"cards":[1,2]},"ai_session_id":"s1"})");
}

} // namespace
} // namespace parley::relay
