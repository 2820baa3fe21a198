#include "server/caller.h"

#include "net/address.h"
#include "server/caller_target.h"

namespace parley {

namespace {

Error wrong(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

} // namespace

std::string caller_usage()
{
    return "usage: parley call <sip:user@address[:port]> [--from NAME] [--script FILE | --say TEXT ...]\n"
           "                   [--record FILE.wav] [--events] [--voice NAME] [--bind ADDRESS]\n"
           "Dials, speaks and listens; tells on standard output what happened, one JSON object a line.\n"
           "A script has one step a line:\n"
           "  say \"text\"                             speak, once the agent has been silent for 900 ms if it speaks\n"
           "  wait agent [timeout 20s] [optional]    until the agent has spoken and was silent for 900 ms\n"
           "  barge after 1000ms \"text\"              interrupt; measures when the agent falls silent\n"
           "  noise 3s | silence 3s | digits 123# | wav FILE | hangup\n";
}

Result<CallerOptions> parse_caller_arguments(const std::vector<std::string>& rest)
{
    CallerOptions options;
    for (std::size_t n = 0; n < rest.size(); ++n) {
        const std::string& word = rest[n];
        if (word == "--events") {
            options.events = true;
            continue;
        }
        std::string* target = word == "--from" ? &options.from
            : word == "--script"               ? &options.script
            : word == "--record"               ? &options.record
            : word == "--voice"                ? &options.voice
            : word == "--bind"                 ? &options.bind_ip
                                               : nullptr;
        if (word == "--say" || target != nullptr) {
            if (++n == rest.size())
                return wrong(word + ": a value is missing");
            if (target != nullptr)
                *target = rest[n];
            else
                options.say.push_back(rest[n]);
            continue;
        }
        if (word.starts_with("--"))
            return wrong(word + ": unknown option");
        if (!options.uri.empty())
            return wrong(word + ": one address only");
        options.uri = word;
    }
    if (options.uri.empty())
        return wrong("the address to call is missing");
    if (auto target = caller::parse_target(options.uri); !target)
        return std::move(target.error());
    if (!options.script.empty() && !options.say.empty())
        return wrong("--script and --say: one of them");
    return options;
}

namespace caller {

Result<Target> parse_target(const std::string& uri)
{
    constexpr std::uint16_t sip_port = 5'060;
    const std::string_view all(uri);
    if (!all.starts_with("sip:"))
        return wrong("`" + uri + "`: expected sip:user@address[:port]");
    const auto at = all.find('@');
    if (at == std::string_view::npos || at == 4)
        return wrong("`" + uri + "`: the user is missing");
    std::string host(all.substr(at + 1, all.find_first_of(";?", at) - at - 1));
    if (host == "localhost" || host.starts_with("localhost:"))
        host.replace(0, 9, "127.0.0.1");
    if (parse_ip(host))
        return Target { uri, { host, sip_port } };
    auto address = parse_socket_address(host);
    if (!address || address->port == 0)
        return wrong("`" + uri + "`: `" + host + "` is no address; names are not looked up");
    return Target { uri, *address };
}

} // namespace caller

} // namespace parley
