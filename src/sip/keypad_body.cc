#include "sip/keypad_body.h"

#include "sip/scan.h"

#include <algorithm>

namespace parley::sip {
namespace {

constexpr std::string_view relay_type = "application/dtmf-relay";
constexpr std::string_view plain_type = "application/dtmf";
constexpr Duration usual_press = 250ms;        // Cisco's default, from whom the format comes.
constexpr std::uint64_t longest_press = 5'000; // Milliseconds; what is longer is told as this.

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

// Event numbers of RFC 4733 are written by some in place of the key: 10 is *, 11 is #, 16 is a hook flash.
Result<std::optional<char>> read_key(std::string_view text)
{
    if (text.size() == 1) {
        const char c = text.front();
        if ((c >= '0' && c <= '9') || c == '*' || c == '#' || (c >= 'A' && c <= 'D'))
            return std::optional(c);
        if (c >= 'a' && c <= 'd')
            return std::optional(static_cast<char>(c - 'a' + 'A'));
        return bad("Signal");
    }
    const auto number = parse_number(text, 16);
    if (!number)
        return bad("Signal");
    static constexpr std::string_view keys = "0123456789*#ABCD";
    return *number < keys.size() ? std::optional(keys[*number]) : std::nullopt;
}

Result<std::optional<KeyPress>> read_relay(std::string_view body)
{
    std::optional<std::string_view> signal;
    Duration held = usual_press;
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        std::string_view line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        const auto equals = line.find('=');
        if (trim(line).empty())
            continue;
        if (equals == std::string_view::npos)
            return bad("line without =");
        const std::string_view name = trim(line.substr(0, equals));
        const std::string_view value = trim(line.substr(equals + 1));
        if (same_word(name, "Signal")) {
            signal = value;
        } else if (same_word(name, "Duration")) {
            const auto milliseconds = parse_number(value, 0xFFFF'FFFF);
            if (!milliseconds)
                return bad("Duration");
            held = std::chrono::milliseconds(std::min(*milliseconds, longest_press));
        }
    }
    if (!signal)
        return bad("Signal");
    const auto key = read_key(*signal);
    if (!key)
        return key.error();
    return *key ? std::optional(KeyPress { **key, held }) : std::nullopt;
}

} // namespace

bool is_keypad_type(std::string_view media_type)
{
    return same_word(media_type, relay_type) || same_word(media_type, plain_type);
}

Result<std::optional<KeyPress>> parse_keypad(std::string_view media_type, std::string_view body)
{
    if (same_word(media_type, relay_type))
        return read_relay(body);
    while (body.ends_with('\r') || body.ends_with('\n'))
        body.remove_suffix(1);
    const auto key = read_key(trim(body));
    if (!key)
        return key.error();
    return *key ? std::optional(KeyPress { **key, usual_press }) : std::nullopt;
}

} // namespace parley::sip
