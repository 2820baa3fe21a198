#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

// The last events and commands of one call, by name and time, written out when the call ends badly. Holds names only,
// never what people said.
namespace parley {

// The name of a type as written, without its namespaces.
template <typename T> constexpr std::string_view type_name()
{
    std::string_view name = __PRETTY_FUNCTION__; // "... [with T = parley::Name; std::string_view = ...]"
    name.remove_prefix(name.find("T = ") + 4);
    name = name.substr(0, name.find_first_of(";]"));
    const std::size_t colons = name.substr(0, name.find('<')).rfind("::");
    return colons == std::string_view::npos ? name : name.substr(colons + 2);
}

template <typename... Alternatives> std::string_view name_of(const std::variant<Alternatives...>& value)
{
    return std::visit([](const auto& held) { return type_name<std::remove_cvref_t<decltype(held)>>(); }, value);
}

class FlightRecorder {
public:
    enum class Way : std::uint8_t { event, command };

    static constexpr std::size_t capacity = 256;

    // `machine` and `name` are static text.
    void note(Instant when, Way way, std::string_view machine, std::string_view name);

    // Oldest first, a line each: milliseconds since the first, way, machine, name.
    [[nodiscard]] std::string text() const;

    // Into `directory`/flight-<call>.txt.
    Result<void> write(const std::string& directory, const CallId&, std::string_view reason) const;

private:
    struct Entry {
        Instant when {};
        Way way = Way::event;
        std::string_view machine;
        std::string_view name;
    };

    std::array<Entry, capacity> ring_ {};
    std::size_t noted_ = 0;
};

} // namespace parley
