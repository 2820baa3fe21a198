#include "expand/scope.h"

#include <charconv>
#include <optional>

namespace parley::expand {

namespace {

const Json::Object* object_of(Found held)
{
    if (held.object != nullptr)
        return held.object;
    return held.json != nullptr && held.json->is_object() ? &held.json->as_object() : nullptr;
}

// Takes `[2]` from the front of the path.
std::optional<std::size_t> take_index(std::string_view& path)
{
    const auto close = path.find(']');
    if (!path.starts_with('[') || close == std::string_view::npos)
        return std::nullopt;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(path.data() + 1, path.data() + close, index);
    if (error != std::errc() || end != path.data() + close)
        return std::nullopt;
    path.remove_prefix(close + 1);
    return index;
}

// Whether a key may end there.
bool is_end(std::string_view path, std::size_t at)
{
    return at == path.size() || path[at] == '.' || path[at] == '[';
}

// Takes the key of a member from the front of the path: the shortest that `find` knows.
template <typename Find> Found take_key(std::string_view& path, Find find)
{
    for (std::size_t end = 1; end <= path.size(); ++end) {
        if (!is_end(path, end))
            continue;
        if (const Found found = find(path.substr(0, end))) {
            path.remove_prefix(end);
            return found;
        }
    }
    return {};
}

Found member(const Json::Object& object, std::string_view key)
{
    return { object.find(key) };
}

Found follow(Found held, std::string_view path)
{
    while (held && !path.empty()) {
        if (path.front() == '[') {
            const auto index = take_index(path);
            const bool there = index && held.json != nullptr && held.json->is_array();
            held = there && *index < held.json->as_array().size() ? Found { &held.json->as_array()[*index] } : Found {};
            continue;
        }
        if (path.front() != '.')
            return {};
        path.remove_prefix(1);
        const auto* object = object_of(held);
        if (object == nullptr)
            return {};
        held = take_key(path, [&](std::string_view key) { return member(*object, key); });
    }
    return held;
}

} // namespace

void Scope::add_root(const Json::Object& object)
{
    layers_.push_back({ {}, { nullptr, &object } });
}

void Scope::add_root(const Json& object)
{
    if (object.is_object())
        add_root(object.as_object());
}

void Scope::add_named(std::string name, const Json& value)
{
    layers_.push_back({ std::move(name), { &value } });
}

void Scope::add_named(std::string name, const Json::Object& object)
{
    layers_.push_back({ std::move(name), { nullptr, &object } });
}

Found Scope::find(std::string_view path) const
{
    if (path.size() > max_path_bytes)
        return {};
    const Found first = take_key(path, [&](std::string_view name) {
        for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
            if (!layer->name.empty()) {
                if (layer->name == name)
                    return layer->held;
            } else if (const Found found = member(*layer->held.object, name)) {
                return found;
            }
        }
        return Found {};
    });
    return follow(first, path);
}

} // namespace parley::expand
