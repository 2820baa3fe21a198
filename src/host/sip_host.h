#pragma once

#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "net/udp_socket.h"
#include "sip/sip_endpoint.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>

// The SIP endpoint on its socket: datagrams in, datagrams out, one timer. Lives on the signal loop; knows nothing of
// who may call whom.
namespace parley {

class SipHost {
public:
    struct Options {
        SocketAddress listen;
        std::string public_ip; // Written into Via and Contact; empty: the local one.
        Duration retry_after = 10s;
        std::size_t max_legs = 2'000;
    };
    // What the endpoint says, except datagrams. Called inside `handle` and from the loop.
    using Listener = std::function<void(const sip::Command&)>;

    static Result<std::unique_ptr<SipHost>> create(EventLoop&, const Options&, Log, Listener);

    // Commands for legs; also from inside the listener.
    void handle(sip::Event);

    [[nodiscard]] const SocketAddress& local() const { return socket_->local(); }
    [[nodiscard]] const SocketAddress& advertised() const { return advertised_; }
    [[nodiscard]] const sip::SipEndpoint& endpoint() const { return *endpoint_; }

private:
    SipHost(EventLoop&, Log, Listener);
    void work();
    void send(const sip::SendMessage&);
    void set_timer();

    EventLoop& loop_;
    Log log_;
    Listener listener_;
    Timer timer_;
    SocketAddress advertised_;
    std::unique_ptr<sip::SipEndpoint> endpoint_;
    std::unique_ptr<UdpSocket> socket_;
    std::deque<sip::Event> waiting_; // Events that came while commands are carried out: those go first.
    bool working_ = false;
    std::uint64_t unsent_ = 0; // Datagrams that the kernel did not take; retransmissions replace them.
};

} // namespace parley
