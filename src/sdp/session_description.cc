#include "sdp/session_description.h"

#include <algorithm>
#include <charconv>

namespace parley::sdp {
namespace {

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, "SDP: " + std::move(what) };
}

template <typename Number> std::optional<Number> read_number(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return {};
    return number;
}

// Words between single spaces; nothing if one is empty.
std::optional<std::vector<std::string_view>> words(std::string_view text)
{
    std::vector<std::string_view> found;
    while (true) {
        const auto space = text.find(' ');
        found.push_back(text.substr(0, space));
        if (found.back().empty())
            return {};
        if (space == std::string_view::npos)
            return found;
        text.remove_prefix(space + 1);
    }
}

// RFC 8866 9: token-char.
bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7F && std::string_view("\"(),/:;<=>?@[\\]").find(c) == std::string_view::npos;
    });
}

bool is_address(std::string_view text)
{
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == ':'
            || c == '-';
    });
}

bool is_address_type(std::string_view net, std::string_view type)
{
    return net == "IN" && (type == "IP4" || type == "IP6");
}

Result<Origin> read_origin(std::string_view value)
{
    const auto parts = words(value);
    if (!parts || parts->size() != 6 || !is_address_type((*parts)[3], (*parts)[4]) || !is_address((*parts)[5]))
        return bad("o= line");
    const auto id = read_number<std::uint64_t>((*parts)[1]);
    const auto version = read_number<std::uint64_t>((*parts)[2]);
    if (!id || !version)
        return bad("o= line numbers");
    return Origin { std::string((*parts)[0]), *id, *version, std::string((*parts)[5]) };
}

Result<std::string> read_connection(std::string_view value)
{
    const auto parts = words(value);
    if (!parts || parts->size() != 3 || !is_address_type((*parts)[0], (*parts)[1]))
        return bad("c= line");
    if (!is_address((*parts)[2])) // A multicast address with /ttl is not for telephones.
        return bad("c= address");
    return std::string((*parts)[2]);
}

// m=<type> <port>[/<count>] <protocol> <format> …
Result<MediaDescription> read_media(std::string_view value)
{
    const auto parts = words(value);
    if (!parts || parts->size() < 4 || !is_token((*parts)[0]))
        return bad("m= line");
    if (parts->size() - 3 > max_formats)
        return bad("m= line has too many formats");
    const std::string_view port_text = (*parts)[1];
    const auto slash = port_text.find('/');
    const auto port = read_number<std::uint16_t>(port_text.substr(0, slash));
    if (!port || (slash != std::string_view::npos && !read_number<std::uint16_t>(port_text.substr(slash + 1))))
        return bad("m= port");
    MediaDescription media { std::string((*parts)[0]), *port, std::string((*parts)[2]), {}, {}, {} };
    for (std::size_t i = 3; i < parts->size(); ++i) {
        if (!is_token((*parts)[i]))
            return bad("m= format");
        media.formats.emplace_back((*parts)[i]);
    }
    return media;
}

Result<Attribute> read_attribute(std::string_view value)
{
    const auto colon = value.find(':');
    Attribute attribute { std::string(value.substr(0, colon)), {} };
    if (!is_token(attribute.name))
        return bad("a= line");
    if (colon != std::string_view::npos)
        attribute.value = value.substr(colon + 1);
    return attribute;
}

class Reader {
public:
    Result<SessionDescription> read(std::string_view text);

private:
    Result<void> take(char type, std::string_view value);
    Result<void> take_place(char type);
    Result<void> take_connection(std::string_view value);

    SessionDescription description_;
    std::size_t place_ = 0; // Index of the last line type in the order of its part.
    bool session_connection_ = false;
};

// RFC 8866 5: the order of the lines of a session and of a medium; those in the second string may be repeated.
constexpr std::string_view session_order = "vosiuepcbtrzka";
constexpr std::string_view media_order = "micbka";
constexpr std::string_view repeated = "epcbtra";

Result<void> Reader::take_place(char type)
{
    const bool in_media = !description_.media.empty();
    const std::string_view order = in_media ? media_order : session_order;
    const auto place = order.find(type);
    if (place == std::string_view::npos)
        return bad(std::string("unknown line ") + type + '=');
    // r= lines belong to their t= line, so the two alternate.
    const bool next_time = !in_media && type == 't' && order[place_] == 'r';
    if (place < place_ && !next_time)
        return bad(std::string(1, type) + "= line out of order");
    if (place == place_ && place != 0 && repeated.find(type) == std::string_view::npos)
        return bad(std::string("second ") + type + "= line");
    if (!in_media && place > place_ + 1 && place_ < 2)
        return bad("v=, o= or s= line missing");
    place_ = place;
    return {};
}

