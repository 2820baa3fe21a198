// room: base
#include "base/json.h"
#include "base/yaml.h"

using namespace parley;

// What parses is written as JSON that parses to the same value.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto value = Json::parse(text)) {
        const auto again = Json::parse(value->dump());
        if (!again || again->dump() != value->dump())
            __builtin_trap();
    }
    (void)parse_yaml(text);
    return 0;
}
