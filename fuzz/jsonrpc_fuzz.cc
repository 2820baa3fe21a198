// room: relay
#include "relay/relay_session.h"

using namespace parley;
using namespace parley::relay;

namespace {

class Everybody : public RelayDirectory {
public:
    Result<ProjectId> authenticate(const ConnectionId&, const Credentials& who, WallTime) override
    {
        return who.project;
    }
    CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const override
    {
        return CallStanding::live;
    }
    bool resumable(const ProjectId&, std::string_view) const override { return false; }
};

} // namespace

// Lines of texts for one connection: each frame that leaves is JSON, and no command waits unanswered for ever.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    Everybody everybody;
    Instant now {};
    RelaySession session({ ConnectionId { "w" }, NodeId { "n" }, "" }, RelayPolicy {}, everybody, IdSource(1),
        ClockPair {}, Log::none(), now);
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    RelayCommands out;
    session.handle(
        TextArrived { R"({"id":"1","method":"signalwire.connect","params":{"authentication":{}}})" }, now, out);
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        session.handle(TextArrived { std::string(line) }, now, out);
        now += 7ms;
    }
    const auto commands = std::exchange(out, {});
    for (const auto& command : commands) {
        if (const auto* forward = std::get_if<Forward>(&command))
            session.handle(Accept { forward->request, "ok" }, now, out);
        if (const auto* sent = std::get_if<SendText>(&command); sent != nullptr && !Json::parse(sent->text))
            __builtin_trap();
    }
    return 0;
}
