#include "expand/expander.h"

#include "base/time_zone.h"
#include "expand/arithmetic.h"
#include "expand/phone_format.h"
#include "expand/placeholders.h"
#include "expand/time_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace parley::expand {

namespace {

// Takes what stands before the first blank, and the blanks.
std::string_view take_word(std::string_view& text)
{
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
    return word;
}

bool take_prefix(std::string_view& text, std::string_view prefix)
{
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// The first bytes of a text, without half a character at the end.
std::string_view whole_characters(std::string_view text, std::size_t bytes)
{
    if (text.size() <= bytes)
        return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U)
        --bytes;
    return text.substr(0, bytes);
}

// Its characters with blanks between them, so that a voice says them one by one.
std::string separated(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == ' ')
            continue;
        const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; // The same character.
        if (!out.empty() && !continues)
            out += ' ';
        out += c;
    }
    return out;
}

class Expansion {
public:
    Expansion(const Scope& scope, const ExpandTime& time, const ExpandOptions& options)
        : scope_(scope)
        , time_(time)
        , options_(options)
        , missing_(options.missing)
        , bytes_left_(options.max_bytes)
    {
    }

    std::string text(std::string_view text)
    {
        std::string out;
        const auto placeholders = find_placeholders(text);
        fill(text, placeholders, { 0, text.size() }, 0, out);
        return out;
    }

    Json json(const Json& value)
    {
        if (value.is_string())
            return text(value.as_string());
        if (value.is_array()) {
            Json::Array filled;
            for (const Json& element : value.as_array())
                filled.push_back(json(element));
            return filled;
        }
        if (value.is_object()) {
            Json::Object filled;
            for (const auto& [key, member] : value.as_object()) {
                const Missing outside = missing_;
                if (!options_.stays_below.empty() && key == options_.stays_below)
                    missing_ = Missing::stays;
                filled[key] = json(member);
                missing_ = outside;
            }
            return filled;
        }
        return value;
    }

    ExpandNotes notes;

private:
    struct Range {
        std::size_t begin;
        std::size_t end;
    };

    void fill(std::string_view text, const std::vector<Placeholder>& placeholders, Range range, std::size_t depth,
        std::string& out)
    {
        std::size_t at = range.begin;
        while (true) {
            auto next = std::lower_bound(placeholders.begin(), placeholders.end(), at,
                [](const Placeholder& placeholder, std::size_t position) { return placeholder.open < position; });
            while (next != placeholders.end() && next->close == Placeholder::unclosed)
                ++next;
            if (next == placeholders.end() || next->open >= range.end || notes.cut)
                break;
            append(text.substr(at, next->open - at), depth, out);
            at = next->close + 1;
            if (depth == max_placeholder_depth || ++placeholders_ > max_placeholders) {
                cut("more placeholders than are filled in");
                break;
            }
            std::string inner;
            fill(text, placeholders, { next->open + 2, next->close }, depth + 1, inner);
            if (text[next->open] == '@')
                append(function(inner), depth, out);
            else
                append(value(inner, text.substr(next->open, at - next->open)), depth, out);
        }
        if (!notes.cut)
            append(text.substr(at, range.end - at), depth, out);
    }

    void append(std::string_view text, std::size_t depth, std::string& out)
    {
        std::size_t& left = depth == 0 ? bytes_left_ : inner_bytes_left_;
        if (text.size() > left)
            cut("longer than it may become");
        const auto fits = whole_characters(text, left);
        left -= fits.size();
        out += fits;
    }

    void cut(const char* why)
    {
        notes.cut = true;
        complain(why);
    }

    void complain(std::string what)
    {
        if (notes.complaints.size() < max_complaints)
            notes.complaints.push_back(std::move(what));
    }

    // Of a path with what stands before it. `source`: the placeholder as it is written.
    std::string value(std::string_view path, std::string_view source)
    {
        enum class Change : std::uint8_t { lower, encode };
        std::vector<Change> changes;
        path = trimmed(path);
        while (true) {
            if (take_prefix(path, "lc:"))
                changes.push_back(Change::lower);
            else if (take_prefix(path, "enc:url:") || take_prefix(path, "enc:"))
                changes.push_back(Change::encode);
            else
                break;
        }
        const Found found = scope_.find(path);
        if (!found)
            return missing_ == Missing::stays ? std::string(source) : "";
        std::string text = value_text(found, options_.style);
        for (const Change change : changes) {
            switch (change) {
            case Change::lower: text = lower_case(text); break;
            case Change::encode: text = percent_encoded(text); break;
            }
        }
        return text;
    }

