#pragma once

#include "base/result.h"
#include "sip/limits.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// SIP messages as text (RFC 3261 7): start line, fields, body. What a field means is read elsewhere (`fields.h`).
namespace parley::sip {

struct Header {
    std::string name;  // Long form, spelled as in the RFCs when known.
    std::string value; // Unfolded and trimmed.

    friend bool operator==(const Header&, const Header&) = default;
};

// Fields in the order of the message. Names are found without regard to case or compact form.
class Headers {
public:
    void add(std::string_view name, std::string_view value);
    void add_all(std::string_view name, const std::vector<std::string>& values);

    [[nodiscard]] const std::string* find(std::string_view name) const; // The first one.
    [[nodiscard]] std::size_t count(std::string_view name) const;       // Field lines of that name.

    // Every value of a field whose values may share a line, separated by commas. Nothing if a line cannot be split.
    [[nodiscard]] Result<std::vector<std::string>> list(std::string_view name) const;

    [[nodiscard]] const std::vector<Header>& fields() const { return fields_; }

    friend bool operator==(const Headers&, const Headers&) = default;

private:
    std::vector<Header> fields_;
};

struct Request {
    std::string method;
    std::string uri;                 // As it stands in the request line.
    std::string version = "SIP/2.0"; // Others are answered with 505.
    Headers headers = {};
    std::string body = {};
};

struct Response {
    std::uint16_t status = 0;
    std::string reason;
    Headers headers = {};
    std::string body = {};
};

using Message = std::variant<Request, Response>;

// Reads one datagram. What cannot be answered (no start line, a line that is no field, no end of the fields) is an
// error. The body is everything that follows; `bound_body` cuts it.
[[nodiscard]] Result<Message> parse_message(std::string_view datagram);

// RFC 3261 18.3: over UDP, a Content-Length that promises more than is there is an error, and what is beyond it is
// cut off.
[[nodiscard]] Result<void> bound_body(const Headers&, std::string& body);

// Content-Length is written by this function alone.
[[nodiscard]] std::string write(const Request&);
[[nodiscard]] std::string write(const Response&);

[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

} // namespace parley::sip
