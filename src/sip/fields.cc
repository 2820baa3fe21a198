#include "sip/fields.h"

#include <algorithm>

namespace parley::sip {
namespace {

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

constexpr std::uint64_t cseq_limit = 0x7FFF'FFFF; // RFC 3261 8.1.1.5
constexpr std::uint64_t max_forwards_limit = 255; // RFC 3261 20.22

// Takes `SIP / 2.0 / UDP` off the front: three tokens with slashes, blanks allowed around them.
bool take_sent_protocol(std::string_view& text, Via& via)
{
    std::string_view parts[3];
    for (std::size_t i = 0; i < 3; ++i) {
        text = trim(text);
        const auto end = i < 2 ? text.find('/') : text.find_first_of(" \t");
        if (end == std::string_view::npos)
            return false;
        parts[i] = trim(text.substr(0, end));
        text.remove_prefix(i < 2 ? end + 1 : end);
    }
    if (!same_word(parts[0], "SIP") || !is_token(parts[1]) || !is_token(parts[2]))
        return false;
    via.version = parts[1];
    via.transport = parts[2];
    return true;
}

bool read_sent_by(std::string_view text, Via& via)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos)
            return false;
        via.host = text.substr(1, end - 1);
        port = trim(text.substr(end + 1));
        if (!is_ipv6(via.host))
            return false;
    } else {
        const auto colon = text.find(':');
        via.host = trim(text.substr(0, colon));
        port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
        if (!is_token(via.host))
            return false;
    }
    if (port.empty())
        return true;
    const auto number = port.front() == ':' ? parse_number(trim(port.substr(1)), 65'535) : std::nullopt;
    if (!number || *number == 0)
        return false;
    via.port = static_cast<std::uint16_t>(*number);
    return true;
}

Result<NameAddr> read_party(const Headers& headers, std::string_view name)
{
    if (headers.count(name) != 1)
        return bad(std::string(name));
    auto party = parse_name_addr(*headers.find(name));
    if (!party)
        return bad(std::string(name) + ": " + party.error().what);
    return party;
}

// RFC 3261 20.1: without the field, or with an empty one in an INVITE, SDP is what is understood.
bool takes_sdp(const Headers& headers)
{
    const auto types = headers.list("Accept");
    if (!types || types->empty())
        return true;
    return std::ranges::any_of(*types, [](const std::string& type) {
        const std::string_view name = trim(std::string_view(type).substr(0, type.find(';')));
        return same_word(name, "application/sdp") || same_word(name, "application/*") || name == "*/*";
    });
}

} // namespace

std::string Via::branch() const
{
    const Parameter* parameter = find_parameter(parameters, "branch");
    return parameter != nullptr ? parameter->value.value_or("") : "";
}

std::string Via::sent_by() const
{
    return lower(host) + ':' + std::to_string(port.value_or(5060));
}

Result<Via> parse_via(std::string_view text)
{
    Via via;
    if (!take_sent_protocol(text, via))
        return bad("Via protocol");
    text = trim(text);
    const auto semicolon = std::min(text.find(';'), text.size());
    if (!read_sent_by(trim(text.substr(0, semicolon)), via))
        return bad("Via sent-by");
    auto parameters = parse_parameters(text.substr(semicolon));
    if (!parameters)
        return bad("Via parameters");
    via.parameters = std::move(*parameters);
    return via;
}

std::string write(const Via& via)
{
    std::string text
        = "SIP/" + via.version + '/' + via.transport + ' ' + (is_ipv6(via.host) ? '[' + via.host + ']' : via.host);
    if (via.port)
        text += ':' + std::to_string(*via.port);
    for (const Parameter& parameter : via.parameters) {
        text += ';' + parameter.name;
        if (!parameter.value)
            continue;
        const bool plain = is_token(*parameter.value) || is_ipv6(*parameter.value);
        text += '=' + (plain ? *parameter.value : quote(*parameter.value));
    }
    return text;
}

