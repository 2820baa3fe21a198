// room: providers
// What a provider may send: the stream of a reply in pieces of any size, and a whole reply.
#include "providers/chat_completions.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes + 1), size - 1);
    const std::size_t step = 1 + bytes[0];
    std::vector<parley::LmEvent> in_pieces;
    parley::ChatDecoder decoder;
    bool good = true;
    for (std::size_t at = 0; good && at < text.size(); at += step)
        good = decoder.feed(text.substr(at, std::min(step, text.size() - at)), in_pieces).has_value();
    good = good && decoder.finish(in_pieces).has_value();

    // Pieces are the network's business: at once says the same.
    std::vector<parley::LmEvent> at_once;
    parley::ChatDecoder other;
    const bool also_good = other.feed(text, at_once).has_value() && other.finish(at_once).has_value();
    if (good != also_good || (good && in_pieces.size() != at_once.size()))
        __builtin_trap();

    std::vector<parley::LmEvent> whole;
    static_cast<void>(parley::ChatDecoder().whole(text, whole));
    return 0;
}
