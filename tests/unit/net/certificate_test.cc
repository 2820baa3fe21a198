#include "net/certificate.h"

#include "net/clock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace parley {
namespace {

class CertificateTest : public testing::Test {
protected:
    CertificateTest() { std::filesystem::create_directories(folder_); }
    ~CertificateTest() override { std::filesystem::remove_all(folder_); }

    TlsIdentity made(const std::string& name)
    {
        TlsIdentity identity { folder_ + "/" + name + ".pem", folder_ + "/" + name + ".key" };
        EXPECT_TRUE(write_self_signed_certificate(identity));
        return identity;
    }

    std::string folder_ = testing::TempDir() + "certificate-test-" + std::to_string(::getpid());
};

TEST_F(CertificateTest, names_and_validity_are_read)
{
    const auto facts = inspect_certificate(made("one"));
    ASSERT_TRUE(facts) << facts.error().what;
    EXPECT_EQ(facts->names, (std::vector<std::string> { "localhost", "127.0.0.1" }));
    EXPECT_LE(facts->not_before, wall_now());
    EXPECT_GT(facts->not_after, wall_now() + std::chrono::hours(24 * 365 * 9));
}

TEST_F(CertificateTest, a_key_of_another_certificate_is_told)
{
    TlsIdentity mixed = made("one");
    mixed.key_file = made("two").key_file;
    const auto facts = inspect_certificate(mixed);
    ASSERT_FALSE(facts);
    EXPECT_NE(facts.error().what.find("is not the key of"), std::string::npos) << facts.error().what;
}

TEST_F(CertificateTest, a_missing_file_and_one_that_is_no_pem_are_named)
{
    TlsIdentity identity = made("one");
    identity.key_file = folder_ + "/missing.key";
    EXPECT_EQ(inspect_certificate(identity).error().what, identity.key_file + " cannot be read");
    std::ofstream(identity.key_file) << "no key";
    EXPECT_EQ(inspect_certificate(identity).error().what, identity.key_file + " holds no PEM key without a passphrase");
    identity.certificate_file = identity.key_file;
    EXPECT_EQ(inspect_certificate(identity).error().what, identity.certificate_file + " holds no PEM certificate");
}

} // namespace
} // namespace parley
