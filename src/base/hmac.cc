#include "base/hmac.h"

#include "base/error.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace parley {

Sha256 hmac_sha256(std::string_view key, std::string_view text)
{
    Sha256 digest {};
    unsigned length = 0;
    const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
    VERIFY(made != nullptr && length == digest.size());
    return digest;
}

} // namespace parley
