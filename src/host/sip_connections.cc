#include "host/sip_connections.h"

#include "net/address.h"
#include "net/clock.h"

namespace parley {

SipConnections::SipConnections(EventLoop& loop, const Options& options, Log log, Events events)
    : loop_(loop)
    , options_(options)
    , log_(std::move(log))
    , events_(std::move(events))
{
}

Result<std::unique_ptr<SipConnections>> SipConnections::create(
    EventLoop& loop, const Options& options, Log log, Events events)
{
    std::unique_ptr<SipConnections> made(new SipConnections(loop, options, std::move(log), std::move(events)));
    if (auto listening = made->listen(); !listening)
        return std::move(listening.error());
    return made;
}

Result<void> SipConnections::listen()
{
    auto trust = make_client_tls(options_.tls ? options_.tls->trust : TlsTrust {});
    if (!trust)
        return Error { trust.error().kind, "tls: " + trust.error().what };
    client_tls_ = std::move(*trust);
    auto tcp = StreamServer::listen(loop_, { options_.tcp, {}, options_.limits }, stream_events(sip::Transport::tcp));
    if (!tcp)
        return Error { tcp.error().kind, "listen: " + tcp.error().what };
    tcp_ = std::move(*tcp);
    if (!options_.tls)
        return {};
    auto tls = StreamServer::listen(
        loop_, { options_.tls->listen, options_.tls->identity, options_.limits }, stream_events(sip::Transport::tls));
    if (!tls)
        return Error { tls.error().kind, "tls: " + tls.error().what };
    tls_ = std::move(*tls);
    return {};
}

StreamEvents SipConnections::stream_events(sip::Transport transport)
{
    return {
        [this, transport](Stream& stream) {
            const auto known = numbers_.find(&stream);
            Flow& flow = known != numbers_.end() ? flows_.at(known->second)
                                                 : add(stream, sip::Hop { stream.peer(), transport });
            flow.open = true;
        },
        [this](Stream& stream, std::string_view bytes) { received(flows_.at(numbers_.at(&stream)), bytes); },
        [this](Stream& stream, const std::string& why) { closed(stream, why); },
    };
}

void SipConnections::send(std::string message, const sip::Hop& hop)
{
    Flow* flow = find(hop);
    if (flow == nullptr)
        flow = open(hop);
    if (flow == nullptr)
        events_.not_sent(hop);
    else
        flow->stream->send(std::move(message));
}

SipConnections::Flow* SipConnections::find(const sip::Hop& hop)
{
    if (const auto flow = flows_.find(hop.flow); flow != flows_.end())
        return &flow->second;
    const auto opened = opened_.find(target_of(hop));
    return opened == opened_.end() ? nullptr : &flows_.at(opened->second);
}

SipConnections::Flow* SipConnections::open(const sip::Hop& hop)
{
    if (opened_.size() >= options_.max_opened || hop.address.port == 0)
        return nullptr;
    StreamClient::Options options { hop.address, {}, {}, options_.limits };
    if (hop.transport == sip::Transport::tls) {
        options.tls = client_tls_;
        options.name = hop.host.empty() ? hop.address.ip : hop.host;
    }
    auto client = StreamClient::connect(loop_, options, stream_events(hop.transport));
    Flow& flow = add(client->stream(), hop);
    flow.client = std::move(client);
    opened_[target_of(hop)] = flow.remote.flow;
    return &flow;
}

SipConnections::Flow& SipConnections::add(Stream& stream, sip::Hop remote)
{
    remote.flow = ++last_flow_;
    numbers_.emplace(&stream, remote.flow);
    Flow& flow = flows_[remote.flow];
    flow.stream = &stream;
    flow.remote = std::move(remote);
    flow.patience = std::make_unique<Timer>(loop_);
    return flow;
}

void SipConnections::received(Flow& flow, std::string_view bytes)
{
    sip::StreamFramer::Output found;
    const auto taken = flow.framer.take(bytes, found);
    std::string pongs;
    for (std::size_t i = 0; i < found.pings; ++i)
        pongs += sip::StreamFramer::pong;
    flow.stream->send(std::move(pongs));
    for (std::string& message : found.messages)
        events_.received(std::move(message), flow.remote);
    if (!taken) {
        flow.stream->close("no SIP: " + taken.error().what);
        return;
    }
    if (!flow.framer.within_message())
        flow.patience->cancel();
    else if (!found.messages.empty() || !flow.patience->pending())
        flow.patience->set(now() + options_.message_patience,
            [stream = flow.stream] { stream->close("a message that does not end"); });
}

void SipConnections::closed(Stream& stream, const std::string& why)
{
    const auto number = numbers_.find(&stream);
    const auto kept = flows_.extract(number->second); // Its client has to live until we return.
    const Flow& flow = kept.mapped();
    if (flow.client)
        opened_.erase(target_of(flow.remote));
    numbers_.erase(number);
    log_.debug("SIP connection closed",
        { { "peer", to_string(flow.remote.address) }, { "transport", sip::via_name(flow.remote.transport) },
            { "why", why } });
    if (!flow.open)
        log_.warning("SIP connection not opened",
            { { "to", to_string(flow.remote.address) }, { "transport", sip::via_name(flow.remote.transport) },
                { "error", why } });
    (flow.open ? events_.lost : events_.not_sent)(flow.remote);
}

Result<void> SipConnections::set_identity(const TlsIdentity& identity)
{
    if (!tls_)
        return Error { ErrorKind::invalid_request, "sip.tls is not configured" };
    return tls_->set_identity(identity);
}

std::optional<SocketAddress> SipConnections::tls() const
{
    return tls_ ? std::optional(tls_->local()) : std::nullopt;
}

} // namespace parley
