// room: providers
// What a streaming recogniser may send.
#include "providers/listen_session.h"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto message = parse_listen_message(text)) {
        if (const auto* result = std::get_if<ListenResult>(&*message); result != nullptr && result->end < result->start)
            __builtin_trap();
    }
    // The same in the middle of a call: whatever it says, the session goes on.
    ListenSession session({}, {}, Log::none());
    ListenSession::Commands out;
    Instant now { 100s };
    session.start(now, out);
    session.opened(now, out);
    session.speech_started(now, out);
    for (int i = 0; i < 20; ++i) {
        now += 20ms;
        session.push({ 8'000, std::vector<std::int16_t>(160) }, now, 0, now, out);
    }
    session.message(text, now, out);
    session.speech_stopped(0, now, out);
    session.handle_timeout(now + 10s, out);
    session.opened(now + 10s, out);
    return 0;
}