Result<CSeq> parse_cseq(std::string_view text)
{
    const auto space = std::min(text.find_first_of(" \t"), text.size());
    const auto number = parse_number(text.substr(0, space), cseq_limit);
    const std::string_view method = trim(text.substr(space));
    if (!number || !is_token(method))
        return bad("CSeq");
    return CSeq { static_cast<std::uint32_t>(*number), std::string(method) };
}

Result<Via> read_return_path(const Headers& headers)
{
    for (const std::string_view name : { "From", "To", "Call-ID", "CSeq" })
        if (headers.count(name) != 1)
            return bad(std::string(name));
    auto vias = headers.list("Via");
    if (!vias)
        return std::move(vias.error());
    if (vias->empty() || vias->size() > max_via)
        return bad("Via");
    return parse_via(vias->front());
}

Result<Envelope> read_envelope(const Headers& headers)
{
    Envelope envelope;
    auto via = read_return_path(headers);
    if (!via)
        return std::move(via.error());
    auto from = read_party(headers, "From");
    if (!from)
        return std::move(from.error());
    auto to = read_party(headers, "To");
    if (!to)
        return std::move(to.error());
    auto cseq = parse_cseq(*headers.find("CSeq"));
    if (!cseq)
        return std::move(cseq.error());
    envelope.call_id = *headers.find("Call-ID");
    if (envelope.call_id.empty() || envelope.call_id.find_first_of(" \t") != std::string::npos)
        return bad("Call-ID");
    envelope.via = std::move(*via);
    envelope.from = std::move(*from);
    envelope.to = std::move(*to);
    envelope.cseq = std::move(*cseq);
    return envelope;
}

std::optional<Defect> find_defect(const Request& request, const Envelope& envelope, Transport transport)
{
    if (request.version != "SIP/2.0") {
        const bool other_version = request.version.size() == 7 && request.version[5] == '.';
        return other_version ? Defect { 505, {} } : Defect { 400, "request line" };
    }
    const auto uri = parse_uri(request.uri);
    if (!uri)
        return Defect { 400, "Request-URI" };
    const bool broken_promise = uri->is_secure() && transport != Transport::tls; // RFC 3261 19.1: sips: is TLS.
    if (broken_promise || (!uri->is_sip() && uri->scheme != "tel"))
        return Defect { 416, {} };
    if (envelope.cseq.method != request.method)
        return Defect { 400, "CSeq method" };
    if (request.method == "INVITE" && !takes_sdp(request.headers))
        return Defect { 406, {} };
    if (const std::string* max_forwards = request.headers.find("Max-Forwards")) {
        const auto hops = parse_number(*max_forwards, max_forwards_limit);
        if (!hops || request.headers.count("Max-Forwards") > 1)
            return Defect { 400, "Max-Forwards" };
        // RFC 3261 16.3 speaks of proxies; the endpoint of a loop that counted down says the same. OPTIONS is for the
        // hop at which it reaches zero (11).
        if (*hops == 0 && request.method == "INVITE" && !envelope.within_dialog())
            return Defect { 483, {} };
    }
    return {};
}

Result<NameAddr> read_contact(const Headers& headers)
{
    auto values = headers.list("Contact");
    if (!values)
        return std::move(values.error());
    if (values->size() != 1)
        return bad("Contact");
    auto contact = parse_name_addr(values->front());
    if (!contact)
        return bad("Contact: " + contact.error().what);
    if (!contact->uri.is_sip())
        return bad("Contact scheme");
    return contact;
}

Result<std::vector<std::string>> read_record_route(const Headers& headers)
{
    auto routes = headers.list("Record-Route");
    if (!routes)
        return std::move(routes.error());
    if (routes->size() > max_route_set)
        return bad("Record-Route has too many values");
    for (const std::string& route : *routes) {
        auto address = parse_name_addr(route);
        if (!address || route.find('<') == std::string::npos)
            return bad("Record-Route");
    }
    return routes;
}

} // namespace parley::sip
