#include "expand/value_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace parley::expand {

namespace {

// Integers beyond this are not exact in a double; they keep their exponent.
constexpr double largest_plain = 1e15;
constexpr double smallest_plain = 1e-6;

void write_tabbed(const Json& value, std::size_t depth, std::string& out);

void write_tabbed(const Json::Object& object, std::size_t depth, std::string& out)
{
    out += "{\n";
    std::size_t left = object.size();
    for (const auto& [key, member] : object) {
        out.append(depth + 1, '\t');
        out += Json(key).dump();
        out += ":\t";
        write_tabbed(member, depth + 1, out);
        out += --left > 0 ? ",\n" : "\n";
    }
    out.append(depth, '\t');
    out += '}';
}

void write_tabbed(const Json& value, std::size_t depth, std::string& out)
{
    if (value.is_object()) {
        write_tabbed(value.as_object(), depth, out);
    } else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (const Json& element : value.as_array()) {
            if (!std::exchange(first, false))
                out += ", ";
            write_tabbed(element, depth + 1, out);
        }
        out += ']';
    } else if (value.is_number() && !value.is_integer()) {
        out += std::isfinite(value.as_number()) ? number_text(value.as_number()) : "null";
    } else {
        out += value.dump();
    }
}

// Letters from `first` to `last`, each `step`-th, whose small ones stand `distance` behind them. All of two bytes.
struct Capitals {
    unsigned first;
    unsigned last;
    unsigned step;
    unsigned distance;
};
constexpr std::array<Capitals, 9> capitals { {
    { 0xC0, 0xD6, 1, 32 },   // Western Europe, without the sign of multiplication
    { 0xD8, 0xDE, 1, 32 },   // …
    { 0x100, 0x136, 2, 1 },  // Central Europe
    { 0x139, 0x147, 2, 1 },  // …
    { 0x14A, 0x176, 2, 1 },  // …
    { 0x179, 0x17D, 2, 1 },  // …
    { 0x391, 0x3A9, 1, 32 }, // Greek
    { 0x400, 0x40F, 1, 80 }, // Cyrillic
    { 0x410, 0x42F, 1, 32 }, // …
} };
constexpr unsigned dotted_i = 0x130; // Its small letter is ASCII's.

unsigned small_letter(unsigned letter)
{
    if (letter == dotted_i)
        return letter;
    for (const Capitals& row : capitals)
        if (letter >= row.first && letter <= row.last && (letter - row.first) % row.step == 0)
            return letter + row.distance;
    return letter;
}

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'
        || c == '.' || c == '~';
}

} // namespace

std::string number_text(double number)
{
    if (!std::isfinite(number))
        return "";
    std::array<char, 64> text {};
    const double size = std::fabs(number);
    const bool plain = size == 0 || (size >= smallest_plain && size < largest_plain);
    const auto end = plain ? std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed).ptr
                           : std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    const std::string written(text.data(), end);
    return written == "-0" ? "0" : written;
}

std::string value_text(const Json& value, ValueStyle style)
{
    if (value.is_null())
        return "";
    if (value.is_string())
        return value.as_string();
    if (value.is_number() && !value.is_integer())
        return number_text(value.as_number());
    if (style == ValueStyle::compact || !(value.is_object() || value.is_array()))
        return value.dump();
    std::string out;
    write_tabbed(value, 0, out);
    return out;
}

std::string value_text(Found found, ValueStyle style)
{
    if (found.json != nullptr)
        return value_text(*found.json, style);
    if (found.object == nullptr)
        return "";
    if (style == ValueStyle::compact)
        return Json(*found.object).dump();
    std::string out;
    write_tabbed(*found.object, 0, out);
    return out;
}

std::string lower_case(std::string_view text)
{
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto first = static_cast<unsigned char>(out[i]);
        if (first >= 'A' && first <= 'Z') {
            out[i] = static_cast<char>(first + ('a' - 'A'));
        } else if (first >= 0xC3 && first <= 0xD1 && i + 1 < out.size()) { // U+00C0 to U+047F
            const auto second = static_cast<unsigned char>(out[i + 1]);
            if ((second & 0xC0U) != 0x80U)
                continue;
            const unsigned letter = small_letter((first & 0x1FU) << 6 | (second & 0x3FU));
            out[i++] = static_cast<char>(0xC0U | letter >> 6);
            out[i] = static_cast<char>(0x80U | (letter & 0x3FU));
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        ((out += '%') += hex[byte >> 4]) += hex[byte & 0x0F];
    }
    return out;
}

} // namespace parley::expand
