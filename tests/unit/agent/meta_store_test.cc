#include "agent/meta_store.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

Json::Object object(std::string_view text)
{
    return Json::parse(text).value().as_object();
}

// swml-ai 49
TEST(MetaStore, StoresAreApart)
{
    MetaStore meta;
    EXPECT_TRUE(meta.merge("a", object(R"({"x":1,"y":2})")));
    EXPECT_TRUE(meta.merge("a", object(R"({"x":null})")));
    EXPECT_EQ(meta.of("a").dump(), R"({"x":null,"y":2})");
    EXPECT_EQ(meta.of("b").dump(), "{}");
    meta.remove("a", { "x", "none" });
    meta.remove("b", { "x" });
    EXPECT_EQ(meta.of("a").dump(), R"({"y":2})");
    EXPECT_TRUE(meta.replace("a", {}));
    EXPECT_EQ(meta.of("a").dump(), "{}");
}

TEST(MetaStore, WhatIsThereAlreadyIsNotSeededAgain)
{
    MetaStore meta;
    meta.merge("a", object(R"({"x":1})"));
    meta.seed("a", Json(object(R"({"x":2,"y":3})")));
    meta.seed("a", Json("nothing"));
    EXPECT_EQ(meta.of("a").dump(), R"({"x":1,"y":3})");
}

TEST(MetaStore, HasLimits)
{
    MetaStore meta;
    EXPECT_FALSE(meta.merge("a", { { "x", std::string(MetaStore::max_bytes, 'x') } }));
    EXPECT_EQ(meta.of("a").dump(), "{}");
    for (std::size_t i = 0; i < MetaStore::max_stores; ++i)
        EXPECT_TRUE(meta.merge(std::to_string(i), { { "x", 1 } }));
    EXPECT_FALSE(meta.merge("one more", { { "x", 1 } }));
    EXPECT_TRUE(meta.merge("0", { { "y", 1 } }));
}

} // namespace
} // namespace parley::agent
