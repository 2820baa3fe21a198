#include "server/doctor.h"

#include "net/address.h"
#include "net/clock.h"

#include <iostream>

namespace parley {

namespace {

constexpr std::size_t short_secret = 16; // Characters; shorter ones can be guessed.
constexpr std::string_view example_secret = "change-this";

void examine_secret(const std::string& key, const std::string& secret, Findings& out)
{
    if (secret.starts_with(example_secret))
        out.push_back({ Finding::Verdict::problem, key, "is the example's: everybody knows it" });
    else if (secret.size() < short_secret)
        out.push_back({ Finding::Verdict::notice, key,
            "is shorter than " + std::to_string(short_secret) + " characters: it can be guessed" });
}

std::string_view sign_of(Finding::Verdict verdict)
{
    switch (verdict) {
    case Finding::Verdict::fine: return "ok       ";
    case Finding::Verdict::notice: return "notice   ";
    case Finding::Verdict::problem: return "PROBLEM  ";
    }
    return "";
}

bool is_private(const std::string& ip)
{
    const auto parsed = parse_ip(ip);
    return parsed && classify(*parsed) != IpClass::global;
}

bool is_loopback(const std::string& ip)
{
    const auto parsed = parse_ip(ip);
    return parsed && classify(*parsed) == IpClass::loopback;
}

} // namespace

void examine_secrets(const Configuration& configuration, Findings& out)
{
    const std::size_t before = out.size();
    for (const ProjectConfiguration& project : configuration.projects)
        examine_secret("projects: token of " + project.id.value, project.token, out);
    if (configuration.sip.access.guests == sip::Guests::accept)
        out.push_back({ Finding::Verdict::notice, "sip.guests", "anybody who reaches the port may call" });
    for (const CustomerConfiguration& customer : configuration.customers)
        for (const std::string& key : customer.access_keys)
            examine_secret("customers: access key of " + customer.name, key, out);
    if (out.size() == before)
        out.push_back({ Finding::Verdict::fine, "secrets", "none is the example's or short" });
}

void examine_addresses(const Configuration& configuration, Findings& out)
{
    const SipConfiguration& sip = configuration.sip;
    if (is_loopback(sip.listen.ip))
        out.push_back(
            { Finding::Verdict::notice, "sip.listen", "callers on this machine alone reach " + sip.listen.ip });
    else if (!sip.public_address.empty() && is_private(sip.public_address))
        out.push_back({ Finding::Verdict::notice, "sip.public_address",
            sip.public_address + " is a private address: callers beyond this network get no sound" });
    else if (sip.public_address.empty() && is_private(sip.listen.ip))
        out.push_back({ Finding::Verdict::notice, "sip.public_address",
            "is not set and " + sip.listen.ip + " is private: callers beyond this network get no sound" });
    else
        out.push_back({ Finding::Verdict::fine, "addresses",
            "callers are told " + (sip.public_address.empty() ? sip.listen.ip : sip.public_address) });
    if (!is_loopback(sip.listen.ip) && is_loopback(configuration.rtp.address))
        out.push_back({ Finding::Verdict::problem, "rtp.address",
            "is loopback while SIP listens beyond this machine: calls would be silent" });
    if (!is_loopback(configuration.relay.listen.ip) && configuration.relay.certificate.empty())
        out.push_back({ Finding::Verdict::notice, "relay.certificate",
            "is not set: tokens and what people say cross the network in the clear" });
    if (!is_loopback(configuration.rest.listen.ip))
        out.push_back({ Finding::Verdict::notice, "rest.listen",
            "is reachable from other machines without TLS: put a reverse proxy before it" });
    const std::size_t pairs = configuration.rtp.first_port == 0
        ? 0
        : (static_cast<std::size_t>(configuration.rtp.last_port) - configuration.rtp.first_port + 1) / 2;
    if (pairs != 0 && pairs < configuration.limits.calls)
        out.push_back({ Finding::Verdict::notice, "rtp.ports",
            "are enough for " + std::to_string(pairs) + " calls, limits.calls is "
                + std::to_string(configuration.limits.calls) });
}

int run_doctor(const DoctorArguments& arguments)
{
    const auto configuration = load_configuration(arguments.config);
    if (!configuration) {
        std::cerr << configuration.error().what << std::endl;
        return 1;
    }
    Findings found;
    bool problems = false;
    const auto tell = [&] {
        for (const Finding& finding : std::exchange(found, {})) {
            std::cout << sign_of(finding.verdict) << finding.subject << ": " << finding.what << std::endl;
            problems = problems || finding.verdict == Finding::Verdict::problem;
        }
    };
    examine_secrets(*configuration, found);
    examine_addresses(*configuration, found);
    examine_certificates(*configuration, wall_now(), found);
    tell();
    examine_machine(*configuration, wall_now(), found);
    examine_ports(*configuration, found);
    tell();
    examine_providers(*configuration, found);
    tell();
    if (!arguments.stun.empty())
        examine_nat(*configuration, arguments.stun, found);
    tell();
    return problems ? 1 : 0;
}

} // namespace parley
