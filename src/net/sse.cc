#include "net/sse.h"

#include <utility>

namespace parley {

Result<void> SseParser::feed(std::string_view chunk, std::vector<SseEvent>& out)
{
    for (const char c : chunk) {
        const bool second_of_pair = after_cr_ && c == '\n';
        after_cr_ = c == '\r';
        if (second_of_pair)
            continue;
        if (c == '\r' || c == '\n') {
            const std::string line = std::exchange(line_, {});
            take_line(line, out);
            continue;
        }
        line_ += c;
        if (line_.size() + text_.size() > max_event_bytes)
            return Error { ErrorKind::limit_reached, "server-sent event too large" };
    }
    return {};
}

void SseParser::take_line(std::string_view line, std::vector<SseEvent>& out)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (std::exchange(at_start_, false) && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
    if (line.empty()) {
        if (has_text_)
            out.push_back({ type_.empty() ? "message" : type_, text_, id_ });
        type_.clear();
        text_.clear();
        has_text_ = false;
        return;
    }
    const auto colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (field == "data") {
        if (std::exchange(has_text_, true))
            text_ += '\n';
        text_ += value;
    } else if (field == "event") {
        type_ = value;
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
    } // Comments, `retry` and unknown fields mean nothing to us.
}

} // namespace parley
