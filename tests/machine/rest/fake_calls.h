#pragma once

#include "rest/call_door.h"

#include <vector>

namespace parley {

// Takes every command and answers as it was told to.
class FakeCalls : public CallDoor {
public:
    void command(CallDoorRequest request, Answer give) override
    {
        asked.push_back(std::move(request));
        give(answer);
    }

    std::vector<CallDoorRequest> asked;
    Result<CommandedCall> answer
        = CommandedCall { { CallId { "c1" }, LegId { "l" }, NodeId { "n" }, ProjectId { "p" }, ContextName { "office" },
                              CallDirection::inbound, { DeviceType::phone, "+15550001", "+15550002", "" } },
              CallState::answered, WallTime { 1'709'287'205'000'000 }, "Message sent", {} };
};

} // namespace parley
