#include "providers/aws_event_stream.h"

#include <array>

namespace parley {

namespace {

constexpr std::size_t prelude_size = 12; // Length, length of the headers, checksum of both.
constexpr std::size_t checksum_size = 4; // Of all before it, at the end.

constexpr std::array<std::uint32_t, 256> make_table()
{
    std::array<std::uint32_t, 256> table {};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? (value >> 1) ^ 0xEDB88320U : value >> 1;
        table[i] = value;
    }
    return table;
}

constexpr auto table = make_table();

std::size_t number(std::string_view bytes, std::size_t at, std::size_t size)
{
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value = (value << 8) | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

Error broken(std::string_view what)
{
    return { ErrorKind::unavailable, "event stream: " + std::string(what) };
}

// How many bytes a header's value has behind its type; those of types 6 and 7 begin with their length.
constexpr std::array<std::size_t, 10> value_sizes { 0, 0, 1, 2, 4, 8, 2, 2, 8, 16 };
constexpr std::size_t bytes_type = 6;
constexpr std::size_t text_type = 7;

Result<void> read_headers(std::string_view bytes, AwsEvent& event)
{
    std::size_t at = 0;
    std::size_t count = 0;
    while (at < bytes.size()) {
        if (++count > AwsEventDecoder::max_headers)
            return broken("too many headers");
        const std::size_t name_size = number(bytes, at, 1);
        ++at;
        if (name_size == 0 || at + name_size + 1 > bytes.size())
            return broken("a header's name is cut");
        const auto name = bytes.substr(at, name_size);
        at += name_size;
        const std::size_t type = number(bytes, at, 1);
        ++at;
        if (type >= value_sizes.size())
            return broken("a header of an unknown type");
        std::size_t size = value_sizes[type];
        if (at + size > bytes.size())
            return broken("a header's value is cut");
        if (type == bytes_type || type == text_type) {
            const std::size_t length = number(bytes, at, size);
            at += size;
            size = length;
        }
        if (at + size > bytes.size())
            return broken("a header's value is cut");
        if (type == text_type)
            event.headers.emplace_back(name, bytes.substr(at, size));
        at += size;
    }
    return {};
}

} // namespace

std::uint32_t crc32(std::string_view bytes)
{
    std::uint32_t value = 0xFFFFFFFFU;
    for (const char c : bytes)
        value = table[(value ^ static_cast<std::uint8_t>(c)) & 0xFFU] ^ (value >> 8);
    return value ^ 0xFFFFFFFFU;
}

std::string_view AwsEvent::header(std::string_view name) const
{
    for (const auto& [each, value] : headers) {
        if (each == name)
            return value;
    }
    return {};
}

Result<void> AwsEventDecoder::feed(std::string_view bytes, std::vector<AwsEvent>& out)
{
    buffer_ += bytes;
    std::string_view rest = buffer_;
    while (rest.size() >= prelude_size) {
        const std::size_t total = number(rest, 0, 4);
        const std::size_t headers = number(rest, 4, 4);
        if (number(rest, 8, 4) != crc32(rest.substr(0, 8)))
            return broken("the checksum of a frame's lengths is wrong");
        if (total > max_frame)
            return broken("a frame is too long");
        if (total < prelude_size + checksum_size || headers > total - prelude_size - checksum_size)
            return broken("a frame's lengths contradict each other");
        if (rest.size() < total)
            break;
        const auto frame = rest.substr(0, total);
        if (number(frame, total - checksum_size, 4) != crc32(frame.substr(0, total - checksum_size)))
            return broken("the checksum of a frame is wrong");
        AwsEvent event;
        if (auto read = read_headers(frame.substr(prelude_size, headers), event); !read)
            return read;
        event.payload = frame.substr(prelude_size + headers, total - prelude_size - headers - checksum_size);
        out.push_back(std::move(event));
        rest.remove_prefix(total);
    }
    buffer_.erase(0, buffer_.size() - rest.size());
    return {};
}

} // namespace parley
