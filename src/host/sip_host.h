#pragma once

#include "base/log.h"
#include "base/result.h"
#include "host/sip_connections.h"
#include "host/sip_locator.h"
#include "net/event_loop.h"
#include "net/udp_socket.h"
#include "sip/sip_endpoint.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

// The SIP endpoint on its sockets: messages in, messages out, one timer. Lives on the signal loop; knows nothing of who
// may call whom.
namespace parley {

class SipHost {
public:
    struct Options {
        SocketAddress listen = {};  // UDP and TCP.
        std::string public_ip = {}; // Written into Via and Contact; empty: the local one.
        Duration retry_after = 10s;
        Duration session_timer = 1'800s; // RFC 4028; zero: off.
        std::size_t max_legs = 2'000;
        std::optional<SipTls> tls = {};
        sdp::SoundPreferences sound = {};
        std::vector<IpNetwork> local_networks = {}; // Peers there are told the address that we listen on,
        std::string local_ip = {};                  // or this one.
        sip::AccessSettings access = {};            // Its nonces' key is made here.
        SipLocator::Options locator = {};
        sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
        sip::KeysOver keys_over = sip::KeysOver::tls;
        sip::Referrers referrers = sip::Referrers::trusted;
    };
    // What the endpoint says, except messages. Called inside `handle` and from the loop.
    using Listener = std::function<void(const sip::Command&)>;

    // An error says first whether it was `listen` or `tls`.
    static Result<std::unique_ptr<SipHost>> create(EventLoop&, const Options&, Log, Listener);

    // Commands for legs; also from inside the listener.
    void handle(sip::Event);

    // Where a call to this URI is sent (RFC 3263): for `DialSipLeg::servers`. Answers later, never inside this call.
    void locate(const std::string& uri, SipLocator::Located located) { locator_.locate(uri, std::move(located)); }

    // For TLS connections from now on. On failure the old certificate stays.
    [[nodiscard]] Result<void> set_identity(const TlsIdentity& identity) { return streams_->set_identity(identity); }

    [[nodiscard]] const SocketAddress& local() const { return socket_->local(); } // UDP and TCP.
    [[nodiscard]] std::optional<SocketAddress> local_tls() const { return streams_->tls(); }
    [[nodiscard]] const SocketAddress& advertised() const { return advertised_; }
    [[nodiscard]] const sip::SipEndpoint& endpoint() const { return *endpoint_; }
    [[nodiscard]] const SipConnections& connections() const { return *streams_; }

private:
    SipHost(EventLoop&, const Options&, Log, Listener);
    Result<void> listen(const Options&);
    void work();
    void carry_out(const sip::Command&);
    void send(const sip::SendMessage&);
    void log(const sip::RegistrationChanged&);
    void locate(const sip::LocateTrunk&);
    void locate(const sip::LocateTarget&);
    void set_timer();

    EventLoop& loop_;
    Log log_;
    Listener listener_;
    Timer timer_;
    SocketAddress advertised_;
    std::unique_ptr<sip::SipEndpoint> endpoint_;
    std::unique_ptr<UdpSocket> socket_;
    std::unique_ptr<SipConnections> streams_;
    SipLocator locator_;
    std::deque<sip::Event> waiting_; // Events that came while commands are carried out: those go first.
    bool working_ = false;
    std::uint64_t unsent_ = 0; // Datagrams that the kernel did not take; retransmissions replace them.
};

} // namespace parley
