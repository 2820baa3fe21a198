#include "rest/access_keys.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

// SHA-256 of "vb_two".
const std::string digest_of_two = [] {
    static constexpr char hex[] = "0123456789abcdef";
    std::string text = "sha256:";
    for (const auto byte : sha256("vb_two"))
        text += { hex[byte >> 4], hex[byte & 15] };
    return text;
}();

TEST(Sha256, of_a_known_text)
{
    // FIPS 180-2 B.1: "abc".
    EXPECT_EQ(sha256("abc")[0], 0xBA);
    EXPECT_EQ(sha256("abc")[31], 0xAD);
    EXPECT_TRUE(same_digest(sha256("abc"), sha256("abc")));
    EXPECT_FALSE(same_digest(sha256("abc"), sha256("abd")));
}

TEST(AccessKeys, find_the_customer_of_a_key_and_of_a_digest)
{
    const auto keys
        = AccessKeys::create({ { { "c1" }, "vb_one" }, { { "c2" }, digest_of_two }, { { "c1" }, "vb_1b" } });
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->customer_of("vb_one"), CustomerId { "c1" });
    EXPECT_EQ(keys->customer_of("vb_1b"), CustomerId { "c1" });
    EXPECT_EQ(keys->customer_of("vb_two"), CustomerId { "c2" });
    for (const auto& other : { std::string(), std::string("vb_on"), std::string("vb_one "), digest_of_two })
        EXPECT_EQ(keys->customer_of(other), std::nullopt) << other;
}

TEST(AccessKeys, refuse_a_broken_digest_without_repeating_it)
{
    for (const auto* key : { "", "sha256:", "sha256:12", "sha256:zz" }) {
        const auto keys = AccessKeys::create({ { { "c1" }, key } });
        ASSERT_FALSE(keys) << key;
        EXPECT_EQ(keys.error().what,
            "access_keys: customer c1 has a key that is neither a text nor sha256: and 64 hexadecimal digits");
    }
    EXPECT_FALSE(AccessKeys::create({ { { "c1" }, digest_of_two.substr(0, 70) + "g" } }));
}

TEST(AccessKeys, refuse_one_key_for_two_customers)
{
    const auto keys = AccessKeys::create({ { { "c1" }, "vb_two" }, { { "c2" }, digest_of_two } });
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().what, "access_keys: customers c1 and c2 have the same key");
    EXPECT_TRUE(AccessKeys::create({ { { "c1" }, "vb_two" }, { { "c1" }, digest_of_two } }));
}

} // namespace
} // namespace parley
