#pragma once

#include "base/time.h"
#include "base/yaml.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// Strict reading of a YAML mapping into typed values. Collects every problem with its line and key instead of stopping
// at the first. Knows nothing of what the keys mean.
namespace parley {

class YamlProblems {
public:
    YamlProblems(const YamlDocument& document, std::string_view file)
        : document_(document)
        , file_(file)
    {
    }

    // `path` may not be in the file; then the line of its nearest parent is named.
    void add(std::string_view path, std::string_view what);

    [[nodiscard]] bool empty() const { return problems_.empty(); }
    [[nodiscard]] std::string text() const; // A line each.

private:
    const YamlDocument& document_;
    std::string file_;
    std::vector<std::string> problems_;
};

// One mapping. Ask for every key it may hold, then `finish()`: what was not asked for is unknown.
class YamlSection {
public:
    // `node` nullptr or null: an absent section, all defaults.
    YamlSection(YamlProblems&, const Json* node, std::string path);

    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string path_of(std::string_view key) const;

    // Leaves `into` alone when the key is absent.
    void text(std::string_view key, std::string& into);
    void boolean(std::string_view key, bool& into);
    void integer(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t& into);
    void duration(std::string_view key, Duration least, Duration most, Duration& into);        // `300ms`, `5s`, `2m`
    void duration_or_off(std::string_view key, Duration least, Duration most, Duration& into); // `off`: zero.
    void texts(std::string_view key, std::vector<std::string>& into);                          // A list of texts.
    void map(std::string_view key, std::vector<std::pair<std::string, std::string>>& into);
    // The place of the text in `choices`.
    void choice(std::string_view key, std::initializer_list<std::string_view> choices, std::size_t& into);

    [[nodiscard]] YamlSection section(std::string_view key);
    [[nodiscard]] std::vector<YamlSection> sections(std::string_view key); // A list of mappings.

    void problem(std::string_view key, std::string_view what); // About this key's value.
    void required(std::string_view key, const std::string& value);
    void finish();

private:
    const Json* take(std::string_view key);
    // Numbers and booleans written without quotes are what was written, but no text: says so.
    std::optional<std::string> text_of(const Json&, const std::string& path);

    YamlProblems& problems_;
    const Json* node_;
    std::string path_;
    std::set<std::string, std::less<>> known_;
};

} // namespace parley