    std::string function(std::string_view inner)
    {
        std::string_view arguments = trimmed(inner);
        const auto name = take_word(arguments);
        for (const auto& [known, run] : functions)
            if (known == name)
                return (this->*run)(arguments);
        complain("no function named " + std::string(name.substr(0, 64)));
        return "";
    }

    std::string in_zone(std::string_view format, std::string_view zone)
    {
        const auto found = TimeZone::find(zone);
        if (!found)
            complain(found.error().what + ", UTC is used");
        return format_time(format, (found ? *found : TimeZone()).at(time_.now));
    }
    std::string strftime(std::string_view format) { return in_zone(format, time_.zone); }
    std::string strftime_tz(std::string_view arguments)
    {
        const auto zone = take_word(arguments);
        return in_zone(arguments, zone);
    }

    // `national:sep:- +19185550100`, or the number alone.
    std::string fmt_ph(std::string_view arguments)
    {
        std::string_view number = arguments;
        std::string_view kind = take_word(number);
        if (kind.empty() || kind.find_first_of("+(0123456789") == 0) { // No kind.
            number = arguments;
            kind = "national";
        }
        constexpr std::string_view mark = ":sep:";
        const auto separator = kind.find(mark);
        auto formatted = format_phone(kind.substr(0, separator), number);
        if (!formatted) {
            complain("fmt_ph: no telephone number, or no such kind");
            return std::string(number);
        }
        return separator == std::string_view::npos ? *formatted
                                                   : separated_digits(*formatted, kind.substr(separator + mark.size()));
    }

    std::string expr(std::string_view arguments)
    {
        const auto result = evaluate_arithmetic(arguments);
        if (!result) {
            complain(result.error().what);
            return "";
        }
        // Decimal fractions are not exact in binary; the last digits of 0.1 + 0.2 are nobody's business.
        const double scale = 1e9;
        const double rounded = std::round(*result * scale) / scale;
        return number_text(std::isfinite(rounded) ? rounded : *result);
    }

    std::string echo(std::string_view arguments) { return std::string(arguments); }
    std::string separate(std::string_view arguments) { return separated(arguments); }

    std::string sleep(std::string_view arguments)
    {
        double seconds = 0;
        const auto [end, error] = std::from_chars(arguments.data(), arguments.data() + arguments.size(), seconds);
        if (error != std::errc() || end != arguments.data() + arguments.size() || !(seconds >= 0)) {
            complain("sleep: no number of seconds");
            return "";
        }
        const double longest = std::chrono::duration<double>(max_sleep - notes.sleep).count();
        notes.sleep += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, longest)));
        return "";
    }

    using Function = std::string (Expansion::*)(std::string_view);
    static constexpr std::pair<std::string_view, Function> functions[] {
        { "strftime", &Expansion::strftime },
        { "strftime_tz", &Expansion::strftime_tz },
        { "fmt_ph", &Expansion::fmt_ph },
        { "expr", &Expansion::expr },
        { "echo", &Expansion::echo },
        { "separate", &Expansion::separate },
        { "sleep", &Expansion::sleep },
    };

    const Scope& scope_;
    const ExpandTime& time_;
    const ExpandOptions& options_;
    Missing missing_; // Where we are.
    std::size_t bytes_left_;
    std::size_t inner_bytes_left_ = max_expanded_bytes; // What stands within placeholders, all of it.
    std::size_t placeholders_ = 0;
};

} // namespace

Expanded expand_text(std::string_view text, const Scope& scope, const ExpandTime& time, const ExpandOptions& options)
{
    Expansion expansion(scope, time, options);
    auto filled = expansion.text(text);
    return { std::move(filled), std::move(expansion.notes) };
}

ExpandedJson expand_json(const Json& value, const Scope& scope, const ExpandTime& time, const ExpandOptions& options)
{
    Expansion expansion(scope, time, options);
    auto filled = expansion.json(value);
    return { std::move(filled), std::move(expansion.notes) };
}

} // namespace parley::expand