Result<void> Reader::take_connection(std::string_view value)
{
    auto address = read_connection(value);
    if (!address)
        return std::move(address.error());
    std::string& target = description_.media.empty() ? description_.connection : description_.media.back().connection;
    if (!target.empty())
        return bad("second c= line");
    target = std::move(*address);
    return {};
}

Result<void> Reader::take(char type, std::string_view value)
{
    if (type == 'm') {
        if (place_ < session_order.find('t'))
            if (description_.media.empty())
                return bad("t= line missing");
        if (description_.media.size() == max_media_lines)
            return bad("too many m= lines");
        auto media = read_media(value);
        if (!media)
            return std::move(media.error());
        description_.media.push_back(std::move(*media));
        place_ = 0;
        return {};
    }
    auto placed = take_place(type);
    if (!placed)
        return placed;
    switch (type) {
    case 'v': return value == "0" ? Result<void>() : Result<void>(bad("v= line"));
    case 'o': {
        auto origin = read_origin(value);
        if (!origin)
            return std::move(origin.error());
        description_.origin = std::move(*origin);
        return {};
    }
    case 'c': return take_connection(value);
    case 't': {
        const auto parts = words(value);
        if (!parts || parts->size() != 2 || !read_number<std::uint64_t>((*parts)[0])
            || !read_number<std::uint64_t>((*parts)[1]))
            return bad("t= line");
        return {};
    }
    case 'a': {
        auto attribute = read_attribute(value);
        if (!attribute)
            return std::move(attribute.error());
        (description_.media.empty() ? description_.attributes : description_.media.back().attributes)
            .push_back(std::move(*attribute));
        return {};
    }
    default: return {}; // Checked for its place only.
    }
}

Result<SessionDescription> Reader::read(std::string_view text)
{
    std::size_t lines = 0;
    while (!text.empty()) {
        const auto end = text.find('\n'); // RFC 8866 5: CRLF; a lone LF is to be accepted.
        if (end == std::string_view::npos)
            return bad("last line without an end");
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (++lines > max_lines)
            return bad("too many lines");
        if (line.size() < 2 || line[1] != '=' || line.find_first_of(std::string_view("\r\0", 2)) != line.npos)
            return bad("line " + std::to_string(lines));
        if (lines == 1 && line[0] != 'v')
            return bad("v= line missing");
        if (lines > 1 && line[0] == 'v')
            return bad("second v= line");
        auto taken = take(line[0], line.substr(2));
        if (!taken)
            return taken.error();
    }
    if (description_.media.empty() && place_ < session_order.find('t'))
        return bad("t= line missing");
    return std::move(description_);
}

void write_connection(const std::string& address, std::string& text)
{
    if (!address.empty())
        text += "c=IN " + std::string(address.find(':') == std::string::npos ? "IP4 " : "IP6 ") + address + "\r\n";
}

void write_attributes(const std::vector<Attribute>& attributes, std::string& text)
{
    for (const Attribute& attribute : attributes)
        text += "a=" + attribute.name + (attribute.value ? ':' + *attribute.value : "") + "\r\n";
}

} // namespace

Result<SessionDescription> parse(std::string_view text)
{
    if (text.size() > max_description_bytes)
        return bad("too long");
    return Reader().read(text);
}

std::string write(const SessionDescription& description)
{
    const Origin& origin = description.origin;
    const bool ipv6 = origin.address.find(':') != std::string::npos;
    std::string text = "v=0\r\no=" + origin.username + ' ' + std::to_string(origin.session_id) + ' '
        + std::to_string(origin.session_version) + " IN " + (ipv6 ? "IP6 " : "IP4 ") + origin.address + "\r\ns=-\r\n";
    write_connection(description.connection, text);
    text += "t=0 0\r\n";
    write_attributes(description.attributes, text);
    for (const MediaDescription& media : description.media) {
        text += "m=" + media.type + ' ' + std::to_string(media.port) + ' ' + media.protocol;
        for (const std::string& format : media.formats)
            text += ' ' + format;
        text += "\r\n";
        write_connection(media.connection, text);
        write_attributes(media.attributes, text);
    }
    return text;
}

const Attribute* find_attribute(const std::vector<Attribute>& attributes, std::string_view name)
{
    const auto found = std::ranges::find(attributes, name, &Attribute::name);
    return found == attributes.end() ? nullptr : &*found;
}

} // namespace parley::sdp
