#include "sip/scan.h"

#include <algorithm>

namespace parley::sip {
namespace {

bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_token_character(char c)
{
    return is_alphanumeric(c) || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}

char lower_character(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// RFC 3261 25.1: gen-value = token / host / quoted-string. Hosts bring brackets and colons (received=::1).
bool is_parameter_value(std::string_view text)
{
    return !text.empty()
        && std::ranges::all_of(text, [](char c) { return is_token_character(c) || c == '[' || c == ']' || c == ':'; });
}

std::optional<Parameter> parse_parameter(std::string_view text)
{
    const auto equals = text.find('=');
    Parameter parameter { std::string(trim(text.substr(0, equals))), {} };
    if (!is_token(parameter.name))
        return {};
    if (equals == std::string_view::npos)
        return parameter;
    const std::string_view value = trim(text.substr(equals + 1));
    if (value.starts_with('"')) {
        auto quoted = parse_quoted(value);
        if (!quoted || quoted->length != value.size())
            return {};
        parameter.value = std::move(quoted->content);
        return parameter;
    }
    if (!is_parameter_value(value))
        return {};
    parameter.value = value;
    return parameter;
}

} // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

bool same_word(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return lower_character(x) == lower_character(y); });
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower_character);
    return result;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t limit)
{
    if (text.empty())
        return {};
    std::uint64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return {};
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (digit > limit || number > (limit - digit) / 10)
            return {};
        number = number * 10 + digit;
    }
    return number;
}

std::optional<std::vector<std::string_view>> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    bool in_brackets = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && !in_brackets) {
            const auto quoted = parse_quoted(text.substr(i));
            if (!quoted)
                return {};
            i += quoted->length - 1;
        } else if (c == '<') {
            in_brackets = true;
        } else if (c == '>') {
            in_brackets = false;
        } else if (c == separator && !in_brackets) {
            parts.push_back(trim(text.substr(start, i - start)));
            start = i + 1;
        }
    }
    parts.push_back(trim(text.substr(start)));
    if (in_brackets || std::ranges::any_of(parts, &std::string_view::empty))
        return {};
    return parts;
}

std::optional<std::vector<Parameter>> parse_parameters(std::string_view text)
{
    std::vector<Parameter> parameters;
    text = trim(text);
    if (text.empty())
        return parameters;
    if (text.front() != ';')
        return {};
    const auto parts = split(text.substr(1), ';');
    if (!parts)
        return {};
    for (const std::string_view part : *parts) {
        auto parameter = parse_parameter(part);
        if (!parameter)
            return {};
        parameters.push_back(std::move(*parameter));
    }
    return parameters;
}

const Parameter* find_parameter(const std::vector<Parameter>& parameters, std::string_view name)
{
    const auto found
        = std::ranges::find_if(parameters, [&](const Parameter& parameter) { return same_word(parameter.name, name); });
    return found == parameters.end() ? nullptr : &*found;
}

std::optional<QuotedString> parse_quoted(std::string_view text)
{
    if (!text.starts_with('"'))
        return {};
    QuotedString quoted;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            quoted.length = i + 1;
            return quoted;
        }
        if (text[i] == '\\' && ++i == text.size())
            return {};
        quoted.content += text[i];
    }
    return {};
}

std::string quote(std::string_view content)
{
    std::string text = "\"";
    for (const char c : content) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            continue;
        if (c == '"' || c == '\\')
            text += '\\';
        text += c;
    }
    return text + '"';
}

} // namespace parley::sip
