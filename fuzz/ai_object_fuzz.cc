// room: swaig
#include "swaig/ai_object.h"
#include "swaig/tool_call.h"

using namespace parley;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    (void)swaig::parse_tool_reply(text);
    (void)swaig::find_json_objects(text);
    (void)swaig::web_hook_from(text);
    const auto value = Json::parse(text);
    if (!value || !value->is_object())
        return 0;
    const auto ai = swaig::parse_ai_object(value->as_object());
    // What is taken is complete: whoever runs it need not check again.
    if (ai && ((ai->spec.prompt.text.empty() && ai->spec.contexts.empty()) || ai->spec.languages.empty()))
        __builtin_trap();
    return 0;
}
