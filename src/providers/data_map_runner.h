#pragma once

#include "agent/tool_caller.h"
#include "base/log.h"
#include "base/time.h"
#include "net/outbound_policy.h"

#include <cstddef>
#include <functional>
#include <memory>

// Tools that are a `data_map`: carries out what the machine of `expand/` asks for. Knows HTTP and time; what is asked
// and what becomes of it is the machine's.
namespace parley {

class EventLoop;
class HttpClient;

struct DataMapRunnerOptions {
    Duration connect_timeout = 5s;
    Duration request_timeout = 30s; // Of one request. How long the tool may take altogether is the session's to say.
    std::size_t max_reply_bytes = 1024 * 1024;
};

class DataMapRunner : public ToolCaller {
public:
    static constexpr std::size_t max_debug_events = 256; // Of one call; later ones are not kept.

    // Requests run on `client`'s loop under `policy`; answers arrive on `home`.
    DataMapRunner(HttpClient& client, EventLoop& home, OutboundPolicy policy, DataMapRunnerOptions, Log);
    ~DataMapRunner() override;

    // A map that gives no output is answered with a result that says so to the model: its events tell why.
    std::unique_ptr<ToolRun> open(ToolRequest, std::function<void(Result<ToolReply>)>) override;

private:
    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    DataMapRunnerOptions options_;
    Log log_;
};

} // namespace parley
