#include "agent/fillers.h"

#include <gtest/gtest.h>

#include <set>

namespace parley::agent {
namespace {

const FillerMap all { { "default", { "d" } }, { "auto", { "a" } }, { "es-ES", { "uno", "dos", "tres" } } };

// swml-ai 27: exact code, then `auto`, then `default`.
TEST(Fillers, the_exact_code_then_auto_then_default)
{
    EXPECT_EQ(pick_filler(all, "es-ES", 0), (FillerPhrase { "uno", false }));
    EXPECT_EQ(pick_filler(all, "es", 0), (FillerPhrase { "a", true })) << "codes are compared as they are written";
    EXPECT_EQ(pick_filler({ all[0] }, "es-ES", 0), (FillerPhrase { "d", false }));
    EXPECT_EQ(pick_filler({ all[2] }, "en-US", 0), std::nullopt);
    EXPECT_EQ(pick_filler({}, "en-US", 0), std::nullopt);
}

TEST(Fillers, a_code_without_phrases_is_as_good_as_none)
{
    EXPECT_EQ(pick_filler({ { "en-US", {} }, { "default", { "d" } } }, "en-US", 3), (FillerPhrase { "d", false }));
}

TEST(Fillers, each_phrase_has_its_turn)
{
    std::set<std::string> said;
    for (std::uint32_t random = 0; random < 3; ++random)
        said.insert(pick_filler(all, "es-ES", random)->text);
    EXPECT_EQ(said, (std::set<std::string> { "uno", "dos", "tres" }));
}

} // namespace
} // namespace parley::agent
