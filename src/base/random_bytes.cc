#include "base/random_bytes.h"

#include "base/error.h"

#include <openssl/rand.h>

namespace parley {

void fill_with_random_bytes(std::span<std::byte> bytes)
{
    VERIFY(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) == 1);
}

} // namespace parley
