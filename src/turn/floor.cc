// The names of the floors, for logs.
#include "turn/turn_engine.h"

namespace parley::turn {

std::string_view to_string(Floor floor)
{
    switch (floor) {
    case Floor::open: return "open";
    case Floor::user: return "user";
    case Floor::endpointing: return "endpointing";
    case Floor::thinking: return "thinking";
    case Floor::agent: return "agent";
    case Floor::contested: return "contested";
    case Floor::held: return "held";
    }
    return "unknown";
}

} // namespace parley::turn
