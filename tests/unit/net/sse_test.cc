#include "net/sse.h"

#include <gtest/gtest.h>

using namespace parley;

namespace {

constexpr std::string_view stream = "\xEF\xBB\xBF"
                                    ": a comment\n"
                                    "data: {\"a\":1}\n\n"
                                    "event: ping\r\n"
                                    "id: 7\r\n"
                                    "data:first\r\n"
                                    "data:  second\r\n"
                                    "\r\n"
                                    "event: lost\n\n" // No data: no event.
                                    "data\n\n"
                                    "retry: 5\rdata: [DONE]\r\r"
                                    "data: never finished\n";

const std::vector<SseEvent> events = {
    { "message", "{\"a\":1}", "" },
    { "ping", "first\n second", "7" },
    { "message", "", "7" },
    { "message", "[DONE]", "7" },
};

} // namespace

TEST(SseParser, gives_the_same_events_for_every_cut)
{
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        SseParser parser;
        std::vector<SseEvent> seen;
        ASSERT_TRUE(parser.feed(stream.substr(0, first), seen));
        ASSERT_TRUE(parser.feed(stream.substr(first), seen));
        EXPECT_EQ(seen, events) << "cut at " << first;
    }
    SseParser parser;
    std::vector<SseEvent> seen;
    for (const char c : stream)
        ASSERT_TRUE(parser.feed(std::string_view(&c, 1), seen));
    EXPECT_EQ(seen, events);
}

TEST(SseParser, refuses_an_event_without_end)
{
    SseParser parser;
    std::vector<SseEvent> seen;
    const std::string line = "data: " + std::string(1'000, 'x') + "\n";
    Result<void> fed;
    for (int i = 0; i < 2'000 && fed; ++i)
        fed = parser.feed(line, seen);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().kind, ErrorKind::limit_reached);
    EXPECT_TRUE(seen.empty());
}
