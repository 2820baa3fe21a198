#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "server/configuration.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// The whole server in one process: threads, store, providers, hosts, wired together and taken apart in the right order.
namespace parley {

class Server {
public:
    // Listens when it returns. The error names what could not be had.
    static Result<std::unique_ptr<Server>> start(Configuration, Log);

    // What can change while calls go on does so for what begins from now on; listeners, threads, the database and
    // speech stay. The answer names the keys whose change waits for the next start; an error changes nothing.
    virtual Result<std::vector<std::string>> reload(Configuration) = 0;

    // Refuses new calls and lets the others go on as long as `Configuration::drain`; then ends them, as far as
    // `patience` reaches; then everything stops.
    virtual void stop(Duration patience) = 0;
    // From any thread: `stop`, now or later, goes on to its next step.
    virtual void hurry() = 0;

    virtual ~Server() = default;

    [[nodiscard]] virtual SocketAddress sip() const = 0;
    [[nodiscard]] virtual std::optional<SocketAddress> sip_tls() const = 0;
    [[nodiscard]] virtual SocketAddress relay() const = 0;
    [[nodiscard]] virtual SocketAddress rest() const = 0;
};

} // namespace parley
