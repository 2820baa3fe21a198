// room: base
#include "base/pattern.h"

using namespace parley;

// A pattern, a text and a replacement, a line each: nothing crashes, and no replacement is endless.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    std::string_view rest(reinterpret_cast<const char*>(bytes), size);
    const auto line = [&] {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto taken = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return taken;
    };
    const auto pattern = Pattern::compile(line());
    if (!pattern)
        return 0;
    const auto subject = line();
    const auto found = pattern->search(subject);
    const auto replaced = pattern->replace(subject, rest);
    // What matches nowhere leaves the text as it is.
    if (found && !*found && (!replaced || replaced->size() < subject.size()))
        __builtin_trap();
    return 0;
}
