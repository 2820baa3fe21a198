#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The text of RFC 4566 (updated by RFC 8866): a bad description is rejected, never repaired. Knows the grammar; what
// may be answered to whom is `offer_answer.h`.
namespace parley::sdp {

inline constexpr std::size_t max_description_bytes = 16 * 1024;
inline constexpr std::size_t max_media_lines = 32;
inline constexpr std::size_t max_lines = 512;
inline constexpr std::size_t max_formats = 64; // On one m= line.

// `a=name` or `a=name:value`.
struct Attribute {
    std::string name;
    std::optional<std::string> value = {};

    friend bool operator==(const Attribute&, const Attribute&) = default;
};

struct Origin {
    std::string username = "-";
    std::uint64_t session_id = 0;
    std::uint64_t session_version = 0;
    std::string address;

    friend bool operator==(const Origin&, const Origin&) = default;
};

struct MediaDescription {
    std::string type; // audio, video, image …
    std::uint16_t port = 0;
    std::string protocol; // RTP/AVP …
    std::vector<std::string> formats;
    std::string connection; // The address of the c= line of this medium; empty without one.
    std::vector<Attribute> attributes;

    friend bool operator==(const MediaDescription&, const MediaDescription&) = default;
};

// Lines that nobody here needs (i=, b=, k= …) are checked for their place and not kept.
struct SessionDescription {
    Origin origin;
    std::string connection; // The address of the session's c= line; empty without one.
    std::vector<Attribute> attributes;
    std::vector<MediaDescription> media;

    friend bool operator==(const SessionDescription&, const SessionDescription&) = default;
};

// `what` names the line.
[[nodiscard]] Result<SessionDescription> parse(std::string_view text);

[[nodiscard]] std::string write(const SessionDescription&);

[[nodiscard]] const Attribute* find_attribute(const std::vector<Attribute>&, std::string_view name);

} // namespace parley::sdp
