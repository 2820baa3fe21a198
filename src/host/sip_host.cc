#include "host/sip_host.h"

#include "net/address.h"
#include "net/clock.h"

namespace parley {

SipHost::SipHost(EventLoop& loop, Log log, Listener listener)
    : loop_(loop)
    , log_(std::move(log))
    , listener_(std::move(listener))
    , timer_(loop)
{
}

Result<std::unique_ptr<SipHost>> SipHost::create(EventLoop& loop, const Options& options, Log log, Listener listener)
{
    std::unique_ptr<SipHost> host(new SipHost(loop, log, std::move(listener)));
    auto socket = UdpSocket::bind(loop, options.listen,
        [raw = host.get()](std::span<const std::byte> bytes, const SocketAddress& source, Instant) {
            raw->handle(sip::MessageReceived { { reinterpret_cast<const char*>(bytes.data()), bytes.size() }, source });
        });
    if (!socket)
        return socket.error();
    host->socket_ = std::move(*socket);
    host->advertised_ = host->socket_->local();
    if (!options.public_ip.empty())
        host->advertised_.ip = options.public_ip;
    sip::SipEndpointSettings settings;
    settings.local = host->advertised_;
    settings.retry_after = options.retry_after;
    settings.limits.max_legs = options.max_legs;
    host->endpoint_ = std::make_unique<sip::SipEndpoint>(std::move(settings), IdSource::random(), log);
    return host;
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
        for (const sip::Command& command : out) {
            if (const auto* datagram = std::get_if<sip::SendMessage>(&command))
                send(*datagram);
            else
                listener_(command);
        }
        out.clear();
        if (waiting_.empty())
            break;
        endpoint_->handle(waiting_.front(), now(), out);
        waiting_.pop_front();
    }
    working_ = false;
    set_timer();
}

void SipHost::send(const sip::SendMessage& datagram)
{
    const auto sent = socket_->send_to(
        std::as_bytes(std::span(datagram.bytes.data(), datagram.bytes.size())), datagram.destination.address);
    if (sent)
        return;
    // Like a datagram lost on the wire, and as often: only the first of a row is worth a line.
    if (unsent_++ % 1'000 == 0)
        log_.warning("SIP datagram not sent",
            { { "to", to_string(datagram.destination.address) }, { "error", sent.error().what },
                { "unsent", unsent_ } });
}

void SipHost::set_timer()
{
    if (const auto deadline = endpoint_->deadline())
        timer_.set(*deadline, [this] { work(); });
    else
        timer_.cancel();
}

} // namespace parley
