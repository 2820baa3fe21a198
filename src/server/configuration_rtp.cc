#include "server/configuration_rtp.h"

#include "server/configuration_values.h"

#include <charconv>
#include <string_view>

namespace parley {

namespace {

constexpr Duration longest_timeout = 24h;

bool read_ports(std::string_view text, RtpConfiguration& into)
{
    const char* const end = text.data() + text.size();
    auto [dash, error] = std::from_chars(text.data(), end, into.first_port);
    if (error != std::errc() || dash == end || *dash != '-')
        return false;
    auto [last, last_error] = std::from_chars(dash + 1, end, into.last_port);
    return last_error == std::errc() && last == end && into.first_port >= 1024 && into.first_port < into.last_port;
}

} // namespace

RtpConfiguration read_rtp(YamlSection& in)
{
    RtpConfiguration read;
    read_address(in, "address", read.address);
    std::string ports;
    in.text("ports", ports);
    if (!ports.empty() && !read_ports(ports, read))
        in.problem("ports", "\"" + ports + "\" is no range of ports, for example 10000-20000");
    in.duration("port_drain", 0ms, 60s, read.port_drain);
    in.duration("timeout", 0ms, longest_timeout, read.timeout);
    in.duration("timeout_on_hold", 0ms, longest_timeout, read.timeout_on_hold);
    auto policy = static_cast<std::size_t>(read.srtp);
    in.choice("srtp", { "off", "optional", "required" }, policy);
    read.srtp = static_cast<sdp::SrtpPolicy>(policy);
    std::size_t over = 0;
    in.choice("srtp_keys_over", { "tls", "any" }, over);
    read.srtp_keys_over_any = over == 1;
    in.boolean("echo_floor", read.echo_floor);
    return read;
}

} // namespace parley
