#include "relay/event_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> taken(EventQueue& queue, Instant now)
{
    std::vector<EventQueue::Event> events;
    queue.take(now, events);
    std::vector<std::string> texts;
    for (const auto& event : events)
        texts.push_back(event.text);
    return texts;
}

constexpr Instant at(Duration d)
{
    return Instant {} + d;
}

TEST(EventQueue, WithoutAResponseAnEventLeavesAtOnce)
{
    EventQueue queue;
    queue.push({ "1", "a" }, at(5ms), std::nullopt);
    EXPECT_EQ(queue.deadline(), at(5ms));
    EXPECT_THAT(taken(queue, at(5ms)), ElementsAre("a"));
    EXPECT_FALSE(queue.deadline());
}

TEST(EventQueue, AnEventLeaves20MsAfterTheResponseThatWasBeforeIt) // Checklist 45
{
    EventQueue queue;
    queue.push({ "1", "a" }, at(105ms), at(100ms));
    EXPECT_THAT(taken(queue, at(119'999us)), IsEmpty());
    EXPECT_THAT(taken(queue, at(120ms)), ElementsAre("a"));
}

TEST(EventQueue, AnOldResponseHoldsNothing)
{
    EventQueue queue;
    queue.push({ "1", "a" }, at(120ms), at(100ms));
    EXPECT_THAT(taken(queue, at(120ms)), ElementsAre("a"));
}

TEST(EventQueue, ALaterEventNeverOvertakes) // Checklist 43
{
    EventQueue queue;
    queue.push({ "1", "a" }, at(100ms), at(100ms));
    queue.push({ "2", "b" }, at(110ms), std::nullopt);
    EXPECT_THAT(taken(queue, at(110ms)), IsEmpty());
    EXPECT_THAT(taken(queue, at(120ms)), ElementsAre("a", "b"));
}

} // namespace
} // namespace parley::relay
