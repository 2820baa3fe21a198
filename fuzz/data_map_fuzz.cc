// room: expand
#include "expand/data_map.h"

using namespace parley;
using namespace parley::expand;

// A definition and a reply, told apart by a zero byte: each evaluation ends, and asks no more often than it may.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto end = std::min(text.find('\0'), text.size());
    auto definition = Json::parse(text.substr(0, end));
    if (!definition)
        return 0;
    const std::string reply(text.substr(std::min(end + 1, text.size())));
    const Json args = Json::Object { { "city", "Tulsa" }, { "n", 3 } };
    DataMap map(std::move(*definition), { Json::Object { { "call_id", "c" } }, args, {}, {}, Json::Object {}, {} });
    DataMapEvent event = DataMapStarted {};
    for (std::size_t asked = 0; asked <= max_data_map_webhooks; ++asked) {
        DataMapCommands out;
        map.handle(event, out);
        if (out.empty())
            __builtin_trap();
        if (std::holds_alternative<DataMapDone>(out.back()))
            return 0;
        event = asked % 2 == 0 ? DataMapEvent(RequestAnswered { 200, reply })
                               : DataMapEvent(RequestFailed { { ErrorKind::unavailable, "" } });
    }
    __builtin_trap();
}
