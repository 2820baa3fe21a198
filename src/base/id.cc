#include "base/id.h"

namespace parley {

std::string canonical_uuid(std::string_view text)
{
    std::string digits;
    for (char c : text) {
        if (c >= 'A' && c <= 'F')
            c = static_cast<char>(c - 'A' + 'a');
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
            digits += c;
        else if (c != '-')
            return {};
    }
    const bool dashed = text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
    if (digits.size() != 32 || !(dashed || text.size() == 32))
        return {};
    for (const std::size_t at : { 8U, 13U, 18U, 23U })
        digits.insert(at, 1, '-');
    return digits;
}

IdSource IdSource::random()
{
    std::random_device device;
    return IdSource((static_cast<std::uint64_t>(device()) << 32) | device());
}

std::string IdSource::uuid()
{
    static constexpr char hex[] = "0123456789abcdef";
    std::array<std::uint8_t, 16> bytes {};
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        const std::uint64_t word = engine_();
        for (std::size_t j = 0; j < 8; ++j)
            bytes[i + j] = static_cast<std::uint8_t>(word >> (8 * j));
    }
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40); // RFC 4122 4.4
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        text += hex[bytes[i] >> 4];
        text += hex[bytes[i] & 0x0F];
    }
    return text;
}

std::string IdSource::token(std::size_t length)
{
    static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string text;
    for (std::size_t i = 0; i < length; ++i)
        text += alphabet[engine_() % alphabet.size()];
    return text;
}

} // namespace parley
