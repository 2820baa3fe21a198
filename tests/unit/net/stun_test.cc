#include "net/stun.h"

#include <gtest/gtest.h>

namespace parley::stun {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values)
{
    std::vector<std::byte> made;
    for (const int value : values)
        made.push_back(static_cast<std::byte>(value));
    return made;
}

// RFC 5769 2.2 and 2.3: the transaction of the sample messages.
TransactionId sample_transaction()
{
    TransactionId id {};
    const auto given = bytes({ 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae });
    std::copy(given.begin(), given.end(), id.begin());
    return id;
}

std::vector<std::byte> response(std::initializer_list<int> attributes)
{
    auto made = bytes({ 0x01, 0x01, 0x00, static_cast<int>(attributes.size()), 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7,
        0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae });
    const auto more = bytes(attributes);
    made.insert(made.end(), more.begin(), more.end());
    return made;
}

TEST(Stun, a_request_is_a_header_alone)
{
    EXPECT_EQ(binding_request(sample_transaction()),
        bytes({ 0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa,
            0x87, 0xdf, 0xae }));
}

TEST(Stun, the_address_of_the_published_ipv4_sample_is_read)
{
    const auto read = read_binding_response(
        response({ 0x80, 0x22, 0x00, 0x05, 't', 'e', 's', 't', '!', ' ', ' ', ' ', // SOFTWARE, padded
            0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43 }),
        sample_transaction());
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, (SocketAddress { "192.0.2.1", 32853 }));
}

TEST(Stun, the_address_of_the_published_ipv6_sample_is_read)
{
    const auto read
        = read_binding_response(response({ 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5,
                                    0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9 }),
            sample_transaction());
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, (SocketAddress { "2001:db8:1234:5678:11:2233:4455:6677", 32853 }));
}

TEST(Stun, every_cut_and_every_other_transaction_is_refused)
{
    const auto whole = response({ 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43 });
    ASSERT_TRUE(read_binding_response(whole, sample_transaction()));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(read_binding_response(std::span(whole).first(size), sample_transaction())) << size;
    EXPECT_FALSE(read_binding_response(whole, TransactionId {}));
    EXPECT_FALSE(read_binding_response(response({}), sample_transaction()));
    EXPECT_FALSE(
        read_binding_response(response({ 0x00, 0x20, 0x00, 0x04, 0x00, 0x03, 0xa1, 0x47 }), sample_transaction()));
}

} // namespace
} // namespace parley::stun
