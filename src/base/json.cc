#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace parley {

namespace {

// Builds the value while the text is read. Numbers are read here once more: the library's own are off by a last digit
// now and then, and a number that a program sent us must come back as it was.
struct Builder {
    // An object finds its keys one by one, so a hostile one must not have as many as fit into a text.
    static constexpr std::size_t max_object_size = 1'000;
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    using Text = boost::json::string_view;
    using Failure = boost::json::error_code;

    struct Level {
        Json value;
        std::string key; // Of the member that is being read.
    };

    Json root;
    std::vector<Level> open;
    std::string part; // Of a string, key or number that came in pieces.

    bool put(Json value)
    {
        if (open.empty())
            root = std::move(value);
        else if (open.back().value.is_array())
            open.back().value.as_array().push_back(std::move(value));
        else
            open.back().value.as_object()[open.back().key] = std::move(value);
        return true;
    }
    bool close()
    {
        Json value = std::move(open.back().value);
        open.pop_back();
        return put(std::move(value));
    }
    std::string whole(Text last) { return std::exchange(part, {}).append(last.data(), last.size()); }
    bool more(Text text) { return part.append(text.data(), text.size()), true; }
    bool real(double value, Text last)
    {
        const std::string text = whole(last);
        std::from_chars(
            text.data(), text.data() + text.size(), value); // Out of range: it stays what the library made of it.
        return put(value);
    }

    bool on_document_begin(Failure&) { return true; }
    bool on_document_end(Failure&) { return true; }
    bool on_array_begin(Failure&) { return open.push_back({ Json::Array(), {} }), true; }
    bool on_array_end(std::size_t, Failure&) { return close(); }
    bool on_object_begin(Failure&) { return open.push_back({ Json::Object(), {} }), true; }
    bool on_object_end(std::size_t, Failure&) { return close(); }
    bool on_string_part(Text text, std::size_t, Failure&) { return more(text); }
    bool on_string(Text text, std::size_t, Failure&) { return put(whole(text)); }
    bool on_key_part(Text text, std::size_t, Failure&) { return more(text); }
    bool on_key(Text text, std::size_t, Failure&) { return open.back().key = whole(text), true; }
    bool on_number_part(Text text, Failure&) { return more(text); }
    bool on_int64(std::int64_t value, Text, Failure&) { return part.clear(), put(value); }
    bool on_uint64(std::uint64_t value, Text, Failure&) { return part.clear(), put(static_cast<double>(value)); }
    bool on_double(double value, Text last, Failure&) { return real(value, last); }
    bool on_bool(bool value, Failure&) { return put(value); }
    bool on_null(Failure&) { return put(nullptr); }
    bool on_comment_part(Text, Failure&) { return true; }
    bool on_comment(Text, Failure&) { return true; }
};

// The length of the well-formed sequence at `at`, or 0 (RFC 3629 section 4).
std::size_t utf8_length(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(at);
    const unsigned second = byte(at + 1);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return tail(at + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool fits = !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second > 0x9F);
        return fits && tail(at + 1) && tail(at + 2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool fits = !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second > 0x8F);
        return fits && tail(at + 1) && tail(at + 2) && tail(at + 3) ? 4 : 0;
    }
    return 0;
}

void dump_string(std::string_view text, std::string& out)
{
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const auto c = static_cast<unsigned char>(text[at]);
        const std::size_t length = utf8_length(text, at);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            ++at;
            continue;
        }
        if (c == '"' || c == '\\')
            (out += '\\') += static_cast<char>(c);
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (c < 0x20)
            (((out += "\\u00") += hex[c >> 4])) += hex[c & 0x0F];
        else
            out += text.substr(at, length);
        at += length;
    }
    out += '"';
}

template <typename Number> void dump_number(Number number, std::string& out)
{
    std::array<char, 32> buffer {};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    out.append(buffer.data(), end);
}

