#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// Regular expressions that clients write: Perl's dialect, over UTF-8. The door to PCRE2: no other file includes it.
// A pattern that explodes fails with `limit_reached`, after a number of steps that does not depend on the machine.
namespace parley {

enum class PatternCase : std::uint8_t {
    as_written, // Letters match as they are, unless the pattern says otherwise (`/x/i`, `(?i)`).
    ignored,
};

// Fixed after construction, so that it may be used by several threads at once.
class Pattern {
public:
    static constexpr std::size_t max_pattern_bytes = 4 * 1024;
    static constexpr std::size_t max_subject_bytes = 16 * 1024; // As long as a turn of the caller.
    static constexpr std::size_t max_replaced_bytes = 256 * 1024;
    // Of one `search` or `replace`; some 40 ms. An item of the pattern that is tried costs one step, and one more for
    // each `bytes_of_a_step` that it may look at.
    static constexpr std::uint64_t max_steps = 1'000'000;
    static constexpr std::uint64_t bytes_of_a_step = 1024;
    static constexpr std::uint32_t max_backtracks = 1'000'000;    // From one place of the subject.
    static constexpr std::uint32_t max_backtrack_depth = 100'000; // Nested ones.
    static constexpr std::uint32_t max_heap_kib = 16 * 1024;

    // Bare (`\w+`), or between slashes with flags behind (`/trek/i`). Flags: `i` case, `m` lines, `s` dot takes line
    // ends, `x` free spacing, `u` Unicode classes, `g` (nothing). Text with other letters behind its last slash is
    // bare.
    static Result<Pattern> compile(std::string_view text, PatternCase = PatternCase::as_written);

    // Whether it matches anywhere. Bytes that are not UTF-8 are read as U+FFFD, in `replace` too.
    [[nodiscard]] Result<bool> search(std::string_view subject) const;

    // All matches replaced. In `with`, `$1`, `${1}`, `${name}` and `\1` stand for groups, `$0`, `$&` and `\0` for the
    // whole match, `$$` and `\\` for the signs themselves; what names no group of the pattern stays as it is written.
    [[nodiscard]] Result<std::string> replace(std::string_view subject, std::string_view with) const;

private:
    struct Code;
    explicit Pattern(std::shared_ptr<const Code> code)
        : code_(std::move(code))
    {
    }

    // Shared: a compiled pattern never changes, and specifications that hold patterns are copied from call to call.
    std::shared_ptr<const Code> code_;
};

} // namespace parley
