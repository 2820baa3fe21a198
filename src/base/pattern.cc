#include "base/pattern.h"

#include "base/json.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace parley {

namespace {

constexpr std::uint32_t max_nested_groups = 100;

struct Delimited {
    std::string_view text;
    std::uint32_t options = 0;
};

std::optional<std::uint32_t> option_of(char flag)
{
    switch (flag) {
    case 'i': return PCRE2_CASELESS;
    case 'm': return PCRE2_MULTILINE;
    case 's': return PCRE2_DOTALL;
    case 'x': return PCRE2_EXTENDED;
    case 'u': return PCRE2_UCP;
    case 'g': return 0; // Habit of other languages: `search` needs one match, `replace` takes all.
    }
    return std::nullopt;
}

Delimited without_delimiters(std::string_view text)
{
    const auto close = text.rfind('/');
    if (text.empty() || text.front() != '/' || close == 0)
        return { text };
    Delimited inner { text.substr(1, close - 1) };
    for (const char flag : text.substr(close + 1)) {
        const auto option = option_of(flag);
        if (!option)
            return { text };
        inner.options |= *option;
    }
    return inner;
}

std::string message_of(int code)
{
    std::array<PCRE2_UCHAR, 256> message {};
    pcre2_get_error_message(code, message.data(), message.size());
    return reinterpret_cast<const char*>(message.data());
}

template <auto release> struct Releases {
    template <typename T> void operator()(T* held) const { release(held); }
};
using MatchData = std::unique_ptr<pcre2_match_data, Releases<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Releases<pcre2_match_context_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Releases<pcre2_compile_context_free>>;

PCRE2_SPTR units(std::string_view text)
{
    return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

// The library counts backtracks from each place of the subject anew, so with its own limit alone a long subject takes
// hours. It tells us of every item that it tries, so we count those for the subject as a whole.
int count_step(pcre2_callout_block* block, void* held)
{
    auto& left = *static_cast<std::uint64_t*>(held);
    const std::uint64_t cost = 1 + (block->subject_length - block->current_position) / Pattern::bytes_of_a_step;
    if (cost > left)
        return PCRE2_ERROR_CALLOUT;
    left -= cost;
    return 0;
}

} // namespace

struct Pattern::Code {
    explicit Code(pcre2_code* compiled)
        : code(compiled)
    {
        pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &groups);
    }
    ~Code() { pcre2_code_free(code); }
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;

    // The number of a group by its number or name; nothing if there is none.
    [[nodiscard]] std::optional<std::uint32_t> group(std::string_view name) const
    {
        if (name.empty())
            return std::nullopt;
        if (name.find_first_not_of("0123456789") != std::string_view::npos) {
            const int number = pcre2_substring_number_from_name(code, units(std::string(name)));
            return number > 0 ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(number)) : std::nullopt;
        }
        std::uint32_t number = 0;
        for (const char digit : name.substr(0, 6)) // No pattern has so many groups.
            number = number * 10 + static_cast<std::uint32_t>(digit - '0');
        return number <= groups && name.size() <= 6 ? std::optional(number) : std::nullopt;
    }

    pcre2_code* code;
    std::uint32_t groups = 0;
};

namespace {

// An empty match at the end of an empty match would be found for ever.
enum class Empty : std::uint8_t { matches, not_at_once };

// One pass over a subject, which is valid UTF-8, with its own limits. A value of the caller's.
class Matching {
public:
    Matching(const pcre2_code* code, std::string_view subject)
        : code_(code)
        , subject_(subject)
        , context_(pcre2_match_context_create(nullptr))
        , data_(pcre2_match_data_create_from_pattern(code, nullptr))
    {
        VERIFY(context_ && data_);
        pcre2_set_match_limit(context_.get(), Pattern::max_backtracks);
        pcre2_set_depth_limit(context_.get(), Pattern::max_backtrack_depth);
        pcre2_set_heap_limit(context_.get(), Pattern::max_heap_kib);
        pcre2_set_callout(context_.get(), count_step, &steps_left_);
    }

    Result<bool> next(std::size_t from, Empty empty)
    {
        const std::uint32_t options = empty == Empty::matches ? 0 : PCRE2_NOTEMPTY_ATSTART;
        const int found = pcre2_match(
            code_, units(subject_), subject_.size(), from, options | PCRE2_NO_UTF_CHECK, data_.get(), context_.get());
        if (found == PCRE2_ERROR_NOMATCH)
            return false;
        if (found >= 0)
            return true;
        const bool limit = found == PCRE2_ERROR_CALLOUT || found == PCRE2_ERROR_MATCHLIMIT
            || found == PCRE2_ERROR_DEPTHLIMIT || found == PCRE2_ERROR_HEAPLIMIT;
        if (limit)
            return Error { ErrorKind::limit_reached, "pattern: takes too many steps" };
        return Error { ErrorKind::invalid_request, "pattern: " + message_of(found) };
    }

