#include "sip/dialog.h"

#include "sip/uri.h"

namespace parley::sip {

Request SipDialog::request(std::string_view method, std::uint32_t cseq) const
{
    Request result { std::string(method), remote_target };
    std::vector<std::string> routes = route_set;
    if (!routes.empty()) {
        const auto first = parse_name_addr(routes.front());
        if (first && find_parameter(first->uri.parameters, "lr") == nullptr) {
            // RFC 3261 12.2.1.1: a strict router takes its own URI from the request line.
            result.uri = first->uri.text;
            routes.erase(routes.begin());
            routes.push_back('<' + remote_target + '>');
        }
    }
    result.headers.add("Max-Forwards", "70");
    result.headers.add_all("Route", routes);
    result.headers.add("From", local);
    result.headers.add("To", remote);
    result.headers.add("Call-ID", call_id);
    result.headers.add("CSeq", std::to_string(cseq) + ' ' + std::string(method));
    return result;
}

Hop SipDialog::next_hop() const
{
    if (route_set.empty() && behind_nat)
        return peer;
    const auto route = route_set.empty() ? Result<NameAddr>(NameAddr {}) : parse_name_addr(route_set.front());
    const auto target = route_set.empty() ? parse_uri(remote_target) : (route ? route->uri : Result<Uri>(Uri {}));
    auto hop = target ? target->literal_hop(peer.transport) : std::nullopt;
    if (!hop)
        return peer;
    if (hop->transport == peer.transport && hop->address.ip == peer.address.ip) {
        hop->flow = peer.flow;
        hop->host = peer.host;
    }
    return *hop;
}

std::string SipDialog::key() const
{
    return dialog_key(call_id, local_tag, remote_tag);
}

std::string dialog_key(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag)
{
    std::string key(call_id);
    key += '\n';
    key += local_tag;
    key += '\n';
    key += remote_tag;
    return key;
}

} // namespace parley::sip
