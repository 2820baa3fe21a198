#include "swaig/debug_event.h"

namespace parley::swaig {

Json::Object debug_event_body(const DebugSource& source, const Json::Object& event)
{
    Json::Object info;
    if (!source.project_id.empty())
        info["project_id"] = source.project_id;
    if (!source.space_id.empty())
        info["space_id"] = source.space_id;
    info["call_id"] = source.call_id.value;
    info["content_type"] = "text/json";
    info["content_disposition"] = "post_data";
    info["conversation_type"] = "voice";
    Json::Object body { { "call_info", std::move(info) } };
    for (const auto& [name, members] : event) {
        body["label"] = name;
        body["action"] = name;
        body["call_id"] = source.call_id.value;
        body[name] = members;
    }
    return body;
}

} // namespace parley::swaig
