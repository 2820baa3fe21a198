// room: agent
// Whatever a model writes, however its stream is cut: the same text comes out, and no tag with it.
#include "agent/language_tags.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

std::string spoken(const std::vector<parley::agent::TaggedText>& texts)
{
    std::string all;
    for (const auto& text : texts)
        all += (text.language.empty() ? "" : "\x01" + text.language + "\x02") + text.text;
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t cut = data[0] % text.size();
    parley::agent::LanguageTags whole, pieces;
    std::string at_once = spoken(whole.next(text));
    at_once += spoken(whole.end());
    std::string cut_in_two = spoken(pieces.next(text.substr(0, cut)));
    cut_in_two += spoken(pieces.next(text.substr(cut)));
    cut_in_two += spoken(pieces.end());
    if (at_once != cut_in_two)
        __builtin_trap();
    return 0;
}
