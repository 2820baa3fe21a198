#include "sip/message.h"

#include "sip/scan.h"

#include <algorithm>
#include <array>

namespace parley::sip {
namespace {

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

struct KnownName {
    std::string_view name;
    std::string_view compact = {};
};

// RFC 3261 7.3.3 and 20, RFC 3265, RFC 3515, RFC 3891, RFC 4028, RFC 3841.
constexpr std::array known_names { KnownName { "Via", "v" }, KnownName { "From", "f" }, KnownName { "To", "t" },
    KnownName { "Call-ID", "i" }, KnownName { "CSeq" }, KnownName { "Contact", "m" },
    KnownName { "Content-Length", "l" }, KnownName { "Content-Type", "c" }, KnownName { "Content-Encoding", "e" },
    KnownName { "Max-Forwards" }, KnownName { "Route" }, KnownName { "Record-Route" }, KnownName { "Require" },
    KnownName { "Supported", "k" }, KnownName { "Subject", "s" }, KnownName { "Event", "o" },
    KnownName { "Allow-Events", "u" }, KnownName { "Refer-To", "r" }, KnownName { "Referred-By", "b" },
    KnownName { "Session-Expires", "x" }, KnownName { "Accept-Contact", "a" }, KnownName { "Reject-Contact", "j" },
    KnownName { "Request-Disposition", "d" } };

std::string_view long_form(std::string_view name)
{
    for (const KnownName& known : known_names)
        if (same_word(name, known.name) || (name.size() == 1 && same_word(name, known.compact)))
            return known.name;
    return name;
}

Result<Response> read_status_line(std::string_view line)
{
    // SIP/2.0 SP 3DIGIT SP Reason-Phrase; the phrase may be empty.
    const auto status
        = line.size() >= 12 && line[7] == ' ' && line[11] == ' ' ? parse_number(line.substr(8, 3), 699) : std::nullopt;
    if (!status || *status < 100 || !same_word(line.substr(0, 7), "SIP/2.0"))
        return bad("status line");
    return Response { static_cast<std::uint16_t>(*status), std::string(line.substr(12)) };
}

// Only what tells SIP from other traffic is checked here, so that a bad URI or version can still be answered.
Result<Request> read_request_line(std::string_view line)
{
    const auto first = line.find(' ');
    const auto last = line.rfind(" SIP/");
    if (first == std::string_view::npos || last == std::string_view::npos || !is_token(line.substr(0, first)))
        return bad("request line");
    Request request;
    request.method = line.substr(0, first);
    request.uri = last > first ? line.substr(first + 1, last - first - 1) : std::string_view();
    request.version = line.substr(last + 1);
    return request;
}

// Takes one line off `text`, without its CRLF. A lone CR or LF is no line end and belongs nowhere (RFC 3261 7).
Result<std::string_view> take_line(std::string_view& text)
{
    const auto end = text.find_first_of("\r\n");
    if (end == std::string_view::npos || text.substr(end, 2) != "\r\n")
        return bad("line without CRLF");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
}

// Reads up to and with the empty line.
Result<Headers> read_headers(std::string_view& text)
{
    Headers headers;
    while (true) {
        auto line = take_line(text);
        if (!line)
            return std::move(line.error());
        if (line->empty())
            return headers;
        if (is_space(line->front()))
            return bad("folded line without a field");
        const auto colon = line->find(':');
        if (colon == std::string_view::npos)
            return bad("field without colon");
        const std::string_view name = trim(line->substr(0, colon));
        if (!is_token(name))
            return bad("field name");
        std::string value(trim(line->substr(colon + 1)));
        while (!text.empty() && is_space(text.front())) { // RFC 3261 7.3.1: a folded line is one space.
            auto folded = take_line(text);
            if (!folded)
                return std::move(folded.error());
            value += ' ';
            value += trim(*folded);
            if (value.size() > max_header_bytes)
                return bad("field too long");
        }
        if (value.size() > max_header_bytes || headers.fields().size() == max_headers)
            return bad("too many or too long fields");
        headers.add(name, trim(value));
    }
}

void write_fields(const Headers& headers, std::string_view body, std::string& text)
{
    for (const Header& header : headers.fields()) {
        text += header.name;
        text += ": ";
        text += header.value;
        text += "\r\n";
    }
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    text += body;
}

} // namespace

void Headers::add(std::string_view name, std::string_view value)
{
    fields_.push_back({ std::string(long_form(name)), std::string(value) });
}

void Headers::add_all(std::string_view name, const std::vector<std::string>& values)
{
    for (const std::string& value : values)
        add(name, value);
}

const std::string* Headers::find(std::string_view name) const
{
    const auto found
        = std::ranges::find_if(fields_, [&](const Header& header) { return same_word(header.name, name); });
    return found == fields_.end() ? nullptr : &found->value;
}

std::size_t Headers::count(std::string_view name) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(fields_, [&](const Header& header) { return same_word(header.name, name); }));
}

