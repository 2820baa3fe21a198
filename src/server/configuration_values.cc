#include "server/configuration_values.h"

#include "net/address.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace parley {

namespace {

constexpr std::uint16_t domain_port = 53; // RFC 1035 4.2

std::optional<SocketAddress> name_server_of(const std::string& text)
{
    if (const auto ip = parse_ip(text))
        return SocketAddress { to_string(*ip), domain_port };
    const auto with_port = parse_socket_address(text);
    return with_port && with_port->port != 0 ? std::optional(*with_port) : std::nullopt;
}

} // namespace

void read_listen(YamlSection& in, SocketAddress& into)
{
    std::string text = to_string(into);
    in.text("listen", text);
    if (auto parsed = parse_socket_address(text))
        into = *parsed;
    else
        in.problem("listen", "\"" + text + "\" is no address:port, for example 127.0.0.1:5060");
}

void read_address(YamlSection& in, std::string_view key, std::string& into)
{
    in.text(key, into);
    if (!into.empty() && !parse_ip(into))
        in.problem(key, "\"" + into + "\" is no numeric IP address");
}

void read_name_servers(YamlSection& in, std::string_view key, std::vector<SocketAddress>& into)
{
    std::vector<std::string> texts;
    in.texts(key, texts);
    if (texts.size() > max_name_servers)
        in.problem(key, "are more than " + std::to_string(max_name_servers));
    for (const std::string& text : texts) {
        if (auto server = name_server_of(text))
            into.push_back(std::move(*server));
        else
            in.problem(key, "\"" + text + "\" is no numeric address and no address:port, for example 192.0.2.53:53");
    }
}

void read_secret(YamlSection& in, const Environment& environment, std::string_view key, std::string& into)
{
    const std::string env_key = std::string(key) + "_env";
    std::string variable;
    in.text(key, into);
    in.text(env_key, variable);
    if (variable.empty())
        return;
    if (in.has(key))
        return in.problem(env_key, "stands beside `" + std::string(key) + "`; keep one of them");
    auto value = environment(variable);
    if (value && !value->empty())
        into = std::move(*value);
    else
        in.problem(env_key, "names the environment variable " + variable + ", which is not set");
}

void read_dial(YamlSection in, DialPolicy& into)
{
    in.texts("numbers", into.numbers);
    for (const std::string& start : into.numbers) {
        const std::string_view digits = std::string_view(start).substr(start.starts_with('+') ? 1 : 0);
        if (start.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
            in.problem("numbers", "\"" + start + "\" is no beginning of a number, as +1555 or 100");
    }
    in.texts("hosts", into.hosts);
    for (std::string& host : into.hosts) {
        std::ranges::transform(
            host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        if (host.empty() || host.find_first_of("@/ ") != std::string::npos)
            in.problem("hosts", "\"" + host + "\" is no host name, IP address or *");
    }
    into.max_dials = read_whole(in, "at_once", 1, 1'000, into.max_dials);
    in.finish();
}

void read_project_limits(YamlSection in, relay::ProjectLimits& into)
{
    into.connections = read_whole(in, "connections", 1, 1'000'000, into.connections);
    into.calls = read_whole(in, "calls", 0, 100'000, into.calls);
    into.dials_per_second = read_whole(in, "dials_per_second", 1, 10'000, into.dials_per_second);
    into.commands_per_second = read_whole(in, "commands_per_second", 1, 100'000, into.commands_per_second);
    into.events = read_whole(in, "events", 1, 100'000, into.events);
    in.finish();
}

bool is_any_address(std::string_view ip)
{
    const auto parsed = parse_ip(ip);
    return parsed && classify(*parsed) == IpClass::unspecified;
}

} // namespace parley
