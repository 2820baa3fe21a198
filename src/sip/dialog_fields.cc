#include "sip/dialog_fields.h"

#include "sip/scan.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace parley::sip {
namespace {

constexpr std::uint64_t delta_seconds_limit = 0xFFFF'FFFF; // RFC 3261 25.1
constexpr std::uint64_t cseq_limit = 0x7FFF'FFFF;

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

std::string_view before_parameters(std::string_view text)
{
    return trim(text.substr(0, text.find(';')));
}

std::optional<std::vector<Parameter>> parameters_of(std::string_view text)
{
    return parse_parameters(text.substr(std::min(text.find(';'), text.size())));
}

// Digits that may be followed by parameters or a comment, as in Retry-After.
std::optional<Duration> leading_seconds(std::string_view text)
{
    const auto end = std::min(text.find_first_of("; \t("), text.size());
    const auto seconds = parse_number(text.substr(0, end), delta_seconds_limit);
    return seconds ? std::optional<Duration>(std::chrono::seconds(*seconds)) : std::nullopt;
}

std::optional<char> hex_pair(std::string_view text)
{
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9')
            return c - '0';
        if (c >= 'a' && c <= 'f')
            return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    if (text.size() < 2 || digit(text[0]) < 0 || digit(text[1]) < 0)
        return {};
    return static_cast<char>(digit(text[0]) * 16 + digit(text[1]));
}

// Nothing with a broken escape, or with a character that would end a field.
std::optional<std::string> unescape_header(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const auto byte = hex_pair(text.substr(i + 1));
            if (!byte)
                return {};
            c = *byte;
            i += 2;
        }
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
            return {};
        plain += c;
    }
    return plain;
}

} // namespace

Result<SessionExpires> parse_session_expires(std::string_view text)
{
    const auto seconds = parse_number(before_parameters(text), delta_seconds_limit);
    const auto parameters = parameters_of(text);
    if (!seconds || *seconds == 0 || !parameters)
        return bad("Session-Expires");
    SessionExpires result { std::chrono::seconds(*seconds), {} };
    if (const Parameter* refresher = find_parameter(*parameters, "refresher")) {
        if (same_word(refresher->value.value_or(""), "uac"))
            result.refresher = Refresher::uac;
        else if (same_word(refresher->value.value_or(""), "uas"))
            result.refresher = Refresher::uas;
        else
            return bad("Session-Expires refresher");
    }
    return result;
}

