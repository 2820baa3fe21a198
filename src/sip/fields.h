#pragma once

#include "base/result.h"
#include "sip/message.h"
#include "sip/scan.h"
#include "sip/uri.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the fields of a message say: the ones that every message needs, and the rules of a valid request.
namespace parley::sip {

// RFC 3261 20.42; RFC 3581 (rport).
struct Via {
    std::string version = "2.0"; // Any token; a peer of another version is told 505 by way of this Via.
    std::string transport = {};  // UDP …
    std::string host = {};       // sent-by, without the brackets of IPv6.
    std::optional<std::uint16_t> port = {};
    std::vector<Parameter> parameters = {};

    [[nodiscard]] std::string branch() const;  // Empty without one.
    [[nodiscard]] std::string sent_by() const; // host:port, lower case.

    friend bool operator==(const Via&, const Via&) = default;
};

[[nodiscard]] Result<Via> parse_via(std::string_view);
[[nodiscard]] std::string write(const Via&);

struct CSeq {
    std::uint32_t number = 0;
    std::string method;

    friend bool operator==(const CSeq&, const CSeq&) = default;
};

[[nodiscard]] Result<CSeq> parse_cseq(std::string_view);

inline constexpr std::string_view magic_cookie = "z9hG4bK"; // RFC 3261 8.1.1.7

// What RFC 3261 8.1.1 asks of every message.
struct Envelope {
    Via via; // The topmost one.
    NameAddr from;
    NameAddr to;
    std::string call_id;
    CSeq cseq;

    [[nodiscard]] bool within_dialog() const { return !to.tag().empty(); }
};

// `what` names the field.
[[nodiscard]] Result<Envelope> read_envelope(const Headers&);

// The topmost Via and the places of the fields are good enough to send a response back (RFC 3261 8.2.6.2).
[[nodiscard]] Result<Via> read_return_path(const Headers&);

// Everything else in a request that makes us answer 4xx or 5xx before its meaning is looked at.
struct Defect {
    std::uint16_t status = 400;
    std::string what;
};
[[nodiscard]] std::optional<Defect> find_defect(const Request&, const Envelope&, Transport);

// The only Contact of a message that sets up a dialog (RFC 3261 8.1.1.8).
[[nodiscard]] Result<NameAddr> read_contact(const Headers&);

// Record-Route values in the order of the message, each a valid address.
[[nodiscard]] Result<std::vector<std::string>> read_record_route(const Headers&);

} // namespace parley::sip
