#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace parley {

// A name that cannot be mistaken for another kind of name.
template <typename Tag> struct Id {
    std::string value;

    [[nodiscard]] bool empty() const { return value.empty(); }
    friend auto operator<=>(const Id&, const Id&) = default;
};

using CallId = Id<struct CallIdTag>;             // RELAY `call_id`: a lower-case UUID, never with a dot.
using LegId = Id<struct LegIdTag>;               // RELAY `segment_id`.
using ControlId = Id<struct ControlIdTag>;       // Chosen by the client, opaque, at most 256 bytes.
using NodeId = Id<struct NodeIdTag>;             // RELAY `node_id`.
using AiSessionId = Id<struct AiSessionIdTag>;   // REST `aicall_id`: a UUID.
using ActiveflowId = Id<struct ActiveflowIdTag>; // REST `activeflow_id`: a UUID. Each call is one activeflow.
using CustomerId = Id<struct CustomerIdTag>;     // REST `customer_id`: a UUID.
using ProjectId = Id<struct ProjectIdTag>;       // RELAY project.
using MessageId = Id<struct MessageIdTag>;       // A UUID.
using ContextName = Id<struct ContextNameTag>;   // RELAY context: a topic of inbound calls.
using ConnectionId = Id<struct ConnectionIdTag>; // One RELAY WebSocket.

// Counted within one AI session, from 1.
template <typename Tag> struct Ordinal {
    std::uint64_t value = 0;

    friend auto operator<=>(const Ordinal&, const Ordinal&) = default;
};

using TurnId = Ordinal<struct TurnIdTag>;
using ReplyId = Ordinal<struct ReplyIdTag>;
using UtteranceId = Ordinal<struct UtteranceIdTag>;

inline constexpr std::string_view nil_uuid = "00000000-0000-0000-0000-000000000000";

// Any spelling of a UUID in lower-case canonical form, or "" if it is none.
[[nodiscard]] std::string canonical_uuid(std::string_view text);

// Where machines take identifiers and random numbers from. Seeded in tests, so that the same input gives the same
// output.
class IdSource {
public:
    explicit IdSource(std::uint64_t seed)
        : engine_(seed)
    {
    }

    // Seeded by the operating system.
    static IdSource random();

    [[nodiscard]] std::string uuid();                    // Version 4, lower case.
    [[nodiscard]] std::string token(std::size_t length); // [a-z0-9], for branches, tags, nonces.
    [[nodiscard]] std::uint32_t number() { return static_cast<std::uint32_t>(engine_()); }

private:
    std::mt19937_64 engine_;
};

} // namespace parley

template <typename Tag> struct std::hash<parley::Id<Tag>> {
    std::size_t operator()(const parley::Id<Tag>& id) const noexcept { return std::hash<std::string> {}(id.value); }
};
