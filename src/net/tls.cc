#include "net/tls.h"

#include "net/socket_calls.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace parley {

namespace {

template <auto Free> struct Freed {
    template <typename T> void operator()(T* pointer) const { Free(pointer); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

constexpr long validity_seconds = 10L * 365 * 24 * 60 * 60;

bool add_extension(X509& certificate, int kind, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    const bool added = extension && X509_add_ext(&certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

Certificate make_certificate(EVP_PKEY& key)
{
    Certificate certificate(X509_new());
    std::uint64_t serial = 0;
    if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
        return nullptr;
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1
        && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1) == 1
        && X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60) != nullptr
        && X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity_seconds) != nullptr
        && X509_set_pubkey(certificate.get(), &key) == 1
        && X509_NAME_add_entry_by_txt(
               name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0)
            == 1
        && X509_set_issuer_name(certificate.get(), name) == 1
        && add_extension(*certificate, NID_basic_constraints, "critical,CA:TRUE")
        && add_extension(*certificate, NID_subject_key_identifier, "hash")
        && add_extension(*certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1")
        && X509_sign(certificate.get(), &key, EVP_sha256()) > 0;
    return made ? std::move(certificate) : nullptr;
}

Result<void> write_file(const std::string& path, BIO& content, mode_t mode)
{
    char* text = nullptr;
    const long size = BIO_get_mem_data(&content, &text);
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd || ::fchmod(fd.get(), mode) != 0 || ::write(fd.get(), text, static_cast<std::size_t>(size)) != size)
        return Error { ErrorKind::unavailable, path + ": " + system_error_text(errno) };
    return {};
}

} // namespace

Result<void> write_self_signed_certificate(const TlsIdentity& where)
{
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = key ? make_certificate(*key) : nullptr;
    const Bio key_text(BIO_new(BIO_s_mem()));
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    if (!certificate || !key_text || !certificate_text
        || PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1
        || PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1)
        return Error { ErrorKind::unavailable, "the certificate could not be made" };
    if (auto written = write_file(where.key_file, *key_text, 0600); !written)
        return written;
    return write_file(where.certificate_file, *certificate_text, 0644);
}

} // namespace parley
