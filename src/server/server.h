#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "server/configuration.h"

#include <memory>
#include <optional>

// The whole server in one process: threads, store, providers, hosts, wired together and taken apart in the right order.
namespace parley {

class Server {
public:
    // Listens when it returns. The error names what could not be had.
    static Result<std::unique_ptr<Server>> start(Configuration, Log);

    // Refuses new calls and ends the others, as far as `patience` reaches; then everything stops.
    virtual void stop(Duration patience) = 0;
    // From any thread: `stop`, now or later, waits for nobody.
    virtual void hurry() = 0;

    virtual ~Server() = default;

    [[nodiscard]] virtual SocketAddress sip() const = 0;
    [[nodiscard]] virtual std::optional<SocketAddress> sip_tls() const = 0;
    [[nodiscard]] virtual SocketAddress relay() const = 0;
    [[nodiscard]] virtual SocketAddress rest() const = 0;
};

} // namespace parley
