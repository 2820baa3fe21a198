#pragma once

#include "base/socket_address.h"
#include "server/configuration.h"
#include "server/yaml_section.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Values that several sections of the configuration hold, read the same way everywhere. Each leaves `into` alone when
// its key is absent.
namespace parley {

template <typename T>
T read_whole(YamlSection& in, std::string_view key, std::int64_t least, std::int64_t most, T value)
{
    auto number = static_cast<std::int64_t>(value);
    in.integer(key, least, most, number);
    return static_cast<T>(number);
}

// `listen`: a numeric address and a port.
void read_listen(YamlSection&, SocketAddress& into);

// A numeric IP address, or nothing.
void read_address(YamlSection&, std::string_view key, std::string& into);

// A list of numeric addresses, with a port or without: 53. Of more than this the later would hardly ever be asked.
inline constexpr std::size_t max_name_servers = 8;
void read_name_servers(YamlSection&, std::string_view key, std::vector<SocketAddress>& into);

// `key` itself, or the environment variable that `key_env` names.
void read_secret(YamlSection&, const Environment&, std::string_view key, std::string& into);

// `dial` of a project.
void read_dial(YamlSection, DialPolicy& into);

// `limits` of a project.
void read_project_limits(YamlSection, relay::ProjectLimits& into);

// 0.0.0.0 or ::
[[nodiscard]] bool is_any_address(std::string_view ip);

} // namespace parley
