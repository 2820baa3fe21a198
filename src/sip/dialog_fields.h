#pragma once

#include "base/result.h"
#include "base/time.h"
#include "sip/message.h"
#include "sip/uri.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Fields that the extensions of a dialog use. `what` of an error names the field.
namespace parley::sip {

// RFC 4028 4.
enum class Refresher : std::uint8_t {
    uac, // Who sent the request that the field belongs to.
    uas,
};
struct SessionExpires {
    Duration interval {};
    std::optional<Refresher> refresher = {};

    friend bool operator==(const SessionExpires&, const SessionExpires&) = default;
};
[[nodiscard]] Result<SessionExpires> parse_session_expires(std::string_view);
[[nodiscard]] std::string write(const SessionExpires&);

// Nothing without the field; an error if it is there and broken.
[[nodiscard]] Result<std::optional<SessionExpires>> read_session_expires(const Headers&);
[[nodiscard]] Result<std::optional<Duration>> read_min_se(const Headers&);

// RFC 3262 7.1, 7.2.
[[nodiscard]] std::optional<std::uint32_t> read_rseq(const Headers&);
struct RAck {
    std::uint32_t rseq = 0;
    std::uint32_t cseq = 0;
    std::string method;

    friend bool operator==(const RAck&, const RAck&) = default;
};
[[nodiscard]] Result<RAck> parse_rack(std::string_view);

// RFC 3261 20.33: the seconds alone count. Nothing without a good value.
[[nodiscard]] std::optional<Duration> read_retry_after(const Headers&);

// True if the tag stands in Supported, Require or any other list of option tags. A broken list holds none.
[[nodiscard]] bool lists_option(const Headers&, std::string_view field, std::string_view tag);

// RFC 3261 20.5: true if the Allow field names the method. A message without one says nothing: false.
[[nodiscard]] bool allows(const Headers&, std::string_view method);

// RFC 3326, the first value that says something: "SIP 200 Call completed elsewhere". For people; empty without one.
[[nodiscard]] std::string read_reason(const Headers&);
[[nodiscard]] std::string write_reason(std::uint16_t sip_status, std::string_view text);

// RFC 3891: which dialog, as seen by who receives it.
struct Replaces {
    std::string call_id;
    std::string to_tag;   // Of who receives the field.
    std::string from_tag; // Of the other side.
    bool early_only = false;

    friend bool operator==(const Replaces&, const Replaces&) = default;
};
[[nodiscard]] Result<Replaces> parse_replaces(std::string_view);
[[nodiscard]] Result<std::optional<Replaces>> read_replaces(const Headers&);

// RFC 3515 2.1: where the referred side shall call. The URI without its headers, and the Replaces that they held.
struct ReferTarget {
    Uri uri;
    std::string display;
    std::string replaces = {}; // As it goes into the INVITE; empty without one.
};
[[nodiscard]] Result<ReferTarget> read_refer_to(const Headers&);

} // namespace parley::sip
