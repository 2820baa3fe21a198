// room: swaig
#include "swaig/mcp.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley;
    const auto message = Json::parse(std::string_view(reinterpret_cast<const char*>(bytes), size));
    if (!message)
        return 0;
    (void)swaig::mcp_answer(*message, 1);
    for (const auto& tool : swaig::mcp_tools(*message, { "https://x.test", "", {} }))
        VERIFY(!tool.name.empty());
    (void)swaig::mcp_text(*message);
    (void)swaig::mcp_failed(*message);
    (void)swaig::mcp_resources(*message, { { "id", 7 } });
    (void)swaig::mcp_contents(*message);
    return 0;
}
