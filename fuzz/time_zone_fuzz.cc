// room: base
#include "base/time_zone.h"
#include "base/time_zone_rule.h"

using namespace parley;

// What is read as a zone tells the time of each century.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto zone = TimeZone::parse(text)) {
        for (std::int64_t century = -20; century <= 80; ++century)
            if (zone->at({ century * 3'155'695'200'000'000 }).month > 12)
                __builtin_trap();
    }
    if (const auto rule = TimeZoneRule::parse(text))
        (void)rule->at(1'700'000'000);
    return 0;
}
