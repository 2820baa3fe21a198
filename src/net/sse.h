#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

// One server-sent event.
struct SseEvent {
    std::string type; // "message" when the stream names none.
    std::string text; // The `data` lines, joined by '\n'.
    std::string id;   // The last id seen.

    friend bool operator==(const SseEvent&, const SseEvent&) = default;
};

// Cuts a text/event-stream into events (WHATWG HTML 9.2.6), whatever the chunks it comes in. Pure.
class SseParser {
public:
    static constexpr std::size_t max_event_bytes = 1024 * 1024;

    // Appends the events that this chunk completes. `limit_reached` when one event passes the limit; then unusable.
    Result<void> feed(std::string_view chunk, std::vector<SseEvent>& out);

private:
    void take_line(std::string_view line, std::vector<SseEvent>& out);

    std::string line_;
    std::string type_;
    std::string text_;
    std::string id_;
    bool has_text_ = false;
    bool after_cr_ = false; // A '\n' now belongs to the '\r' before.
    bool at_start_ = true;  // A byte order mark may come.
};

} // namespace parley
