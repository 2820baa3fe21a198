#include "sip/doorkeeper.h"

#include "base/ip_address.h"
#include "sip/scan.h"
#include "sip/uri.h"

#include <algorithm>

namespace parley::sip {

std::string called_user(const Request& request, const Envelope& envelope, std::string_view account)
{
    const auto target = parse_uri(request.uri);
    const bool is_account = target && !account.empty() && target->user == account;
    return target && !target->user.empty() && !is_account ? target->user : envelope.to.uri.user;
}

const std::vector<std::string>& known_scanners()
{
    static const std::vector<std::string> names { "friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sipsak",
        "sundayddr", "iwar", "csipsimple-scan", "siparmyknife", "pplsip", "vaxsipuseragent", "smap", "sipptk",
        "sip-vicious" };
    return names;
}

Doorkeeper::Doorkeeper(AccessSettings settings)
    : registrar(settings.registrar)
    , trunks(settings.trunks)
    , settings_(std::move(settings))
    , has_users_(!settings_.users.empty())
    , digest_(settings_.digest, settings_.users)
    , guard_(settings_.guard)
{
}

void Doorkeeper::change(AccessSettings settings)
{
    settings.digest.key = settings_.digest.key; // Nonces that are out go on.
    settings.registration = settings_.registration;
    settings_ = std::move(settings);
    const DigestUsers& users = settings_.users;
    has_users_ = !users.empty();
    digest_.change(settings_.digest.realm, users);
    guard_.change(settings_.guard);
    trunks.change(settings_.trunks);
    registrar.change(settings_.registrar);
    registrar.keep_only([&](const std::string& user) { return users.contains(user); });
}

// A trunk's address, or the very port and connection that a phone registered from: floods that pretend to be them cost
// them nothing.
bool Doorkeeper::is_trusted(const Hop& source) const
{
    return registrar.is_way_of_a_phone(source) || trunks.of_source(source.address.ip) != nullptr;
}

bool Doorkeeper::is_guest(const Hop& source) const
{
    switch (settings_.guests) {
    case Guests::refuse: return false;
    case Guests::accept: return true;
    case Guests::loopback: break;
    }
    const auto address = parse_ip(source.address.ip);
    return address && classify(*address) == IpClass::loopback;
}

bool Doorkeeper::is_scanner(const Request& request) const
{
    const std::string* agent = request.headers.find("User-Agent");
    if (agent == nullptr)
        return false;
    const std::string name = lower(*agent);
    return std::ranges::any_of(
        settings_.scanners, [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

bool Doorkeeper::is_deaf_to(const Hop& source, Instant now)
{
    if (!guard_.is_locked_out(source.address.ip, now) || is_trusted(source))
        return false;
    ++counters_.locked_out_dropped;
    return true;
}

bool Doorkeeper::answers(const Hop& source, Instant now)
{
    if (is_trusted(source) || guard_.admit_stranger(source.address.ip, now))
        return true;
    ++counters_.strangers_dropped;
    return false;
}

Admission Doorkeeper::drop_stranger()
{
    ++counters_.strangers_dropped;
    return { .kind = Admission::Kind::dropped };
}

Admission Doorkeeper::admit(const Request& request, const Envelope& envelope, const Hop& source, Instant now)
{
    const Trunk* trunk = trunks.of_source(source.address.ip);
    const bool trusted = trunk != nullptr || registrar.is_way_of_a_phone(source);
    if (!trusted && is_scanner(request)) {
        ++counters_.scanners_dropped;
        return { .kind = Admission::Kind::dropped };
    }
    if (request.method == "REGISTER" && has_users_)
        return authenticate(request, source, trusted, now);
    if (request.method != "INVITE") // Says what we can do, or that we cannot: to anybody, at a rate.
        return answers(source, now) ? Admission {} : Admission { .kind = Admission::Kind::dropped };
    if (trunk != nullptr)
        return admit_from_trunk(*trunk, request, envelope, source, now);

    const bool shows_credentials = request.headers.find("Authorization") != nullptr;
    Admission admission;
    if (!is_guest(source) || (has_users_ && shows_credentials))
        admission = authenticate(request, source, trusted, now);
    if (admission.kind != Admission::Kind::admitted)
        return admission;
    admission.called = called_user(request, envelope, {});
    admission.party = "address " + source.address.ip;
    if (!take_invite(admission.party, settings_.invites, now))
        return { .kind = Admission::Kind::refused, .status = 503 };
    return admission;
}

Admission Doorkeeper::admit_from_trunk(
    const Trunk& trunk, const Request& request, const Envelope& envelope, const Hop& source, Instant now)
{
    Admission admission;
    if (!trunk.inbound_user.empty()) {
        admission = authenticate(request, source, true, now);
        if (admission.kind != Admission::Kind::admitted)
            return admission;
        if (admission.user != trunk.inbound_user)
            return { .kind = Admission::Kind::refused, .status = 403 };
    }
    admission.trunk = trunk.name;
    admission.party = party_of_trunk(trunk.name);
    admission.called = called_user(request, envelope, trunk.username);
    if (!matches_prefix(trunk.may_call, admission.called))
        return { .kind = Admission::Kind::refused, .status = 404 };
    if (!take_invite(admission.party, trunk.invites, now))
        return { .kind = Admission::Kind::refused, .status = 503 };
    return admission;
}

Admission Doorkeeper::authenticate(const Request& request, const Hop& source, bool trusted, Instant now)
{
    if (!has_users_) // There is no password that could be right.
        return drop_stranger();
    const std::string& ip = source.address.ip;
    DigestVerdict verdict = digest_.check(request, ip, now);
    switch (verdict.kind) {
    case DigestVerdict::Kind::accepted: return { .user = std::move(verdict.user) };
    case DigestVerdict::Kind::wrong: {
        ++counters_.wrong_passwords;
        const bool locks_out = guard_.failed(ip, now);
        counters_.lock_outs += locks_out ? 1 : 0;
        return { .kind = Admission::Kind::refused, .status = 403, .locks_out = locks_out };
    }
    case DigestVerdict::Kind::absent:
        if (!trusted && !guard_.admit_stranger(ip, now))
            return drop_stranger();
        break;
    case DigestVerdict::Kind::stale: break; // Its sender knows the password.
    }
    ++counters_.challenges;
    return { .kind = Admission::Kind::challenged,
        .challenges = digest_.challenges(ip, verdict.kind == DigestVerdict::Kind::stale, now) };
}

bool Doorkeeper::take_invite(const std::string& party, const Rate& rate, Instant now)
{
    auto found = invites_.find(party);
    if (found == invites_.end()) {
        if (invites_.size() >= max_watched_parties)
            std::erase_if(invites_, [&](const auto& entry) { return entry.second.is_full(rate, now); });
        if (invites_.size() >= max_watched_parties) {
            ++counters_.calls_limited;
            return false;
        }
        found = invites_.try_emplace(party).first;
    }
    if (found->second.take(rate, now))
        return true;
    ++counters_.calls_limited;
    return false;
}

bool Doorkeeper::has_room(std::string_view party, std::string_view trunk_name) const
{
    if (party.empty())
        return true;
    const Trunk* trunk = trunks.find(trunk_name);
    const std::size_t limit = trunk != nullptr ? trunk->max_calls : settings_.max_calls_per_source;
    const auto found = calls_.find(std::string(party));
    return limit == 0 || found == calls_.end() || found->second < limit;
}

void Doorkeeper::call_began(const std::string& party)
{
    if (!party.empty())
        ++calls_[party];
}

void Doorkeeper::call_ended(const std::string& party)
{
    const auto found = calls_.find(party);
    if (found != calls_.end() && --found->second == 0)
        calls_.erase(found);
}

} // namespace parley::sip
