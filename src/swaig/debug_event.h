#pragma once

#include "base/id.h"
#include "base/json.h"

#include <string>

// What is posted to `debug_webhook_url`.
namespace parley::swaig {

// Of whose session the events are.
struct DebugSource {
    CallId call_id;
    std::string project_id, space_id; // "": unknown
};

// `event` is {name: members}. Some receivers read the documented envelope, others `label`, `action` and `call_id`
// beside it: both are there.
[[nodiscard]] Json::Object debug_event_body(const DebugSource&, const Json::Object& event);

} // namespace parley::swaig
