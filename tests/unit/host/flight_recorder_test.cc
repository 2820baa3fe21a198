#include "host/flight_recorder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace parley {
namespace {

using Content = FlightRecorder::Content;

CallEvent incoming()
{
    return LegIncoming { LegId { "leg" }, "+15550123", "+15550100", "Ann" };
}

CallOutput ring()
{
    return RingLeg { LegId { "leg" } };
}

std::string read_file(const std::string& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(FlightRecorder, names_the_alternative_that_is_held)
{
    EXPECT_EQ(flight::name_of(incoming()), "LegIncoming");
}

TEST(FlightRecorder, writes_events_and_commands_with_their_times)
{
    FlightRecorder recorder;
    recorder.event(Instant(5s), "call", incoming());
    recorder.command(Instant(5020ms), "call", ring());
    EXPECT_EQ(recorder.text(), "0 event call LegIncoming\n20 command call RingLeg\n");
}

TEST(FlightRecorder, keeps_the_last_256_names)
{
    FlightRecorder recorder;
    for (int i = 0; i < 300; ++i)
        recorder.event(Instant(1s * i), "call", i < 44 ? CallEvent(NobodyThere {}) : incoming());
    const std::string text = recorder.text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 256);
    EXPECT_EQ(text.find("NobodyThere"), std::string::npos);
    EXPECT_TRUE(text.starts_with("0 event call LegIncoming\n"));
}

TEST(FlightRecorder, keeps_no_content_unless_asked_for_it)
{
    FlightRecorder recorder;
    recorder.made(Instant(1s), "call", flight::CallMade {});
    recorder.event(Instant(1s), "call", incoming());
    EXPECT_EQ(recorder.content(), "");
    EXPECT_EQ(recorder.text().find("Ann"), std::string::npos);
}

TEST(FlightRecorder, content_has_what_the_machines_were_told)
{
    FlightRecorder recorder(Content::whole);
    recorder.event(Instant(1500ms), "call", incoming());
    recorder.timeout(Instant(1600ms), "call");
    recorder.command(Instant(1600ms), "call", ring());
    const std::string digest = FlightRecorder::digest(flight::encode(ring()));
    EXPECT_EQ(digest.size(), 16U);
    EXPECT_EQ(recorder.content(),
        R"({"at":1500000,"machine":"call","what":"event","value":{"LegIncoming":[["leg"],"+15550123","+15550100","Ann"]}})"
        "\n"
        R"({"at":1600000,"machine":"call","what":"timeout"})"
        "\n"
        R"({"at":1600000,"machine":"call","what":"command","digest":")"
            + digest + R"(","value":{"RingLeg":[["leg"]]}})" + "\n");
}

TEST(FlightRecorder, of_a_long_command_the_digest_is_kept)
{
    FlightRecorder recorder(Content::whole);
    const agent::Command speak
        = agent::Speak { UtteranceId { 1 }, std::string(FlightRecorder::max_shown_command, 'x'), {} };
    recorder.command(Instant(1s), "session", speak);
    EXPECT_EQ(recorder.content(),
        R"({"at":1000000,"machine":"session","what":"command","digest":")"
            + FlightRecorder::digest(flight::encode(speak)) + R"(","value":{"Speak":null}})" + "\n");
}

TEST(FlightRecorder, content_ends_at_its_limit_and_says_so)
{
    FlightRecorder recorder(Content::whole);
    const agent::Event told = agent::InjectMessage { {}, {}, Role::user, std::string(1024 * 1024, 'x') };
    for (int i = 0; i < 20; ++i)
        recorder.event(Instant(1s), "session", told);
    const std::string content = recorder.content();
    EXPECT_LT(content.size(), FlightRecorder::max_content_bytes + 1024);
    EXPECT_TRUE(content.ends_with("\n{\"what\":\"cut\"}\n"));
}

TEST(FlightRecorder, passwords_of_webhooks_are_left_out)
{
    AiSpec spec;
    spec.report.hook = { "https://example.com/report", "user", "hush" };
    const std::string text = flight::encode(flight::SessionMade { spec, {} }).dump();
    EXPECT_NE(text.find("https://example.com/report"), std::string::npos);
    EXPECT_EQ(text.find("hush"), std::string::npos);
}

TEST(FlightRecorder, its_file_is_for_the_owner_alone)
{
    const FlightRecorder recorder;
    EXPECT_FALSE(recorder.write("/nowhere", CallId { "c" }, "x"));
    ASSERT_TRUE(recorder.write(testing::TempDir(), CallId { "c" }, "broken"));
    const std::string path = testing::TempDir() + "/flight-c.txt";
    EXPECT_EQ(read_file(path), "call c: broken\n");
    EXPECT_EQ(std::filesystem::status(path).permissions(),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    ASSERT_TRUE(FlightRecorder(Content::whole).write(testing::TempDir(), CallId { "c" }, "broken"));
    EXPECT_EQ(read_file(testing::TempDir() + "/flight-c.jsonl"),
        R"({"what":"flight","call":"c","reason":"broken"})"
        "\n");
}

} // namespace
} // namespace parley
