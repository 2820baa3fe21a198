#include "swaig/debug_event.h"

#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

// swml-ai 83
TEST(DebugEvent, HasTheEnvelopeAndWhatTheSdksRead)
{
    EXPECT_EQ(
        Json(debug_event_body({ { "c1" }, "P", "S" }, { { "filler", Json::Object { { "text", "Hm." } } } })).dump(),
        R"({"call_info":{"project_id":"P","space_id":"S","call_id":"c1","content_type":"text/json",)"
        R"("content_disposition":"post_data","conversation_type":"voice"},"label":"filler","action":"filler","call_id":"c1",)"
        R"("filler":{"text":"Hm."}})");
    EXPECT_EQ(debug_event_body({ { "c1" }, "", "" }, { { "x", 1 } }).find("call_info")->find("project_id"), nullptr);
}

} // namespace
} // namespace parley::swaig
