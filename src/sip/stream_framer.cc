#include "sip/stream_framer.h"

#include "sip/message.h"
#include "sip/scan.h"

#include <algorithm>

namespace parley::sip {
namespace {

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

// Keep-alives between messages. A CRLF alone is the answer to one, or an empty line before a message (RFC 3261 7.5).
void take_keepalives(std::string_view& rest, StreamFramer::Output& out)
{
    while (rest.starts_with("\r\n")) {
        if (rest.starts_with("\r\n\r\n")) {
            ++out.pings;
            rest.remove_prefix(4);
            continue;
        }
        if (std::string_view("\r\n\r\n").starts_with(rest))
            return; // It may become a ping.
        rest.remove_prefix(2);
    }
}

// What tells other traffic from SIP before its end has come: binary bytes, or a first line that never ends.
bool may_be_start_line(std::string_view text)
{
    const std::string_view line = text.substr(0, text.find('\n'));
    return line.size() <= max_header_bytes
        && std::ranges::all_of(line, [](char c) { return c == '\r' || static_cast<unsigned char>(c) >= ' '; })
        && (line.size() == text.size() || line.starts_with("SIP/") || line.find(" SIP/") != std::string_view::npos);
}

// RFC 3261 20.14: over a stream the field has to be there.
Result<std::size_t> read_length(std::string_view head)
{
    const auto message = parse_message(head);
    if (!message)
        return message.error();
    const Headers& headers = std::visit([](const auto& one) -> const Headers& { return one.headers; }, *message);
    if (headers.count("Content-Length") != 1)
        return bad("Content-Length");
    const auto length = parse_number(*headers.find("Content-Length"), max_message_bytes);
    if (!length)
        return bad("Content-Length");
    return *length;
}

} // namespace

Result<void> StreamFramer::take(std::string_view bytes, Output& out)
{
    buffer_.append(bytes);
    std::string_view rest = buffer_;
    while (true) {
        auto more = take_message(rest, out);
        if (!more)
            return std::move(more.error());
        if (!*more)
            break;
    }
    buffer_.erase(0, buffer_.size() - rest.size());
    return {};
}

// True: a message was taken, and another may follow.
Result<bool> StreamFramer::take_message(std::string_view& rest, Output& out)
{
    if (needed_ == 0) {
        take_keepalives(rest, out);
        if (rest.starts_with('\r'))
            return false;
        if (!may_be_start_line(rest))
            return bad("no SIP");
        const auto end = rest.find("\r\n\r\n", searched_ - std::min<std::size_t>(searched_, 3));
        if (end == std::string_view::npos) {
            searched_ = rest.size();
            return rest.size() > max_message_bytes ? Result<bool>(bad("message too long")) : Result<bool>(false);
        }
        const std::size_t head = end + 4;
        auto length = head > max_message_bytes ? Result<std::size_t>(bad("message too long"))
                                               : read_length(rest.substr(0, head));
        if (!length)
            return std::move(length.error());
        if (head + *length > max_message_bytes)
            return bad("message too long");
        needed_ = head + *length;
        searched_ = 0;
    }
    if (rest.size() < needed_)
        return false;
    out.messages.emplace_back(rest.substr(0, needed_));
    rest.remove_prefix(needed_);
    needed_ = 0;
    return true;
}

} // namespace parley::sip
