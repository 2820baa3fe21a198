#include "base/base64.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Base64, vectors_of_rfc_4648)
{
    const std::pair<const char*, const char*> rows[] { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    for (const auto& [bytes, text] : rows) {
        EXPECT_EQ(base64_encode(bytes), text);
        EXPECT_EQ(base64_decode(text), bytes);
    }
}

TEST(Base64, what_is_none_is_not_decoded)
{
    EXPECT_EQ(base64_decode("Zg"), "f");
    for (const char* text : { "Z", "Zm9vY", "Zm=9", "Zm9-", "Zm 9" })
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
}

TEST(Base64, the_url_alphabet_differs_in_two_digits_and_has_no_padding)
{
    EXPECT_EQ(base64_encode("\xfb\xff\xfe\x01"), "+//+AQ==");
    EXPECT_EQ(base64url_encode("\xfb\xff\xfe\x01"), "-__-AQ");
    EXPECT_EQ(base64url_decode("+//+AQ"), std::nullopt);
    EXPECT_EQ(base64_decode("-__-AQ"), std::nullopt);
}

} // namespace
} // namespace parley
