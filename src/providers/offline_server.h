#pragma once

#include "base/log.h"
#include "base/socket_address.h"
#include "providers/offline_model.h"

#include <memory>

// The offline model behind an OpenAI-compatible HTTP endpoint: `POST /v1/chat/completions` (streamed or whole) and
// `GET /v1/models`. So the real client can be used, and tested, without an account.
namespace parley {

class EventLoop;

class OfflineServer {
public:
    virtual ~OfflineServer() = default;                      // Closes the port and ends all replies.
    [[nodiscard]] virtual SocketAddress address() const = 0; // The port that was taken, if the kernel chose it.
};

// Runs on `loop`.
Result<std::unique_ptr<OfflineServer>> serve_offline_model(
    EventLoop& loop, const SocketAddress& listen, OfflineRules, OfflineModelOptions, Log);

} // namespace parley
