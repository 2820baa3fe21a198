#pragma once

#include "base/json.h"
#include "base/result.h"
#include "call/call.h"

#include <span>
#include <string_view>
#include <utility>

namespace parley::relay {

// The methods that start and change actions of a call, AI apart: name -> how the parameters become a command.
using ReadAction = Result<CallCommand> (*)(const Json::Object& params);

[[nodiscard]] std::span<const std::pair<std::string_view, ReadAction>> action_requests();

} // namespace parley::relay
