#pragma once

#include "sip/hop.h"
#include "sip/message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The peer-to-peer relation that an INVITE sets up (RFC 3261 12): what our requests within it look like and where they
// go.
namespace parley::sip {

struct SipDialog {
    std::string call_id;
    std::string local;  // Our From field, with our tag.
    std::string remote; // Their address as our To field, with their tag.
    std::string local_tag;
    std::string remote_tag;
    std::uint32_t local_cseq = 0;
    std::optional<std::uint32_t> remote_cseq = {};
    std::string remote_target;          // Their Contact.
    std::vector<std::string> route_set; // The first hop first.
    Hop peer;                           // Where their messages come from.
    bool secure = false;                // Set up by a sips: URI: our Contact is one, too (RFC 3261 12.1.1).
    bool behind_nat = false;            // Their Via names another address than the one they send from.

    // The request without its Via (RFC 3261 12.2.1.1).
    [[nodiscard]] Request request(std::string_view method, std::uint32_t cseq) const;

    // The first route or the remote target if that is a literal address, else where their messages come from: names are
    // not resolved here, and an address behind a NAT is not one that we can reach. The connection that they use is
    // taken as long as it leads to the same machine over the same transport.
    [[nodiscard]] Hop next_hop() const;

    [[nodiscard]] std::string key() const;
};

[[nodiscard]] std::string dialog_key(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag);

} // namespace parley::sip