std::string write(const SessionExpires& value)
{
    std::string text = std::to_string(to_milliseconds(value.interval) / 1'000);
    if (value.refresher)
        text += *value.refresher == Refresher::uac ? ";refresher=uac" : ";refresher=uas";
    return text;
}

Result<std::optional<SessionExpires>> read_session_expires(const Headers& headers)
{
    const std::string* value = headers.find("Session-Expires");
    if (value == nullptr)
        return std::optional<SessionExpires> {};
    if (headers.count("Session-Expires") > 1)
        return bad("Session-Expires");
    auto parsed = parse_session_expires(*value);
    if (!parsed)
        return std::move(parsed.error());
    return std::optional<SessionExpires>(*parsed);
}

Result<std::optional<Duration>> read_min_se(const Headers& headers)
{
    const std::string* value = headers.find("Min-SE");
    if (value == nullptr)
        return std::optional<Duration> {};
    const auto seconds = parse_number(before_parameters(*value), delta_seconds_limit);
    if (!seconds || headers.count("Min-SE") > 1)
        return bad("Min-SE");
    return std::optional<Duration>(std::chrono::seconds(*seconds));
}

std::optional<std::uint32_t> read_rseq(const Headers& headers)
{
    const std::string* value = headers.find("RSeq");
    const auto number
        = value != nullptr ? parse_number(*value, std::numeric_limits<std::uint32_t>::max()) : std::nullopt;
    return number && *number > 0 ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

Result<RAck> parse_rack(std::string_view text)
{
    std::vector<std::string_view> words;
    for (text = trim(text); !text.empty();) {
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        words.push_back(text.substr(0, end));
        text = trim(text.substr(end));
    }
    if (words.size() != 3 || !is_token(words[2]))
        return bad("RAck");
    const auto rseq = parse_number(words[0], std::numeric_limits<std::uint32_t>::max());
    const auto cseq = parse_number(words[1], cseq_limit);
    if (!rseq || !cseq)
        return bad("RAck");
    return RAck { static_cast<std::uint32_t>(*rseq), static_cast<std::uint32_t>(*cseq), std::string(words[2]) };
}

std::optional<Duration> read_retry_after(const Headers& headers)
{
    const std::string* value = headers.find("Retry-After");
    return value != nullptr ? leading_seconds(*value) : std::nullopt;
}

bool lists_option(const Headers& headers, std::string_view field, std::string_view tag)
{
    const auto tags = headers.list(field);
    return tags && std::ranges::any_of(*tags, [&](const std::string& one) { return same_word(one, tag); });
}

bool allows(const Headers& headers, std::string_view method)
{
    const auto methods = headers.list("Allow");
    return methods && std::ranges::find(*methods, method) != methods->end();
}

std::string read_reason(const Headers& headers)
{
    const auto values = headers.list("Reason");
    if (!values || values->empty())
        return {};
    for (const std::string& value : *values) {
        const auto parameters = parameters_of(value);
        const std::string_view protocol = before_parameters(value);
        if (!parameters || !is_token(protocol))
            continue;
        std::string told(protocol);
        for (const std::string_view name : { "cause", "text" })
            if (const Parameter* parameter = find_parameter(*parameters, name); parameter && parameter->value)
                told += ' ' + *parameter->value;
        return told;
    }
    return {};
}

std::string write_reason(std::uint16_t sip_status, std::string_view text)
{
    return "SIP;cause=" + std::to_string(sip_status) + (text.empty() ? "" : ";text=" + quote(text));
}

Result<Replaces> parse_replaces(std::string_view text)
{
    Replaces replaces;
    replaces.call_id = before_parameters(text);
    const auto parameters = parameters_of(text);
    if (replaces.call_id.empty() || !parameters)
        return bad("Replaces");
    for (const Parameter& parameter : *parameters) {
        if (same_word(parameter.name, "to-tag"))
            replaces.to_tag = parameter.value.value_or("");
        else if (same_word(parameter.name, "from-tag"))
            replaces.from_tag = parameter.value.value_or("");
        else if (same_word(parameter.name, "early-only"))
            replaces.early_only = true;
    }
    if (replaces.to_tag.empty() || replaces.from_tag.empty())
        return bad("Replaces");
    return replaces;
}

Result<std::optional<Replaces>> read_replaces(const Headers& headers)
{
    const std::string* value = headers.find("Replaces");
    if (value == nullptr)
        return std::optional<Replaces> {};
    if (headers.count("Replaces") > 1) // RFC 3891 3: more than one is a bad request.
        return bad("Replaces");
    auto parsed = parse_replaces(*value);
    if (!parsed)
        return std::move(parsed.error());
    return std::optional<Replaces>(std::move(*parsed));
}

Result<ReferTarget> read_refer_to(const Headers& headers)
{
    if (headers.count("Refer-To") != 1)
        return bad("Refer-To");
    auto address = parse_name_addr(*headers.find("Refer-To"));
    if (!address)
        return bad("Refer-To: " + address.error().what);
    ReferTarget target { std::move(address->uri), std::move(address->display), {} };
    const std::string text = target.uri.text;
    const auto question = text.find('?');
    if (question == std::string::npos || !target.uri.scheme.starts_with("sip"))
        return target;
    auto plain = parse_uri(text.substr(0, question));
    if (!plain)
        return bad("Refer-To: " + plain.error().what);
    target.uri = std::move(*plain);
    for (std::string_view rest = std::string_view(text).substr(question + 1); !rest.empty();) {
        const auto end = std::min(rest.find('&'), rest.size());
        const std::string_view field = rest.substr(0, end);
        const auto equals = std::min(field.find('='), field.size());
        if (same_word(field.substr(0, equals), "Replaces")) {
            auto value = unescape_header(field.substr(std::min(equals + 1, field.size())));
            if (!value || !target.replaces.empty() || !parse_replaces(*value))
                return bad("Refer-To: Replaces");
            target.replaces = std::move(*value);
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return target;
}

} // namespace parley::sip
