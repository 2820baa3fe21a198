#include "machine/sip/sip_world.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

// Messages in the manner of RFC 4475. The RFC's own bytes are not part of this tree: a folder of them can be named in
// PARLEY_TORTURE_DIR.
namespace parley::sip {
namespace {

// What one datagram brings about: "dropped", "offered", or the first response.
std::string outcome_of(const std::string& datagram)
{
    World world;
    world.receive(datagram);
    if (world.offered)
        return "offered";
    const auto sent = world.sent();
    if (sent.empty())
        return world.endpoint().counters().datagrams_dropped > 0 ? "dropped" : "ignored";
    return sent.front();
}

TEST(Torture, the_messages_of_the_rfc_are_survived)
{
    const char* folder = std::getenv("PARLEY_TORTURE_DIR");
    if (folder == nullptr)
        GTEST_SKIP() << "PARLEY_TORTURE_DIR names no folder";
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes { std::istreambuf_iterator<char>(file), {} };
        std::printf("%s: %s\n", entry.path().filename().c_str(), outcome_of(bytes).c_str());
        ++files;
    }
    EXPECT_GT(files, 0U);
}

} // namespace
} // namespace parley::sip
