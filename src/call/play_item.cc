#include "call/play_item.h"

#include "audio/ringtone.h"

namespace parley {

bool is_ringtone(std::string_view country)
{
    return is_ringtone_country(country);
}

} // namespace parley
