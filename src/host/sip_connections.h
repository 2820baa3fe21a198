#pragma once

#include "base/log.h"
#include "base/result.h"
#include "net/stream.h"
#include "sip/hop.h"
#include "sip/stream_framer.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

// The TCP and TLS connections of the SIP host: accepts them, opens what is missing, cuts their bytes into messages and
// answers their keep-alives. Lives on the signal loop, and never waits there: what stalls or floods is cut off.
namespace parley {

struct SipTls {
    SocketAddress listen; // Port 0: the kernel chooses.
    TlsIdentity identity;
    TlsTrust trust = {}; // Of connections that we open.
};

class SipConnections {
public:
    struct Options {
        SocketAddress tcp; // Where to listen.
        std::optional<SipTls> tls = {};
        StreamLimits limits = { .opening = 4s, .idle = 60min };
        std::size_t max_opened = 1'000;  // Connections that we open; more: `not_sent`.
        Duration message_patience = 10s; // From the first byte of a message to its last; then closed.
    };
    struct Events {
        std::function<void(std::string message, const sip::Hop& source)> received;
        std::function<void(const sip::Hop&)> not_sent; // No connection came about.
        std::function<void(const sip::Hop&)> lost;     // A connection is gone; what was queued may not have arrived.
    };

    // A port in use is `conflict`; a certificate that cannot be read is `invalid_request`; the message says
    // first whether it was `listen` or `tls`. `Events` are called from the loop, and `not_sent` also inside `send`.
    static Result<std::unique_ptr<SipConnections>> create(EventLoop&, const Options&, Log, Events);

    // Over the hop's flow if it lives, else over a connection that we opened to it (RFC 5923), else over a new one.
    void send(std::string message, const sip::Hop&);

    // For TLS connections from now on. On failure the old certificate stays.
    [[nodiscard]] Result<void> set_identity(const TlsIdentity&);

    [[nodiscard]] const SocketAddress& tcp() const { return tcp_->local(); }
    [[nodiscard]] std::optional<SocketAddress> tls() const;
    [[nodiscard]] std::size_t size() const { return flows_.size(); }

private:
    struct Flow {
        Stream* stream = nullptr;
        sip::Hop remote;
        sip::StreamFramer framer;
        std::unique_ptr<Timer> patience;      // Runs while a message is under way.
        std::unique_ptr<StreamClient> client; // Of one that we opened.
        bool open = false;
    };
    using Target = std::tuple<sip::Transport, SocketAddress, std::string>;

    SipConnections(EventLoop&, const Options&, Log, Events);
    StreamEvents stream_events(sip::Transport);
    Result<void> listen();
    Flow* find(const sip::Hop&);
    Flow* open(const sip::Hop&);
    Flow& add(Stream&, sip::Hop remote);
    void received(Flow&, std::string_view bytes);
    void closed(Stream&, const std::string& why);
    static Target target_of(const sip::Hop& hop) { return { hop.transport, hop.address, hop.host }; }

    EventLoop& loop_;
    const Options options_;
    Log log_;
    const Events events_;
    std::shared_ptr<TlsContext> client_tls_; // Shared with the connections that we open.
    sip::FlowId last_flow_ = sip::no_flow;
    std::unordered_map<sip::FlowId, Flow> flows_;
    std::unordered_map<Stream*, sip::FlowId> numbers_;
    std::map<Target, sip::FlowId> opened_;
    std::unique_ptr<StreamServer> tcp_;
    std::unique_ptr<StreamServer> tls_;
};

} // namespace parley