Result<std::vector<std::string>> Headers::list(std::string_view name) const
{
    std::vector<std::string> values;
    for (const Header& header : fields_) {
        if (!same_word(header.name, name))
            continue;
        if (header.value.empty())
            continue; // RFC 3261 20: Supported, Allow and Accept may be empty.
        const auto parts = split(header.value, ',');
        if (!parts)
            return bad(header.name);
        values.insert(values.end(), parts->begin(), parts->end());
        if (values.size() > max_headers)
            return bad(header.name + " has too many values");
    }
    return values;
}

Result<Message> parse_message(std::string_view text)
{
    if (text.size() > max_message_bytes)
        return bad("message too long");
    while (text.starts_with("\r\n")) // RFC 3261 7.5
        text.remove_prefix(2);
    auto start = take_line(text);
    if (!start)
        return std::move(start.error());
    if (start->size() > max_header_bytes)
        return bad("start line too long");
    if (start->size() >= 4 && same_word(start->substr(0, 4), "SIP/")) {
        auto response = read_status_line(*start);
        if (!response)
            return std::move(response.error());
        auto headers = read_headers(text);
        if (!headers)
            return std::move(headers.error());
        response->headers = std::move(*headers);
        response->body = text;
        return Message(std::move(*response));
    }
    auto request = read_request_line(*start);
    if (!request)
        return std::move(request.error());
    auto headers = read_headers(text);
    if (!headers)
        return std::move(headers.error());
    request->headers = std::move(*headers);
    request->body = text;
    return Message(std::move(*request));
}

Result<void> bound_body(const Headers& headers, std::string& body)
{
    const std::size_t lines = headers.count("Content-Length");
    if (lines == 0)
        return {};
    const auto length = parse_number(*headers.find("Content-Length"), max_message_bytes);
    if (lines > 1 || !length || *length > body.size())
        return bad("Content-Length");
    body.resize(*length);
    return {};
}

std::string write(const Request& request)
{
    std::string text = request.method + ' ' + request.uri + ' ' + request.version + "\r\n";
    write_fields(request.headers, request.body, text);
    return text;
}

std::string write(const Response& response)
{
    std::string text = "SIP/2.0 " + std::to_string(response.status) + ' ' + response.reason + "\r\n";
    write_fields(response.headers, response.body, text);
    return text;
}

std::string_view reason_phrase(std::uint16_t status)
{
    struct Phrase {
        std::uint16_t status;
        std::string_view text;
    };
    static constexpr std::array phrases { Phrase { 100, "Trying" }, Phrase { 180, "Ringing" },
        Phrase { 183, "Session Progress" }, Phrase { 200, "OK" }, Phrase { 202, "Accepted" },
        Phrase { 400, "Bad Request" }, Phrase { 401, "Unauthorized" }, Phrase { 403, "Forbidden" },
        Phrase { 404, "Not Found" }, Phrase { 405, "Method Not Allowed" }, Phrase { 406, "Not Acceptable" },
        Phrase { 408, "Request Timeout" }, Phrase { 415, "Unsupported Media Type" },
        Phrase { 416, "Unsupported URI Scheme" }, Phrase { 420, "Bad Extension" }, Phrase { 421, "Extension Required" },
        Phrase { 422, "Session Interval Too Small" }, Phrase { 423, "Interval Too Brief" },
        Phrase { 469, "Bad Info Package" }, Phrase { 480, "Temporarily Unavailable" },
        Phrase { 481, "Call/Transaction Does Not Exist" }, Phrase { 482, "Loop Detected" },
        Phrase { 483, "Too Many Hops" }, Phrase { 486, "Busy Here" }, Phrase { 487, "Request Terminated" },
        Phrase { 488, "Not Acceptable Here" }, Phrase { 491, "Request Pending" },
        Phrase { 500, "Server Internal Error" }, Phrase { 501, "Not Implemented" },
        Phrase { 503, "Service Unavailable" }, Phrase { 505, "Version Not Supported" }, Phrase { 603, "Decline" } };
    for (const Phrase& phrase : phrases)
        if (phrase.status == status)
            return phrase.text;
    return "Refused";
}

} // namespace parley::sip
