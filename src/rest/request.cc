#include "rest/request.h"

#include <algorithm>

namespace parley {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

int hexadecimal(char c)
{
    c = lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum class Plus : std::uint8_t {
    literal, // In a path.
    space,   // In a query.
};

std::optional<std::string> decoded(std::string_view text, Plus plus)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::space) {
            result += ' ';
        } else if (text[i] != '%') {
            result += text[i];
        } else {
            if (i + 2 >= text.size() || hexadecimal(text[i + 1]) < 0 || hexadecimal(text[i + 2]) < 0)
                return std::nullopt;
            result += static_cast<char>(hexadecimal(text[i + 1]) * 16 + hexadecimal(text[i + 2]));
            i += 2;
        }
    }
    return result;
}

// The part before the separator; `rest` becomes what follows it.
std::string_view cut(std::string_view& rest, char separator)
{
    const std::size_t at = std::min(rest.find(separator), rest.size());
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return part;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

Error broken_escape()
{
    return { ErrorKind::invalid_request, "request target: broken percent-encoding" };
}

} // namespace

std::optional<std::string_view> RestRequest::header(std::string_view name) const
{
    for (const auto& [other, value] : headers)
        if (same_name(other, name))
            return value;
    return std::nullopt;
}

std::optional<std::string_view> Target::parameter(std::string_view name) const
{
    for (const auto& [other, value] : query)
        if (other == name && !value.empty())
            return value;
    return std::nullopt;
}

Result<Target> parse_target(std::string_view text)
{
    std::string_view query = text;
    auto path = decoded(cut(query, '?'), Plus::literal);
    if (!path)
        return broken_escape();
    Target target { std::move(*path), {} };
    while (!query.empty()) {
        std::string_view value = cut(query, '&');
        const auto decoded_name = decoded(cut(value, '='), Plus::space);
        auto decoded_value = decoded(value, Plus::space);
        if (!decoded_name || !decoded_value)
            return broken_escape();
        target.query.emplace_back(*decoded_name, std::move(*decoded_value));
    }
    return target;
}

std::optional<std::string_view> cookie(const RestRequest& request, std::string_view name)
{
    for (const auto& [header, text] : request.headers) {
        if (!same_name(header, "Cookie"))
            continue;
        for (std::string_view rest = text; !rest.empty();) {
            std::string_view value = cut(rest, ';');
            if (trimmed(cut(value, '=')) != name)
                continue;
            value = trimmed(value);
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            if (!value.empty())
                return value;
        }
    }
    return std::nullopt;
}

} // namespace parley