    [[nodiscard]] std::size_t start() const { return pcre2_get_ovector_pointer(data_.get())[0]; }
    [[nodiscard]] std::size_t end() const { return pcre2_get_ovector_pointer(data_.get())[1]; }
    [[nodiscard]] std::string_view group(std::uint32_t number) const
    {
        const auto* ends = pcre2_get_ovector_pointer(data_.get()) + std::size_t(2) * number;
        if (number >= pcre2_get_ovector_count(data_.get()) || ends[0] == PCRE2_UNSET || ends[1] < ends[0])
            return {};
        return subject_.substr(ends[0], ends[1] - ends[0]);
    }

private:
    const pcre2_code* code_;
    std::string_view subject_;
    std::uint64_t steps_left_ = Pattern::max_steps;
    MatchContext context_;
    MatchData data_;
};

Error subject_too_long()
{
    return { ErrorKind::limit_reached, "pattern: the text is too long to be searched" };
}

// A piece of a replacement: literal text, then a group.
struct Piece {
    std::string literal;
    std::optional<std::uint32_t> group;
};

// `at` is behind the sign. Tells the group's name and moves `at` behind the reference; empty: it is none.
std::string_view reference(std::string_view with, char sign, std::size_t& at)
{
    const std::string_view rest = with.substr(at);
    const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits > 0) {
        const std::size_t taken = std::min<std::size_t>(digits, sign == '$' ? 2 : 1);
        at += taken;
        return rest.substr(0, taken);
    }
    if (sign == '$' && rest.starts_with('&')) {
        ++at;
        return "0";
    }
    if (sign == '$' && rest.starts_with('{')) {
        const auto close = rest.find('}');
        if (close != std::string_view::npos && close > 1) {
            at += close + 1;
            return rest.substr(1, close - 1);
        }
    }
    return {};
}

template <typename FindGroup> std::vector<Piece> pieces_of(std::string_view with, FindGroup find_group)
{
    std::vector<Piece> pieces(1);
    for (std::size_t at = 0; at < with.size();) {
        const char sign = with[at++];
        if (sign != '$' && sign != '\\') {
            pieces.back().literal += sign;
            continue;
        }
        if (at < with.size() && with[at] == sign) {
            pieces.back().literal += sign;
            ++at;
            continue;
        }
        const std::size_t behind_sign = at;
        const auto group = find_group(reference(with, sign, at));
        if (group) {
            pieces.back().group = group;
            pieces.emplace_back();
        } else {
            pieces.back().literal += sign;
            at = behind_sign;
        }
    }
    return pieces;
}

} // namespace

Result<Pattern> Pattern::compile(std::string_view text, PatternCase letters)
{
    if (text.size() > max_pattern_bytes)
        return Error { ErrorKind::limit_reached, "pattern: longer than " + std::to_string(max_pattern_bytes) };
    const Delimited inner = without_delimiters(text);
    // No `\C`, which could cut a character in two. The callouts are what counts the steps.
    std::uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
    options |= inner.options;
    if (letters == PatternCase::ignored)
        options |= PCRE2_CASELESS;
    const CompileContext context(pcre2_compile_context_create(nullptr));
    VERIFY(context);
    pcre2_set_parens_nest_limit(context.get(), max_nested_groups);
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(units(inner.text), inner.text.size(), options, &error, &offset, context.get());
    if (code == nullptr)
        return Error { ErrorKind::invalid_request,
            "pattern: " + message_of(error) + " at byte " + std::to_string(offset) };
    return Pattern(std::make_shared<const Code>(code));
}

Result<bool> Pattern::search(std::string_view subject) const
{
    if (subject.size() > max_subject_bytes)
        return subject_too_long();
    const std::string text = valid_utf8(subject);
    return Matching(code_->code, text).next(0, Empty::matches);
}

Result<std::string> Pattern::replace(std::string_view subject, std::string_view with) const
{
    if (subject.size() > max_subject_bytes)
        return subject_too_long();
    const std::string text = valid_utf8(subject);
    const auto pieces = pieces_of(with, [&](std::string_view name) { return code_->group(name); });
    Matching matching(code_->code, text);
    std::string out;
    std::size_t copied = 0; // Of the text.
    Empty empty = Empty::matches;
    while (true) {
        auto found = matching.next(copied, empty);
        if (!found)
            return std::move(found.error());
        if (!*found || matching.start() < copied)
            break;
        out.append(text, copied, matching.start() - copied);
        for (const Piece& piece : pieces) {
            out += piece.literal;
            if (piece.group)
                out += matching.group(*piece.group);
            if (out.size() > max_replaced_bytes)
                return Error { ErrorKind::limit_reached, "pattern: the replaced text is too long" };
        }
        copied = matching.end();
        empty = matching.start() == matching.end() ? Empty::not_at_once : Empty::matches;
    }
    out.append(text, copied);
    return out;
}

} // namespace parley
