#include "sip/uri.h"

#include <algorithm>

namespace parley::sip {
namespace {

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

std::optional<int> hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return {};
}

std::optional<std::string> unescape(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (i + 2 >= text.size())
            return {};
        const auto high = hex_digit(text[i + 1]);
        const auto low = hex_digit(text[i + 2]);
        if (!high || !low)
            return {};
        result += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return result;
}

// RFC 3261 25.1: unreserved and user-unreserved.
bool is_user_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || std::string_view("-_.!~*'()&=+$,;?/").find(c) != std::string_view::npos;
}

bool is_uri_character(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F && std::string_view("<>\"\\^`{|}").find(c) == std::string_view::npos;
}

bool is_host_name(std::string_view text)
{
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.'
            || c == '_';
    });
}

// host [ ":" port ]
bool read_host(std::string_view text, Uri& uri)
{
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos)
            return false;
        uri.host = text.substr(1, end - 1);
        if (!is_ipv6(uri.host))
            return false;
        port = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        uri.host = text.substr(0, colon);
        if (!is_host_name(uri.host))
            return false;
        port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (port.empty())
        return true;
    const auto number = port.front() == ':' ? parse_number(port.substr(1), 65'535) : std::nullopt;
    if (!number || *number == 0)
        return false;
    uri.port = static_cast<std::uint16_t>(*number);
    return true;
}

// Parameters of a URI know more characters than those of a header: []/:&+$ and escapes.
bool read_parameters(std::string_view text, Uri& uri)
{
    while (!text.empty()) {
        text.remove_prefix(1); // ';'
        const auto end = std::min(text.find(';'), text.size());
        const std::string_view part = text.substr(0, end);
        const auto equals = part.find('=');
        const auto name = unescape(part.substr(0, equals));
        if (!name || name->empty())
            return false;
        Parameter parameter { *name, {} };
        if (equals != std::string_view::npos) {
            parameter.value = unescape(part.substr(equals + 1));
            if (!parameter.value)
                return false;
        }
        uri.parameters.push_back(std::move(parameter));
        text.remove_prefix(end);
    }
    return true;
}

Result<Uri> read_sip(std::string_view rest, Uri uri)
{
    const auto at = rest.find('@');
    if (at != std::string_view::npos) {
        const std::string_view user_info = rest.substr(0, at);
        const auto colon = user_info.find(':');
        const std::string_view user = user_info.substr(0, colon);
        if (user.empty() || !std::ranges::all_of(user, [](char c) { return is_user_character(c) || c == '%'; }))
            return bad("URI user");
        auto plain = unescape(user);
        if (!plain)
            return bad("URI user escape");
        if (colon != std::string_view::npos && !unescape(user_info.substr(colon + 1)))
            return bad("URI password escape");
        uri.user = std::move(*plain);
        rest.remove_prefix(at + 1);
        if (rest.find('@') != std::string_view::npos)
            return bad("URI with two @");
    }
    const auto question = rest.find('?');
    if (question != std::string_view::npos && !unescape(rest.substr(question + 1)))
        return bad("URI headers escape");
    rest = rest.substr(0, question);
    const auto semicolon = rest.find(';');
    if (!read_host(rest.substr(0, semicolon), uri))
        return bad("URI host or port");
    if (semicolon != std::string_view::npos && !read_parameters(rest.substr(semicolon), uri))
        return bad("URI parameters");
    return uri;
}

} // namespace

std::optional<Transport> Uri::transport() const
{
    const Parameter* parameter = find_parameter(parameters, "transport");
    const std::string_view name = parameter != nullptr && parameter->value ? *parameter->value : std::string_view();
    if (same_word(name, "tls") || (is_secure() && (name.empty() || same_word(name, "tcp"))))
        return Transport::tls; // RFC 3261 26.2.2: sips: is TLS over whatever it names.
    if (is_secure())
        return {};
    if (same_word(name, "tcp"))
        return Transport::tcp;
    return same_word(name, "udp") ? std::optional(Transport::udp) : std::nullopt;
}

std::optional<Hop> Uri::literal_hop(Transport otherwise) const
{
    if (!is_ipv4(host) && !is_ipv6(host))
        return {};
    const Transport over = transport().value_or(otherwise);
    return Hop { { host, port.value_or(default_port(over)) }, over };
}

Result<Uri> parse_uri(std::string_view text)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !std::ranges::all_of(text, is_uri_character))
        return bad("URI");
    Uri uri;
    uri.text = text;
    uri.scheme = lower(text.substr(0, colon));
    if (!std::ranges::all_of(
            uri.scheme, [](char c) { return (c >= 'a' && c <= 'z') || is_token(std::string_view(&c, 1)); }))
        return bad("URI scheme");
    const std::string_view rest = text.substr(colon + 1);
    if (uri.scheme == "sip" || uri.scheme == "sips")
        return read_sip(rest, std::move(uri));
    if (uri.scheme == "tel")
        uri.user = rest.substr(0, rest.find(';'));
    return uri;
}

std::string sip_address(std::string_view user, std::string_view host)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string text = "sip:";
    for (const char c : user) {
        if (is_user_character(c)) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += '%';
        text += hex[byte >> 4];
        text += hex[byte & 0x0F];
    }
    return text.append(user.empty() ? "" : "@").append(host);
}

std::string sip_uri(std::string_view user, const SocketAddress& address)
{
    return sip_address(user, host_port(address));
}

std::string sip_uri(std::string_view user, const SocketAddress& address, Transport transport)
{
    std::string text = sip_uri(user, address);
    if (transport != Transport::udp)
        text += ";transport=" + lower(via_name(transport));
    return text;
}

std::string NameAddr::tag() const
{
    const Parameter* parameter = find_parameter(parameters, "tag");
    return parameter != nullptr ? parameter->value.value_or("") : "";
}

Result<NameAddr> parse_name_addr(std::string_view text)
{
    NameAddr result;
    text = trim(text);
    std::string_view parameters;
    std::string_view uri_text;
    if (text.starts_with('"')) {
        auto quoted = parse_quoted(text);
        if (!quoted)
            return bad("display name");
        result.display = std::move(quoted->content);
        text = trim(text.substr(quoted->length));
        if (!text.starts_with('<'))
            return bad("address after display name");
    }
    const auto open = text.find('<');
    if (open != std::string_view::npos && open < text.find(';')) {
        if (open > 0) {
            // RFC 3261 25.1: display-name = *(token LWS) / quoted-string.
            result.display = trim(text.substr(0, open));
            std::string_view words = result.display;
            while (!words.empty()) {
                const auto end = std::min({ words.find(' '), words.find('\t'), words.size() });
                if (!is_token(words.substr(0, end)))
                    return bad("display name");
                words = trim(words.substr(end));
            }
        }
        const auto close = text.find('>', open);
        if (close == std::string_view::npos)
            return bad("address without >");
        uri_text = text.substr(open + 1, close - open - 1);
        parameters = text.substr(close + 1);
    } else {
        const auto semicolon = std::min(text.find(';'), text.size());
        uri_text = trim(text.substr(0, semicolon));
        parameters = text.substr(semicolon);
        // RFC 3261 20.10: a URI with a comma, question mark or semicolon must stand in brackets.
        if (uri_text.find_first_of(",?") != std::string_view::npos)
            return bad("URI that needs brackets");
    }
    auto uri = parse_uri(uri_text);
    if (!uri)
        return std::move(uri.error());
    auto read = parse_parameters(parameters);
    if (!read)
        return bad("address parameters");
    result.uri = std::move(*uri);
    result.parameters = std::move(*read);
    return result;
}

} // namespace parley::sip
