// room: net
#include "net/stun.h"

#include <algorithm>

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span(data, size));
    stun::TransactionId transaction {}; // The message's own, so that it gets past the header.
    for (std::size_t i = 0; i < transaction.size() && 8 + i < bytes.size(); ++i)
        transaction[i] = bytes[8 + i];
    if (const auto read = stun::read_binding_response(bytes, transaction); read && read->ip.empty())
        __builtin_trap();
    return 0;
}
