#include "store/message.h"

#include <array>
#include <utility>

namespace parley {

namespace {

// The six roles, in the order of the enumeration.
constexpr std::array<std::string_view, 6> role_names {
    "system",
    "user",
    "assistant",
    "function",
    "tool",
    "notification",
};

} // namespace

std::string_view to_string(Role role)
{
    return role_names.at(static_cast<std::size_t>(role));
}

std::optional<Role> role_from(std::string_view text)
{
    for (std::size_t i = 0; i < role_names.size(); ++i)
        if (role_names[i] == text)
            return static_cast<Role>(i);
    return std::nullopt;
}

} // namespace parley
