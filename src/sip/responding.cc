#include "sip/responding.h"

#include "sip/uri.h"

#include <algorithm>

namespace parley::sip {
namespace {

void set_parameter(std::vector<Parameter>& parameters, std::string_view name, std::string value)
{
    const auto found
        = std::ranges::find_if(parameters, [&](const Parameter& one) { return same_word(one.name, name); });
    if (found != parameters.end())
        found->value = std::move(value);
    else
        parameters.push_back({ std::string(name), std::move(value) });
}

} // namespace

void mark_source(Request& request, const SocketAddress& source)
{
    const auto vias = request.headers.list("Via");
    auto top = parse_via(vias->front());
    const bool rport = find_parameter(top->parameters, "rport") != nullptr;
    if (rport || top->host != source.ip) // RFC 3261 18.2.1, RFC 3581 4
        set_parameter(top->parameters, "received", source.ip);
    if (rport)
        set_parameter(top->parameters, "rport", std::to_string(source.port));

    Headers headers;
    headers.add("Via", write(*top));
    for (std::size_t i = 1; i < vias->size(); ++i)
        headers.add("Via", (*vias)[i]);
    for (const Header& header : request.headers.fields())
        if (header.name != "Via")
            headers.add(header.name, header.value);
    request.headers = std::move(headers);
}

Hop response_destination(const Via& via, const Hop& source)
{
    if (!is_reliable(source.transport) && find_parameter(via.parameters, "rport") != nullptr)
        return source;
    Hop hop = source;
    hop.address.port = via.port.value_or(default_port(source.transport));
    return hop;
}

Response make_response(const Request& request, std::uint16_t status, std::string_view to_tag)
{
    Response response { status, std::string(reason_phrase(status)) };
    for (const Header& header : request.headers.fields()) {
        if (header.name == "Via" || header.name == "From" || header.name == "Call-ID" || header.name == "CSeq") {
            response.headers.add(header.name, header.value);
        } else if (header.name == "To") {
            const auto party = parse_name_addr(header.value);
            const bool tagged = party ? !party->tag().empty() : lower(header.value).find(";tag=") != std::string::npos;
            const bool needed = !tagged && status > 100 && !to_tag.empty();
            response.headers.add("To", needed ? header.value + ";tag=" + std::string(to_tag) : header.value);
        }
    }
    return response;
}

std::string stateless_tag(const Request& request)
{
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325; // FNV-1a
    for (const std::string_view name : { "Via", "From", "Call-ID", "CSeq" }) {
        const std::string* value = request.headers.find(name);
        for (const char c : value != nullptr ? *value : std::string()) {
            hash ^= static_cast<unsigned char>(c);
            hash *= 0x0000'0100'0000'01b3;
        }
    }
    static constexpr char digits[] = "0123456789abcdef";
    std::string tag;
    for (int shift = 60; shift >= 0; shift -= 4)
        tag += digits[(hash >> shift) & 0x0F];
    return tag;
}

} // namespace parley::sip
