// room: providers
#include "providers/offline_model.h"

#include <cstddef>
#include <cstdint>

using namespace parley;

// The same bytes as a rule file, as what a user said, as a system message and as the schema of a tool.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    static_cast<void>(parse_offline_rules(text));
    LmRequest request;
    request.messages = { { LmMessage::Role::system, text, {}, {} }, { LmMessage::Role::user, text, {}, {} } };
    auto schema = Json::parse(text);
    request.tools = { { text.substr(0, size / 2), text, schema ? *schema : Json(Json::Object {}) } };
    static_cast<void>(reply(default_offline_rules(), request));
    request.messages.push_back({ LmMessage::Role::tool, text, {}, "a" });
    static_cast<void>(reply(default_offline_rules(), request));
    return 0;
}
