#include "server/yaml_section.h"

#include <charconv>

namespace parley {

namespace {

struct Unit {
    std::string_view suffix;
    Duration length;
};
constexpr Unit units[] = { { "ms", 1ms }, { "s", 1s }, { "m", 60s }, { "h", 3'600s } };

std::optional<Duration> parse_duration(std::string_view text)
{
    std::int64_t count = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || count > 1'000'000'000)
        return std::nullopt;
    const std::string_view suffix = text.substr(static_cast<std::size_t>(at - text.data()));
    for (const Unit& unit : units)
        if (unit.suffix == suffix)
            return unit.length * count;
    return std::nullopt;
}

std::string written(Duration d)
{
    return d % 1s == Duration::zero() ? std::to_string(d / 1s) + "s" : std::to_string(to_milliseconds(d)) + "ms";
}

} // namespace

void YamlProblems::add(std::string_view path, std::string_view what)
{
    int line = document_.line_of(path);
    for (std::string_view parent = path; line == 0 && !parent.empty();) {
        const std::size_t cut = parent.find_last_of(".[");
        parent = cut == std::string_view::npos ? std::string_view() : parent.substr(0, cut);
        line = document_.line_of(parent);
    }
    problems_.push_back(file_ + " line " + std::to_string(line == 0 ? 1 : line) + ": key `" + std::string(path)
        + "`: " + std::string(what));
}

std::string YamlProblems::text() const
{
    std::string all;
    for (const std::string& problem : problems_)
        all += (all.empty() ? "" : "\n") + problem;
    return all;
}

YamlSection::YamlSection(YamlProblems& problems, const Json* node, std::string path)
    : problems_(problems)
    , node_(node)
    , path_(std::move(path))
{
    if (node_ && node_->is_null())
        node_ = nullptr;
    if (node_ && !node_->is_object()) {
        problems_.add(path_, "must be a mapping of keys to values");
        node_ = nullptr;
    }
}

std::string YamlSection::path_of(std::string_view key) const
{
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

bool YamlSection::has(std::string_view key) const
{
    const Json* found = node_ ? node_->find(key) : nullptr;
    return found && !found->is_null();
}

const Json* YamlSection::take(std::string_view key)
{
    known_.emplace(key);
    return has(key) ? node_->find(key) : nullptr;
}

std::optional<std::string> YamlSection::text_of(const Json& value, const std::string& path)
{
    if (value.is_string())
        return value.as_string();
    problems_.add(path, value.is_number() || value.is_bool() ? "must be a text; put it in quotes" : "must be a text");
    return std::nullopt;
}

void YamlSection::text(std::string_view key, std::string& into)
{
    if (const Json* value = take(key))
        if (auto text = text_of(*value, path_of(key)))
            into = std::move(*text);
}

void YamlSection::boolean(std::string_view key, bool& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    if (value->is_bool())
        into = value->as_bool();
    else
        problem(key, "must be true or false");
}

void YamlSection::integer(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    if (value->is_integer() && value->as_integer() >= least && value->as_integer() <= most)
        into = value->as_integer();
    else
        problem(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

void YamlSection::duration(std::string_view key, Duration least, Duration most, Duration& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    const auto parsed = value->is_string() ? parse_duration(value->as_string()) : std::nullopt;
    if (parsed && *parsed >= least && *parsed <= most)
        into = *parsed;
    else
        problem(key, "must be a duration like 300ms, 5s or 2m, from " + written(least) + " to " + written(most));
}

void YamlSection::duration_or_off(std::string_view key, Duration least, Duration most, Duration& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    const auto parsed = value->is_string() ? parse_duration(value->as_string()) : std::nullopt;
    const bool off = value->is_string() ? value->as_string() == "off" : value->is_bool() && !value->as_bool();
    if (off)
        into = {};
    else if (parsed && *parsed >= least && *parsed <= most)
        into = *parsed;
    else
        problem(key, "must be off or a duration like 30m, from " + written(least) + " to " + written(most));
}

void YamlSection::texts(std::string_view key, std::vector<std::string>& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    if (!value->is_array())
        return problem(key, "must be a list of texts");
    into.clear();
    for (std::size_t i = 0; i < value->as_array().size(); ++i)
        if (auto text = text_of(value->as_array()[i], path_of(key) + "[" + std::to_string(i) + "]"))
            into.push_back(std::move(*text));
}

void YamlSection::map(std::string_view key, std::vector<std::pair<std::string, std::string>>& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    if (!value->is_object())
        return problem(key, "must be a mapping of texts to texts");
    into.clear();
    for (const auto& [name, mapped] : value->as_object())
        if (auto text = text_of(mapped, path_of(key) + "." + name))
            into.emplace_back(name, std::move(*text));
}

void YamlSection::choice(std::string_view key, std::initializer_list<std::string_view> choices, std::size_t& into)
{
    const Json* value = take(key);
    if (!value)
        return;
    std::string offered;
    std::size_t place = 0;
    for (const std::string_view choice : choices) {
        if (value->is_string() && value->as_string() == choice) {
            into = place;
            return;
        }
        offered += (place++ == 0 ? "" : ", ") + std::string(choice);
    }
    problem(key, "must be one of: " + offered);
}

YamlSection YamlSection::section(std::string_view key)
{
    return { problems_, take(key), path_of(key) };
}

std::vector<YamlSection> YamlSection::sections(std::string_view key)
{
    std::vector<YamlSection> all;
    const Json* value = take(key);
    if (!value)
        return all;
    if (!value->is_array()) {
        problem(key, "must be a list");
        return all;
    }
    for (std::size_t i = 0; i < value->as_array().size(); ++i)
        all.emplace_back(problems_, &value->as_array()[i], path_of(key) + "[" + std::to_string(i) + "]");
    return all;
}

void YamlSection::problem(std::string_view key, std::string_view what)
{
    problems_.add(path_of(key), what);
}

void YamlSection::required(std::string_view key, const std::string& value)
{
    if (!has(key))
        problem(key, "is missing");
    else if (value.empty() && node_->find(key)->is_string())
        problem(key, "must not be empty");
}

void YamlSection::finish()
{
    if (!node_)
        return;
    for (const auto& [key, value] : node_->as_object())
        if (!known_.contains(key))
            problem(key, "is unknown here");
}

} // namespace parley
