#include "expand/phone_format.h"

#include "expand/value_text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace parley::expand {

namespace {

constexpr std::size_t fewest_digits = 7;
constexpr std::size_t most_digits = 15; // ITU-T E.164 6.2.1
constexpr std::size_t american_digits = 10;

// ITU-T E.164 annex: zones 1 and 7 are one country code each; these are the codes of two digits; all others have three.
constexpr std::array<std::string_view, 44> codes_of_two { "20", "27", "30", "31", "32", "33", "34", "36", "39", "40",
    "41", "43", "44", "45", "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62",
    "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98" };

struct PhoneNumber {
    std::string country; // "1"
    std::string digits;  // Behind it.

    [[nodiscard]] bool is_american() const { return country == "1" && digits.size() == american_digits; }
};

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

std::size_t country_code_length(std::string_view digits)
{
    if (digits.front() == '1' || digits.front() == '7')
        return 1;
    const auto two = digits.substr(0, 2);
    return std::find(codes_of_two.begin(), codes_of_two.end(), two) != codes_of_two.end() ? 2 : 3;
}

std::optional<PhoneNumber> parse(std::string_view text)
{
    if (text.starts_with("tel:"))
        text.remove_prefix(4);
    std::string digits;
    for (const char c : text) {
        if (is_digit(c))
            digits += c;
        else if (std::string_view("+ ()-./").find(c) == std::string_view::npos)
            return std::nullopt; // A name, an address.
    }
    if (digits.size() < fewest_digits || digits.size() > most_digits)
        return std::nullopt;
    if (text.find('+') != std::string_view::npos) {
        const auto length = country_code_length(digits);
        return PhoneNumber { digits.substr(0, length), digits.substr(length) };
    }
    if (digits.size() == american_digits + 1 && digits.front() == '1')
        digits.erase(0, 1);
    if (digits.size() != american_digits)
        return std::nullopt;
    return PhoneNumber { "1", digits };
}

std::vector<std::string> groups_of(std::string_view digits)
{
    std::vector<std::string> groups;
    while (digits.size() > 4) {
        const std::size_t taken = digits.size() == 5 ? 2 : std::min<std::size_t>(3, digits.size() - 3);
        groups.emplace_back(digits.substr(0, taken));
        digits.remove_prefix(taken);
    }
    if (!digits.empty())
        groups.emplace_back(digits);
    return groups;
}

std::string joined(const std::vector<std::string>& groups, std::string_view separator)
{
    std::string out;
    for (const auto& group : groups)
        (out += out.empty() ? "" : separator) += group;
    return out;
}

} // namespace

std::optional<std::string> format_phone(std::string_view kind, std::string_view text)
{
    const auto number = parse(text);
    if (!number)
        return std::nullopt;
    const auto groups = groups_of(number->digits);
    const std::string wanted = lower_case(kind);
    if (wanted == "e164")
        return "+" + number->country + number->digits;
    if (wanted == "rfc3966")
        return "tel:+" + number->country + "-" + joined(groups, "-");
    if (wanted == "international")
        return "+" + number->country + " " + joined(groups, number->is_american() ? "-" : " ");
    if (wanted != "national")
        return std::nullopt;
    if (!number->is_american())
        return joined(groups, " ");
    return "(" + groups[0] + ") " + groups[1] + "-" + groups[2];
}

std::string separated_digits(std::string_view formatted, std::string_view separator)
{
    std::string out;
    for (const char c : formatted) {
        if (!is_digit(c))
            continue;
        (out += out.empty() ? "" : separator) += c;
    }
    return out;
}

} // namespace parley::expand
