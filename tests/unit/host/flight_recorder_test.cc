#include "host/flight_recorder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace parley {
namespace {

struct SomethingHappened { };
struct Other { };

TEST(FlightRecorder, names_the_alternative_that_is_held)
{
    const std::variant<Other, SomethingHappened> event = SomethingHappened {};
    EXPECT_EQ(name_of(event), "SomethingHappened");
}

TEST(FlightRecorder, writes_events_and_commands_with_their_times)
{
    FlightRecorder recorder;
    recorder.note(Instant(5s), FlightRecorder::Way::event, "call", "LegIncoming");
    recorder.note(Instant(5020ms), FlightRecorder::Way::command, "call", "RingLeg");
    EXPECT_EQ(recorder.text(), "0 event call LegIncoming\n20 command call RingLeg\n");
}

TEST(FlightRecorder, keeps_the_last_256)
{
    FlightRecorder recorder;
    for (int i = 0; i < 300; ++i)
        recorder.note(Instant(1s * i), FlightRecorder::Way::event, "call", i < 44 ? "Old" : "New");
    const std::string text = recorder.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 256);
    EXPECT_EQ(text.find("Old"), std::string::npos);
    EXPECT_TRUE(text.starts_with("0 event call New\n"));
}

TEST(FlightRecorder, a_file_that_cannot_be_written_is_an_error)
{
    const FlightRecorder recorder;
    EXPECT_FALSE(recorder.write("/nowhere", CallId { "c" }, "x"));
    ASSERT_TRUE(recorder.write(::testing::TempDir(), CallId { "c" }, "broken"));
    std::ifstream file(::testing::TempDir() + "/flight-c.txt");
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), "call c ended badly: broken\n");
}

} // namespace
} // namespace parley
