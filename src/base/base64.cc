#include "base/base64.h"

#include <algorithm>
#include <cstdint>

namespace parley {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view digits)
{
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < count ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= count ? digits[bits >> (18 - 6 * i) & 63U] : '=';
    }
    return out;
}

std::optional<std::string> decode(std::string_view text, std::string_view digits)
{
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xffU);
        }
    }
    if (held == 6) // One digit alone is no byte.
        return std::nullopt;
    return out;
}

} // namespace

std::string base64_encode(std::string_view bytes)
{
    return encode(bytes, alphabet);
}

std::optional<std::string> base64_decode(std::string_view text)
{
    return decode(text, alphabet);
}

std::string base64url_encode(std::string_view bytes)
{
    std::string text = encode(bytes, url_alphabet);
    while (!text.empty() && text.back() == '=')
        text.pop_back();
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text)
{
    return decode(text, url_alphabet);
}

} // namespace parley
