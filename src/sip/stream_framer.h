#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Cuts the bytes of a connection into messages by their Content-Length (RFC 3261 18.3), and finds the keep-alives
// between them (RFC 5626 4.4.1). Knows of a message what it takes to find its end.
namespace parley::sip {

class StreamFramer {
public:
    struct Output {
        std::vector<std::string> messages; // Whole ones, in order.
        std::size_t pings = 0;             // CRLF CRLF: each is answered with `pong`.
    };
    static constexpr std::string_view pong = "\r\n";

    // An error: the stream is no SIP, or passes a limit. Where the next message would begin cannot be told, so the
    // connection has to go. What was found before it is in `out`.
    [[nodiscard]] Result<void> take(std::string_view bytes, Output& out);

    // Something of a message came, and not its end.
    [[nodiscard]] bool within_message() const { return !buffer_.empty() && buffer_.front() != '\r'; }

private:
    Result<bool> take_message(std::string_view& rest, Output& out);

    std::string buffer_;       // From the start of a message on.
    std::size_t searched_ = 0; // So far there is no end of the fields.
    std::size_t needed_ = 0;   // Bytes of the message once its fields are known; zero before.
};

} // namespace parley::sip
