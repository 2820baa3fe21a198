#include "server/doctor.h"

#include "net/address.h"
#include "net/certificate.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "net/udp_socket.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <filesystem>

namespace parley {

namespace {

using Verdict = Finding::Verdict;

constexpr Duration expires_soon = std::chrono::hours(24 * 14);
constexpr std::uint64_t little_disk = 1024ULL * 1024 * 1024;
constexpr std::size_t files_per_call = 4;              // RTP, RTCP and two connections to providers.
constexpr std::size_t files_besides = 512;             // Listeners, databases, RELAY clients.
constexpr WallTime released { 1'790'000'000'000'000 }; // Autumn 2026: a clock before that was lost.

void examine_identity(const std::string& key, const TlsIdentity& identity, WallTime now, Findings& out)
{
    const auto facts = inspect_certificate(identity);
    if (!facts)
        return out.push_back({ Verdict::problem, key, facts.error().what });
    std::string names;
    for (const std::string& name : facts->names)
        names += (names.empty() ? "" : ", ") + name;
    const auto days = (facts->not_after - now) / std::chrono::hours(24);
    if (now < facts->not_before)
        out.push_back({ Verdict::problem, key, "is not valid yet" });
    else if (now >= facts->not_after)
        out.push_back({ Verdict::problem, key, "has expired" });
    else if (facts->not_after - now < expires_soon)
        out.push_back({ Verdict::notice, key, "expires in " + std::to_string(days) + " days" });
    else
        out.push_back({ Verdict::fine, key, "is valid for " + std::to_string(days) + " days" });
    if (names.empty())
        out.push_back({ Verdict::notice, key, "names no host: clients will refuse it" });
    else
        out.back().what += ", for " + names;
}

void tell_bound(const std::string& key, const SocketAddress& address, const std::optional<Error>& error, Findings& out)
{
    if (!error)
        return out.push_back({ Verdict::fine, key, to_string(address) + " is free" });
    const bool taken = error->kind == ErrorKind::conflict;
    out.push_back({ Verdict::problem, key, error->what + (taken ? "; does the server run already?" : "") });
}

// Descriptors and connections close with the loop, which nobody runs.
std::optional<Error> try_udp(EventLoop& loop, const SocketAddress& address)
{
    auto socket = UdpSocket::bind(loop, address, [](auto&&...) {});
    return socket ? std::nullopt : std::optional(socket.error());
}

std::optional<Error> try_tcp(EventLoop& loop, const SocketAddress& address)
{
    auto server = HttpServer::listen(loop, address, [](auto&&...) {});
    return server ? std::nullopt : std::optional(server.error());
}

void examine_clock(WallTime now, Findings& out)
{
    timex state {};
    if (now < released)
        out.push_back({ Verdict::problem, "clock", "is years behind: certificates and signatures will fail" });
    else if (::adjtimex(&state) < 0 || (state.status & STA_UNSYNC) != 0)
        out.push_back({ Verdict::notice, "clock", "is not kept by a time service: times in the log may be wrong" });
    else
        out.push_back({ Verdict::fine, "clock", "is synchronised" });
}

void examine_files(const Configuration& configuration, Findings& out)
{
    rlimit limit {};
    const std::size_t wanted = configuration.limits.calls * files_per_call + files_besides;
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < wanted)
        out.push_back({ Verdict::notice, "open files",
            std::to_string(limit.rlim_max) + " may be open, limits.calls needs about " + std::to_string(wanted)
                + " (ulimit -Hn, LimitNOFILE=)" });
    else
        out.push_back({ Verdict::fine, "open files", "as many as limits.calls needs" });
}

void examine_folder(const std::string& key, const std::string& folder, Findings& out)
{
    struct statvfs disk { };
    if (::access(folder.c_str(), W_OK) != 0 || ::statvfs(folder.c_str(), &disk) != 0)
        return out.push_back({ Verdict::problem, key, folder + " cannot be written" });
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const std::string amount = std::to_string(free / (1024 * 1024)) + " MiB free";
    out.push_back({ free < little_disk ? Verdict::notice : Verdict::fine, key, folder + " has " + amount });
}

std::string folder_of(const std::string& file)
{
    const std::string folder = std::filesystem::path(file).parent_path().string();
    return folder.empty() ? "." : folder;
}

} // namespace

void examine_certificates(const Configuration& configuration, WallTime now, Findings& out)
{
    if (const auto& tls = configuration.sip.tls)
        examine_identity("sip.tls.certificate", { tls->certificate, tls->key }, now, out);
    if (!configuration.relay.certificate.empty())
        examine_identity("relay.certificate", { configuration.relay.certificate, configuration.relay.key }, now, out);
}

void examine_ports(const Configuration& configuration, Findings& out)
{
    EventLoop loop;
    const SocketAddress& sip = configuration.sip.listen; // The same port twice.
    const auto udp = try_udp(loop, sip);
    tell_bound("sip.listen", sip, udp ? udp : try_tcp(loop, sip), out);
    if (const auto& tls = configuration.sip.tls)
        tell_bound("sip.tls.listen", tls->listen, try_tcp(loop, tls->listen), out);
    tell_bound("relay.listen", configuration.relay.listen, try_tcp(loop, configuration.relay.listen), out);
    tell_bound("rest.listen", configuration.rest.listen, try_tcp(loop, configuration.rest.listen), out);
    const SocketAddress rtp { configuration.rtp.address, configuration.rtp.first_port };
    tell_bound("rtp.address", rtp, try_udp(loop, rtp), out);
}

void examine_machine(const Configuration& configuration, WallTime now, Findings& out)
{
    examine_clock(now, out);
    examine_files(configuration, out);
    examine_folder("database.path", folder_of(configuration.database), out);
    examine_folder("log.flight_directory", configuration.flight.directory, out);
}

} // namespace parley
