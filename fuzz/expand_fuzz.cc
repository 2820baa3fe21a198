// room: expand
#include "expand/expander.h"

using namespace parley;
using namespace parley::expand;

// Any text expands within its limits; without placeholders it stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    static const Json root = *Json::parse(
        R"({"a":"x","b":{"c":[1,2.5,{"d":null}]},"args":{"a":"Ä b"},"number":"+19185550100","zone":"Asia/Tokyo"})");
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    Scope scope;
    scope.add_root(root);
    for (const auto missing : { Missing::empties, Missing::stays }) {
        const auto expanded
            = expand_text(text, scope, { { 1'700'000'000'000'000 } }, { missing, ValueStyle::tabbed, 4096 });
        if (expanded.text.size() > 4096 || expanded.notes.sleep > max_sleep)
            __builtin_trap();
        if (text.find('{') == std::string_view::npos && text.size() <= 4096 && expanded.text != text)
            __builtin_trap();
    }
    return 0;
}
