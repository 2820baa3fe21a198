#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The framing of AWS's streamed answers (application/vnd.amazon.eventstream): lengths, headers, payload, two checksums.
// Knows nothing of what is in them.
namespace parley {

struct AwsEvent {
    std::vector<std::pair<std::string, std::string>> headers; // Those that are texts; others are passed over.
    std::string payload;

    [[nodiscard]] std::string_view header(std::string_view name) const; // "": not there.
};

class AwsEventDecoder {
public:
    static constexpr std::size_t max_frame = 1024 * 1024; // A longer one is an error.
    static constexpr std::size_t max_headers = 64;        // Of one event.

    // Appends the events that are whole now. After an error nothing can be read any more.
    Result<void> feed(std::string_view bytes, std::vector<AwsEvent>& out);

    // The stream may end here.
    [[nodiscard]] bool at_boundary() const { return buffer_.empty(); }

private:
    std::string buffer_; // Of the next frame.
};

// ISO 3309, as in zip.
[[nodiscard]] std::uint32_t crc32(std::string_view bytes);

} // namespace parley
