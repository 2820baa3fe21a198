#include "net/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <cstdint>
#include <ctime>
#include <memory>

namespace parley {

namespace {

template <auto Free> struct Freed {
    template <typename T> void operator()(T* pointer) const { Free(pointer); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

// A key with a passphrase is refused: nobody is there to type it.
int no_passphrase(char*, int, int, void*)
{
    return -1;
}

Result<WallTime> wall_time(const ASN1_TIME* time, const std::string& file)
{
    std::tm parts {};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return Error { ErrorKind::invalid_request, file + ": its validity cannot be read" };
    return WallTime { static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000 };
}

std::string text_of(const ASN1_STRING& string)
{
    return { reinterpret_cast<const char*>(ASN1_STRING_get0_data(&string)),
        static_cast<std::size_t>(ASN1_STRING_length(&string)) };
}

std::vector<std::string> names_of(const X509& certificate)
{
    std::vector<std::string> found;
    const Names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS)
            found.push_back(text_of(*name->d.dNSName));
        if (name->type != GEN_IPADD)
            continue;
        char text[INET6_ADDRSTRLEN] {};
        const std::string bytes = text_of(*name->d.iPAddress);
        if (::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text))
            found.emplace_back(text);
    }
    return found;
}

} // namespace

Result<CertificateFacts> inspect_certificate(const TlsIdentity& identity)
{
    const Bio chain(BIO_new_file(identity.certificate_file.c_str(), "r"));
    if (!chain)
        return Error { ErrorKind::not_found, identity.certificate_file + " cannot be read" };
    const Certificate certificate(PEM_read_bio_X509(chain.get(), nullptr, no_passphrase, nullptr));
    if (!certificate)
        return Error { ErrorKind::invalid_request, identity.certificate_file + " holds no PEM certificate" };
    const Bio secret(BIO_new_file(identity.key_file.c_str(), "r"));
    if (!secret)
        return Error { ErrorKind::not_found, identity.key_file + " cannot be read" };
    const Key key(PEM_read_bio_PrivateKey(secret.get(), nullptr, no_passphrase, nullptr));
    if (!key)
        return Error { ErrorKind::invalid_request, identity.key_file + " holds no PEM key without a passphrase" };
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        return Error { ErrorKind::invalid_request,
            identity.key_file + " is not the key of " + identity.certificate_file };
    auto from = wall_time(X509_get0_notBefore(certificate.get()), identity.certificate_file);
    auto until = wall_time(X509_get0_notAfter(certificate.get()), identity.certificate_file);
    if (!from)
        return from.error();
    if (!until)
        return until.error();
    return CertificateFacts { names_of(*certificate), *from, *until };
}

} // namespace parley
