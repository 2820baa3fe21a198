#include "sip/transaction_layer.h"

#include <algorithm>
#include <utility>

namespace parley::sip {
namespace {

// RFC 3261 17.1.3: branch and method of CSeq.
std::string client_key(const std::string& branch, std::string_view method)
{
    return branch + '\n' + std::string(method);
}

// RFC 3261 17.2.3. An ACK belongs to its INVITE. Without the magic cookie (RFC 2543) the fields that the RFC lists take
// the place of the branch.
std::string server_key(const Request& request, const Envelope& envelope, std::string_view method)
{
    const std::string_view matched = method == "ACK" ? "INVITE" : method;
    std::string branch = envelope.via.branch();
    if (!branch.starts_with(magic_cookie) || branch.size() == magic_cookie.size()) {
        branch += '\n' + request.uri + '\n' + envelope.call_id + '\n' + envelope.from.tag() + '\n'
            + std::to_string(envelope.cseq.number);
    }
    return branch + '\n' + envelope.via.sent_by() + '\n' + std::string(matched);
}

std::string merge_key(const Envelope& envelope)
{
    return envelope.from.tag() + '\n' + envelope.call_id + '\n' + std::to_string(envelope.cseq.number) + '\n'
        + envelope.cseq.method;
}

ClientEvent event_of(std::uint16_t status)
{
    if (status < 200)
        return ClientEvent::provisional;
    return status < 300 ? ClientEvent::success : ClientEvent::failure;
}

ServerEvent answer_of(std::uint16_t status)
{
    if (status < 200)
        return ServerEvent::give_provisional;
    return status < 300 ? ServerEvent::give_success : ServerEvent::give_failure;
}

// RFC 3261 17.1.1.3: the ACK of a failure is part of its INVITE's transaction.
std::string write_ack(const Request& invite, const Response& response)
{
    Request ack { "ACK", invite.uri };
    for (const Header& header : invite.headers.fields()) {
        if (header.name == "To")
            ack.headers.add("To", *response.headers.find("To"));
        else if (header.name == "CSeq")
            ack.headers.add("CSeq", header.value.substr(0, header.value.find(' ')) + " ACK");
        else if (header.name == "Via" || header.name == "From" || header.name == "Call-ID"
            || header.name == "Max-Forwards" || header.name == "Route")
            ack.headers.add(header.name, header.value);
    }
    return write(ack);
}

// The same request as it goes over another transport.
void set_via_transport(Request& request, Transport transport)
{
    Headers headers;
    bool first = true;
    for (const Header& header : request.headers.fields()) {
        auto via = first && header.name == "Via" ? parse_via(header.value) : Result<Via>(Via {});
        if (first && header.name == "Via" && via) {
            via->transport = via_name(transport);
            headers.add("Via", write(*via));
            first = false;
        } else {
            headers.add(header.name, header.value);
        }
    }
    request.headers = std::move(headers);
}

} // namespace

TransactionId TransactionLayer::send(Request request, Hop destination, LegNumber leg, Instant now, LayerOutput& out)
{
    const TransactionId id = ++last_;
    std::string bytes = write(request);
    std::string datagram;
    if (destination.transport == Transport::udp && bytes.size() > max_datagram_) {
        datagram = std::move(bytes);
        destination.transport = Transport::tcp;
        set_via_transport(request, Transport::tcp);
        bytes = write(request);
    }
    const auto via = parse_via(*request.headers.find("Via"));
    std::string key = client_key(via->branch(), request.method);
    request.body.clear();
    out.packets.push_back({ bytes, destination });
    kept_bytes_ += bytes.size() + datagram.size();
    client_keys_.emplace(key, id);
    if (request.method == "INVITE") {
        clients_.emplace(id,
            Client { InviteClientTransaction(timers_, now, destination.transport), std::move(key), std::move(request),
                std::move(bytes), std::move(destination), leg, std::move(datagram) });
    } else {
        clients_.emplace(id,
            Client { NonInviteClientTransaction(timers_, now, destination.transport), std::move(key),
                std::move(request), std::move(bytes), std::move(destination), leg, std::move(datagram) });
    }
    settle_client(id, out);
    return id;
}

std::optional<TransactionLayer::Delivery> TransactionLayer::receive(
    const Response& response, const Envelope& envelope, Instant now, LayerOutput& out)
{
    const auto found = client_keys_.find(client_key(envelope.via.branch(), envelope.cseq.method));
    if (found == client_keys_.end())
        return {};
    const TransactionId id = found->second;
    const Delivery delivery { id, clients_.at(id).leg };
    if (!step_client(id, event_of(response.status), &response, now, out))
        return {};
    return delivery;
}

void TransactionLayer::drop_client(TransactionId id, LayerOutput& out)
{
    const auto found = clients_.find(id);
    if (found == clients_.end())
        return;
    out.news.push_back({ id, found->second.leg, ClientNews::Kind::gone });
    kept_bytes_ -= found->second.bytes.size() + found->second.datagram.size();
    client_keys_.erase(found->second.key);
    clients_.erase(found);
    schedule_.set(id, {});
}

bool TransactionLayer::is_open(TransactionId id) const
{
    return clients_.contains(id) || servers_.contains(id);
}

bool TransactionLayer::absorb(const Request& request, const Envelope& envelope, Instant now, LayerOutput& out)
{
    const auto found = server_keys_.find(server_key(request, envelope, request.method));
    if (found == server_keys_.end())
        return false;
    const bool ack = request.method == "ACK";
    const bool to_user = step_server(found->second, ack ? ServerEvent::ack : ServerEvent::request, now, out);
    return !to_user;
}

bool TransactionLayer::is_merged(const Envelope& envelope) const
{
    return merge_keys_.contains(merge_key(envelope));
}

TransactionId TransactionLayer::open_server(const Request& request, const Envelope& envelope, Hop response_destination)
{
    const TransactionId id = ++last_;
    std::string key = server_key(request, envelope, request.method);
    std::string merge = envelope.within_dialog() ? std::string() : merge_key(envelope);
    server_keys_.emplace(key, id);
    if (!merge.empty())
        merge_keys_.emplace(merge, id);
    if (request.method == "INVITE") {
        servers_.emplace(id,
            Server { InviteServerTransaction(timers_, response_destination.transport), std::move(key), std::move(merge),
                {}, std::move(response_destination) });
    } else {
        servers_.emplace(id,
            Server { NonInviteServerTransaction(timers_, response_destination.transport), std::move(key),
                std::move(merge), {}, std::move(response_destination) });
    }
    return id;
}

void TransactionLayer::respond(TransactionId id, const Response& response, Instant now, LayerOutput& out)
{
    const auto found = servers_.find(id);
    if (found == servers_.end())
        return; // Its timers ran out; nobody waits for this response any more.
    kept_bytes_ -= found->second.bytes.size();
    found->second.bytes = write(response);
    kept_bytes_ += found->second.bytes.size();
    step_server(id, answer_of(response.status), now, out);
}

std::optional<TransactionId> TransactionLayer::find_cancelled(const Request& cancel, const Envelope& envelope) const
{
    const auto found = server_keys_.find(server_key(cancel, envelope, "INVITE"));
    return found == server_keys_.end() ? std::nullopt : std::optional(found->second);
}

void TransactionLayer::fail_transport(const Hop& destination, Instant now, LayerOutput& out)
{
    std::vector<TransactionId> clients;
    for (const auto& [id, client] : clients_)
        if (same_way(client.destination, destination))
            clients.push_back(id);
    for (const TransactionId id : clients)
        step_client(id, ClientEvent::transport_error, nullptr, now, out);
    std::vector<TransactionId> servers;
    for (const auto& [id, server] : servers_)
        if (same_way(server.destination, destination))
            servers.push_back(id);
    for (const TransactionId id : servers)
        step_server(id, ServerEvent::transport_error, now, out);
}

void TransactionLayer::lose_flow(const Hop& flow, Instant now, LayerOutput& out)
{
    std::vector<TransactionId> unanswered;
    for (const auto& [id, client] : clients_)
        if (same_way(client.destination, flow)
            && std::visit([](const auto& machine) { return machine.unanswered(); }, client.machine))
            unanswered.push_back(id);
    for (const TransactionId id : unanswered)
        step_client(id, ClientEvent::transport_error, nullptr, now, out);
}

void TransactionLayer::handle_timeout(Instant now, LayerOutput& out)
{
    const auto id = schedule_.due(now);
    if (!id)
        return;
    if (const auto client = clients_.find(*id); client != clients_.end()) {
        ClientActions actions;
        std::visit([&](auto& machine) { machine.handle_timeout(now, actions); }, client->second.machine);
        act(actions, *id, client->second, nullptr, out);
        settle_client(*id, out);
        return;
    }
    auto& server = servers_.at(*id);
    ServerActions actions;
    std::visit([&](auto& machine) { machine.handle_timeout(now, actions); }, server.machine);
    act(actions, server, false, out);
    settle_server(*id);
}

bool TransactionLayer::fall_back_to_udp(TransactionId id, Instant now, LayerOutput& out)
{
    Client& client = clients_.at(id);
    const bool unanswered = std::visit([](const auto& machine) { return machine.unanswered(); }, client.machine);
    if (client.datagram.empty() || !unanswered)
        return false;
    kept_bytes_ -= client.bytes.size();
    client.bytes = std::exchange(client.datagram, {});
    client.destination.transport = Transport::udp;
    set_via_transport(client.request, Transport::udp);
    out.packets.push_back({ client.bytes, client.destination });
    if (client.request.method == "INVITE")
        client.machine.emplace<InviteClientTransaction>(timers_, now);
    else
        client.machine.emplace<NonInviteClientTransaction>(timers_, now);
    settle_client(id, out);
    return true;
}

bool TransactionLayer::step_client(
    TransactionId id, ClientEvent event, const Response* response, Instant now, LayerOutput& out)
{
    if (event == ClientEvent::transport_error && fall_back_to_udp(id, now, out))
        return false;
    Client& client = clients_.at(id);
    ClientActions actions;
    std::visit([&](auto& machine) { machine.handle(event, now, actions); }, client.machine);
    const bool deliver = act(actions, id, client, response, out);
    settle_client(id, out);
    return deliver;
}

bool TransactionLayer::step_server(TransactionId id, ServerEvent event, Instant now, LayerOutput& out)
{
    Server& server = servers_.at(id);
    ServerActions actions;
    std::visit([&](auto& machine) { machine.handle(event, now, actions); }, server.machine);
    const bool given = event == ServerEvent::give_provisional || event == ServerEvent::give_success
        || event == ServerEvent::give_failure;
    const bool to_user = act(actions, server, given, out);
    settle_server(id);
    return to_user;
}

bool TransactionLayer::act(
    const ClientActions& actions, TransactionId id, const Client& client, const Response* response, LayerOutput& out)
{
    bool deliver = false;
    for (const ClientAction action : actions) {
        switch (action) {
        case ClientAction::send_request:
            out.packets.push_back({ client.bytes, client.destination });
            ++out.retransmissions;
            break;
        case ClientAction::send_ack:
            out.packets.push_back({ write_ack(client.request, *response), client.destination });
            break;
        case ClientAction::deliver: deliver = true; break;
        case ClientAction::report_timeout: out.news.push_back({ id, client.leg, ClientNews::Kind::timed_out }); break;
        case ClientAction::report_transport_error:
            out.news.push_back({ id, client.leg, ClientNews::Kind::transport_error });
            break;
        }
    }
    return deliver;
}

bool TransactionLayer::act(const ServerActions& actions, const Server& server, bool first, LayerOutput& out)
{
    bool to_user = false;
    for (const ServerAction action : actions) {
        switch (action) {
        case ServerAction::send_response:
            if (server.bytes.empty())
                break;
            out.packets.push_back({ server.bytes, server.destination });
            out.retransmissions += first ? 0 : 1;
            break;
        case ServerAction::deliver_ack: to_user = true; break;
        case ServerAction::report_timeout:
        case ServerAction::report_transport_error:
            break; // The leg of a refused INVITE is over already, and a leg that was answered waits for its ACK by
                   // itself.
        }
    }
    return to_user;
}

void TransactionLayer::settle_client(TransactionId id, LayerOutput& out)
{
    const auto found = clients_.find(id);
    const auto& machine = found->second.machine;
    if (!std::visit([](const auto& m) { return m.terminated(); }, machine)) {
        schedule_.set(id, std::visit([](const auto& m) { return m.deadline(); }, machine));
        return;
    }
    drop_client(id, out);
}

void TransactionLayer::settle_server(TransactionId id)
{
    const auto found = servers_.find(id);
    const auto& machine = found->second.machine;
    if (!std::visit([](const auto& m) { return m.terminated(); }, machine)) {
        schedule_.set(id, std::visit([](const auto& m) { return m.deadline(); }, machine));
        return;
    }
    kept_bytes_ -= found->second.bytes.size();
    server_keys_.erase(found->second.key);
    if (!found->second.merge_key.empty())
        merge_keys_.erase(found->second.merge_key);
    servers_.erase(found);
    schedule_.set(id, {});
}

} // namespace parley::sip
