#include "host/sip_host.h"

#include "base/hashes.h"
#include "net/address.h"
#include "net/clock.h"

namespace parley {

SipHost::SipHost(EventLoop& loop, const Options& options, Log log, Listener listener)
    : loop_(loop)
    , log_(std::move(log))
    , listener_(std::move(listener))
    , timer_(loop)
    , locator_(loop, options.locator, IdSource::random())
{
}

Result<std::unique_ptr<SipHost>> SipHost::create(EventLoop& loop, const Options& options, Log log, Listener listener)
{
    std::unique_ptr<SipHost> host(new SipHost(loop, options, log, std::move(listener)));
    if (auto listening = host->listen(options); !listening)
        return std::move(listening.error());
    const auto reachable = [&](SocketAddress address) {
        if (!options.public_ip.empty())
            address.ip = options.public_ip;
        return address;
    };
    host->advertised_ = reachable(host->socket_->local());
    sip::SipEndpointSettings settings;
    settings.local = host->advertised_;
    if (const auto tls = host->streams_->tls())
        settings.local_tls = reachable(*tls);
    settings.retry_after = options.retry_after;
    settings.session_interval = options.session_timer;
    settings.limits.max_legs = options.max_legs;
    settings.sound = options.sound;
    settings.local_networks = options.local_networks;
    settings.inner_ip = options.local_ip.empty() ? host->socket_->local().ip : options.local_ip;
    settings.access = options.access;
    settings.access->digest.key = random_secret(32);
    settings.access->registration.product = settings.product;
    settings.srtp = options.srtp;
    settings.keys_over = options.keys_over;
    settings.referrers = options.referrers;
    host->endpoint_ = std::make_unique<sip::SipEndpoint>(std::move(settings), IdSource::random(), log);
    return host;
}

// RFC 3261 18.2.1: UDP and TCP on the same port. One that the kernel chose for UDP may be taken for TCP; then another.
Result<void> SipHost::listen(const Options& options)
{
    constexpr int attempts = 20;
    for (int i = 0;; ++i) {
        auto socket = UdpSocket::bind(
            loop_, options.listen, [this](std::span<const std::byte> bytes, const SocketAddress& source, Instant) {
                handle(sip::MessageReceived { { reinterpret_cast<const char*>(bytes.data()), bytes.size() }, source });
            });
        if (!socket)
            return Error { socket.error().kind, "listen: " + socket.error().what };
        auto streams = SipConnections::create(loop_, { .tcp = (*socket)->local(), .tls = options.tls }, log_,
            { [this](std::string message, const sip::Hop& source) {
                 handle(sip::MessageReceived { std::move(message), source });
             },
                [this](const sip::Hop& hop) { handle(sip::MessageNotSent { hop }); },
                [this](const sip::Hop& flow) { handle(sip::FlowLost { flow }); } });
        if (streams) {
            socket_ = std::move(*socket);
            streams_ = std::move(*streams);
            return {};
        }
        const bool again = options.listen.port == 0 && streams.error().kind == ErrorKind::conflict && i < attempts;
        if (!again)
            return std::move(streams.error());
    }
}

void SipHost::handle(sip::Event event)
{
    loop_.assert_on_thread();
    waiting_.push_back(std::move(event));
    if (!working_)
        work();
}

void SipHost::work()
{
    working_ = true;
    sip::Commands out;
    endpoint_->handle_timeout(now(), out);
    while (true) {
        for (const sip::Command& command : out)
            carry_out(command);
        out.clear();
        if (waiting_.empty())
            break;
        endpoint_->handle(waiting_.front(), now(), out);
        waiting_.pop_front();
    }
    working_ = false;
    set_timer();
}

void SipHost::carry_out(const sip::Command& command)
{
    if (const auto* message = std::get_if<sip::SendMessage>(&command))
        send(*message);
    else if (const auto* trunk = std::get_if<sip::LocateTrunk>(&command))
        locate(*trunk);
    else if (const auto* target = std::get_if<sip::LocateTarget>(&command))
        locate(*target);
    else if (const auto* changed = std::get_if<sip::RegistrationChanged>(&command))
        log(*changed);
    else
        listener_(command);
}

void SipHost::locate(const sip::LocateTrunk& command)
{
    locator_.locate(command.uri, [this, trunk = command.trunk, uri = command.uri](Result<sip::Hops> hops) {
        if (!hops)
            log_.warning("trunk not located", { { "trunk", trunk }, { "error", hops.error().what } });
        handle(sip::TrunkLocated { trunk, hops ? std::move(*hops) : sip::Hops {}, uri });
    });
}

void SipHost::locate(const sip::LocateTarget& command)
{
    locator_.locate(command.uri, [this, leg = command.leg](Result<sip::Hops> hops) {
        if (!hops)
            log_.info("redirection leads nowhere", { { "leg", leg }, { "error", hops.error().what } });
        handle(sip::TargetLocated { leg, hops ? std::move(*hops) : sip::Hops {} });
    });
}

void SipHost::send(const sip::SendMessage& message)
{
    if (message.destination.transport != sip::Transport::udp) {
        streams_->send(message.bytes, message.destination);
        return;
    }
    const SocketAddress& to = message.destination.address;
    const auto sent = socket_->send_to(std::as_bytes(std::span(message.bytes.data(), message.bytes.size())), to);
    if (sent)
        return;
    // Like a datagram lost on the wire, and as often: only the first of a row is worth a line.
    if (unsent_++ % 1'000 == 0)
        log_.warning("SIP datagram not sent",
            { { "to", to_string(to) }, { "error", sent.error().what }, { "unsent", unsent_ } });
}

void SipHost::log(const sip::RegistrationChanged& changed)
{
    const sip::RegistrationStatus& status = changed.status;
    const auto server = status.server ? to_string(status.server->address) : std::string();
    if (status.state == sip::RegistrationState::failed)
        log_.warning(
            "trunk not registered", { { "trunk", status.trunk }, { "why", status.detail }, { "server", server } });
    else
        log_.info("trunk registration changed",
            { { "trunk", status.trunk }, { "state", to_string(status.state) }, { "server", server } });
}

void SipHost::set_timer()
{
    if (const auto deadline = endpoint_->deadline())
        timer_.set(*deadline, [this] { work(); });
    else
        timer_.cancel();
}

} // namespace parley