void dump_value(const Json& value, std::string& out)
{
    if (value.is_null())
        out += "null";
    else if (value.is_bool())
        out += value.as_bool() ? "true" : "false";
    else if (value.is_integer())
        dump_number(value.as_integer(), out);
    else if (value.is_number())
        std::isfinite(value.as_number()) ? dump_number(value.as_number(), out) : void(out += "null");
    else if (value.is_string())
        dump_string(value.as_string(), out);
    else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (const Json& element : value.as_array()) {
            if (!std::exchange(first, false))
                out += ',';
            dump_value(element, out);
        }
        out += ']';
    } else {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : value.as_object()) {
            if (!std::exchange(first, false))
                out += ',';
            dump_string(key, out);
            out += ':';
            dump_value(member, out);
        }
        out += '}';
    }
}

} // namespace

Json::Object::Object(std::initializer_list<Member> members)
{
    for (const Member& member : members)
        (*this)[member.first] = member.second;
}

const Json* Json::Object::find(std::string_view key) const
{
    for (const Member& member : members_)
        if (member.first == key)
            return &member.second;
    return nullptr;
}

Json* Json::Object::find(std::string_view key)
{
    return const_cast<Json*>(std::as_const(*this).find(key));
}

Json& Json::Object::operator[](std::string_view key)
{
    if (Json* found = find(key))
        return *found;
    return members_.emplace_back(std::string(key), Json()).second;
}

void Json::Object::erase(std::string_view key)
{
    std::erase_if(members_, [&](const Member& member) { return member.first == key; });
}

std::size_t Json::Object::size() const
{
    return members_.size();
}

bool operator==(const Json::Object& a, const Json::Object& b)
{
    return a.members_ == b.members_;
}

Result<Json> Json::parse(std::string_view text)
{
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::json::basic_parser<Builder> parser(options);
    boost::json::error_code error;
    const std::size_t consumed = parser.write_some(false, text.data(), text.size(), error);
    if (!error && consumed < text.size())
        error = boost::json::error::extra_data;
    if (error)
        return Error { ErrorKind::invalid_request,
            "not JSON at byte " + std::to_string(consumed) + ": " + error.message() };
    return std::move(parser.handler().root);
}

std::string Json::dump() const
{
    std::string out;
    dump_value(*this, out);
    return out;
}

bool Json::as_bool() const
{
    VERIFY(is_bool());
    return *std::get_if<bool>(&held_);
}

std::int64_t Json::as_integer() const
{
    VERIFY(is_integer());
    return *std::get_if<std::int64_t>(&held_);
}

double Json::as_number() const
{
    VERIFY(is_number());
    if (const auto* integer = std::get_if<std::int64_t>(&held_))
        return static_cast<double>(*integer);
    return *std::get_if<double>(&held_);
}

const std::string& Json::as_string() const
{
    VERIFY(is_string());
    return *std::get_if<std::string>(&held_);
}

const Json::Array& Json::as_array() const
{
    VERIFY(is_array());
    return *std::get_if<Array>(&held_);
}

Json::Array& Json::as_array()
{
    VERIFY(is_array());
    return *std::get_if<Array>(&held_);
}

const Json::Object& Json::as_object() const
{
    VERIFY(is_object());
    return *std::get_if<Object>(&held_);
}

Json::Object& Json::as_object()
{
    VERIFY(is_object());
    return *std::get_if<Object>(&held_);
}

const Json* Json::find(std::string_view key) const
{
    const auto* object = std::get_if<Object>(&held_);
    return object ? object->find(key) : nullptr;
}

std::string Json::string_or(std::string_view key, std::string_view fallback) const
{
    const Json* member = find(key);
    return member && member->is_string() ? member->as_string() : std::string(fallback);
}

Json& Json::operator[](std::string_view key)
{
    if (is_null())
        held_ = Object();
    return as_object()[key];
}

void Json::push_back(Json value)
{
    if (is_null())
        held_ = Array();
    as_array().push_back(std::move(value));
}

std::string valid_utf8(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(at, length);
        at += length == 0 ? 1 : length;
    }
    return out;
}

} // namespace parley
