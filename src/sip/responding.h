#pragma once

#include "base/socket_address.h"
#include "sip/fields.h"
#include "sip/message.h"

#include <cstdint>
#include <string>
#include <string_view>

// How responses find back and what they repeat of their request (RFC 3261 8.2.6, 18.2; RFC 3581).
namespace parley::sip {

// Notes in the topmost Via where the request came from, and gives every Via a field of its own. The Via fields are good
// (`read_return_path`).
void mark_source(Request&, const SocketAddress& source);

// Where a response to a request with this topmost Via goes (RFC 3261 18.2.2): over a connection that is gone, to a new
// one to the port that the Via names.
[[nodiscard]] Hop response_destination(const Via&, const Hop& source);

// `to_tag` is added unless the request has one. The request was marked.
[[nodiscard]] Response make_response(const Request&, std::uint16_t status, std::string_view to_tag);

// RFC 3261 8.2.7: the same request gets the same tag without our remembering it.
[[nodiscard]] std::string stateless_tag(const Request&);

} // namespace parley::sip
