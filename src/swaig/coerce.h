#pragma once

#include "base/coerce.h"

namespace parley::swaig {

using parley::to_bool;
using parley::to_number;
using parley::to_text;

} // namespace parley::swaig
