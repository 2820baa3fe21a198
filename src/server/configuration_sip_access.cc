#include "server/configuration_sip_access.h"

#include "server/configuration_values.h"
#include "sip/uri.h"

#include <algorithm>

namespace parley {

namespace {

constexpr std::size_t max_users = 100'000;
constexpr std::size_t max_trunks = 100;
constexpr std::int64_t max_rate = 10'000;

bool is_hash(std::string_view text, std::size_t digits)
{
    return text.size() == digits
        && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// A burst of two seconds' worth: phones that start together after a power cut come in one.
void read_rate(YamlSection& in, std::string_view key, sip::Rate& rate)
{
    const std::uint32_t before = rate.per_second;
    rate.per_second = read_whole(in, key, 1, max_rate, rate.per_second);
    if (rate.per_second != before)
        rate.burst = rate.per_second * 2;
}

void read_networks(YamlSection& in, std::string_view key, std::vector<IpNetwork>& into)
{
    std::vector<std::string> texts;
    in.texts(key, texts);
    for (const std::string& text : texts) {
        if (auto network = IpNetwork::parse(text))
            into.push_back(*network);
        else
            in.problem(key, "\"" + text + "\" is no IP address and no range like 10.0.0.0/8");
    }
}

void read_user(YamlSection& in, const Environment& environment, sip::AccessSettings& access)
{
    std::string name;
    std::string password;
    sip::DigestSecret secret;
    in.text("name", name);
    in.required("name", name);
    read_secret(in, environment, "password", password);
    in.text("ha1", secret.ha1_md5);
    in.text("ha1_sha256", secret.ha1_sha256);
    if (!secret.ha1_md5.empty() && !is_hash(secret.ha1_md5, 32))
        in.problem("ha1", "is no MD5 hash of user:realm:password: 32 hexadecimal digits in lower case");
    if (!secret.ha1_sha256.empty() && !is_hash(secret.ha1_sha256, 64))
        in.problem("ha1_sha256", "is no SHA-256 hash of user:realm:password: 64 hexadecimal digits in lower case");
    const bool hashed = !secret.ha1_md5.empty() || !secret.ha1_sha256.empty();
    if (password.empty() && !hashed && !in.has("password_env"))
        in.problem("password", "is missing");
    if (!password.empty() && hashed)
        in.problem("password", "stands beside a hash of it; keep one of them");
    in.finish();
    if (!hashed)
        secret = sip::make_secret(name, access.digest.realm, password);
    if (!name.empty() && !access.users.emplace(name, std::move(secret)).second)
        in.problem("name", "\"" + name + "\" stands twice");
}

// "sip.example.com", "sip.example.com:5070", "sip:…;transport=tcp", "sips:…"
void read_server(YamlSection& in, std::string& server)
{
    in.text("server", server);
    if (server.empty())
        return;
    if (!server.starts_with("sip:") && !server.starts_with("sips:"))
        server.insert(0, "sip:");
    const auto uri = sip::parse_uri(server);
    if (!uri || !uri->is_sip() || uri->host.empty() || !uri->user.empty())
        in.problem("server", "is no host like sip.example.com, with a port and ;transport=tcp if need be");
}

void read_caller_id_field(YamlSection& in, sip::CallerIdField& into)
{
    auto place = static_cast<std::size_t>(into);
    in.choice("caller_id_field", { "from", "asserted_identity" }, place);
    into = static_cast<sip::CallerIdField>(place);
}

void read_trunk(YamlSection& in, const Environment& environment, SipConfiguration& sip)
{
    sip::Trunk trunk;
    TrunkRouteConfiguration route;
    in.text("name", trunk.name);
    in.required("name", trunk.name);
    read_server(in, trunk.server);
    in.text("domain", trunk.domain);
    in.text("username", trunk.username);
    read_secret(in, environment, "password", trunk.password);
    in.boolean("register", trunk.registers);
    in.duration("expires", 60s, 24h, trunk.expires);
    in.text("caller_id", trunk.caller_id);
    read_caller_id_field(in, trunk.caller_id_field);
    in.texts("prefixes", trunk.prefixes);
    in.boolean("default", trunk.is_default);
    read_networks(in, "sources", trunk.sources);
    in.text("inbound_user", trunk.inbound_user);
    in.texts("may_call", trunk.may_call);
    trunk.max_calls = read_whole(in, "calls", 0, 100'000, trunk.max_calls);
    read_rate(in, "calls_per_second", trunk.invites);
    in.text("project", route.project.value);
    in.text("context", route.context.value);

    if (trunk.server.empty() && trunk.sources.empty())
        in.problem("server", "is missing, and so is `sources`: nothing would ever be this trunk's");
    if (trunk.registers && (trunk.server.empty() || trunk.username.empty()))
        in.problem("register", "needs `server` and `username`");
    if (trunk.username.empty() != trunk.password.empty() && !in.has("password_env"))
        in.problem(trunk.username.empty() ? "username" : "password", "is missing");
    if (!trunk.inbound_user.empty() && !sip.access.users.contains(trunk.inbound_user))
        in.problem("inbound_user", "\"" + trunk.inbound_user + "\" is none of `sip.users`");
    if (route.project.empty() != route.context.empty())
        in.problem(route.project.empty() ? "project" : "context", "is missing");
    for (const sip::Trunk& other : sip.access.trunks) {
        if (!trunk.name.empty() && other.name == trunk.name)
            in.problem("name", "\"" + trunk.name + "\" stands twice");
        if (trunk.is_default && other.is_default)
            in.problem("default", "is claimed by \"" + other.name + "\" already");
    }
    in.finish();
    route.trunk = trunk.name;
    if (!route.project.empty())
        sip.trunk_routes.push_back(std::move(route));
    sip.access.trunks.push_back(std::move(trunk));
}

void read_guard(YamlSection in, sip::AccessSettings& access)
{
    sip::GuardSettings& guard = access.guard;
    guard.failures = read_whole(in, "wrong_passwords", 1, 1'000, guard.failures);
    in.duration("within", 1s, 1h, guard.failure_window);
    in.duration("lock_out", 1s, 24h, guard.lock_out);
    read_rate(in, "strangers_per_second", guard.strangers);
    read_rate(in, "all_strangers_per_second", guard.all_strangers);
    in.texts("scanners", access.scanners);
    for (std::string& scanner : access.scanners)
        if (scanner.empty())
            in.problem("scanners", "must not hold an empty text: it would be everybody");
        else
            scanner = sip::lower(scanner);
    in.finish();
}

void read_registrar(YamlSection in, sip::RegistrarSettings& registrar)
{
    in.duration("min_expires", 10s, 1h, registrar.min_expires);
    in.duration("max_expires", 60s, 24h, registrar.max_expires);
    if (registrar.min_expires > registrar.max_expires)
        in.problem("min_expires", "is longer than max_expires");
    registrar.max_bindings_per_user = read_whole(in, "phones_per_user", 1, 100, registrar.max_bindings_per_user);
    registrar.max_bindings = read_whole(in, "phones", 1, 1'000'000, registrar.max_bindings);
    in.finish();
}

} // namespace

void read_sip_access(YamlSection& in, const Environment& environment, SipConfiguration& into)
{
    read_networks(in, "local_networks", into.local_networks);
    read_address(in, "local_address", into.local_address);
    if (!into.local_networks.empty() && into.local_address.empty() && is_any_address(into.listen.ip))
        in.problem("local_address", "is missing: sip.listen takes all addresses, so local callers have to be told one");
    sip::AccessSettings& access = into.access;
    in.text("realm", access.digest.realm);
    if (access.digest.realm.empty())
        in.problem("realm", "must not be empty");
    auto users = in.sections("users");
    if (users.size() > max_users)
        in.problem("users", "are more than " + std::to_string(max_users));
    for (YamlSection& each : users)
        read_user(each, environment, access);
    const auto lacks = [&](std::string sip::DigestSecret::*hash) {
        return std::ranges::any_of(access.users, [&](const auto& user) { return (user.second.*hash).empty(); });
    };
    if (lacks(&sip::DigestSecret::ha1_md5) && lacks(&sip::DigestSecret::ha1_sha256))
        in.problem("users", "have no hash in common: give all of them `ha1`, or all of them `ha1_sha256`");
    auto trunks = in.sections("trunks");
    if (trunks.size() > max_trunks)
        in.problem("trunks", "are more than " + std::to_string(max_trunks));
    for (YamlSection& each : trunks)
        read_trunk(each, environment, into);

    // As long as nobody is named who may call, this machine may; from then on, nobody else.
    access.guests = access.users.empty() && access.trunks.empty() ? sip::Guests::loopback : sip::Guests::refuse;
    auto guests = static_cast<std::size_t>(access.guests);
    in.choice("guests", { "refuse", "loopback", "accept" }, guests);
    access.guests = static_cast<sip::Guests>(guests);
    read_rate(in, "calls_per_second", access.invites);
    access.max_calls_per_source = read_whole(in, "calls_per_source", 0, 100'000, access.max_calls_per_source);
    read_guard(in.section("guard"), access);
    read_registrar(in.section("registrar"), access.registrar);
}

void check_trunk_routes(YamlSection& in, const Configuration& read)
{
    for (const TrunkRouteConfiguration& route : read.sip.trunk_routes)
        if (std::ranges::find(read.projects, route.project, &ProjectConfiguration::id) == read.projects.end())
            in.problem("trunks", "\"" + route.project.value + "\" is the id of no project");
}

} // namespace parley
