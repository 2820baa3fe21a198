#include "sip/server_location.h"

#include "sip/scan.h"

#include <algorithm>
#include <numeric>

namespace parley::sip {
namespace {

std::string_view service_prefix(Transport transport)
{
    switch (transport) {
    case Transport::udp: return "_sip._udp.";
    case Transport::tcp: return "_sip._tcp.";
    case Transport::tls: break;
    }
    return "_sips._tcp.";
}

// RFC 3263 4.1.
std::optional<Transport> transport_of_service(std::string_view service)
{
    if (same_word(service, "SIP+D2U"))
        return Transport::udp;
    if (same_word(service, "SIP+D2T"))
        return Transport::tcp;
    return same_word(service, "SIPS+D2T") ? std::optional(Transport::tls) : std::nullopt;
}

std::string plain_name(std::string_view name)
{
    if (name.ends_with('.'))
        name.remove_suffix(1);
    return lower(name);
}

} // namespace

Result<ServerLocation> ServerLocation::of(const Uri& uri, IdSource ids)
{
    if (!uri.is_sip() || uri.host.empty())
        return Error { ErrorKind::invalid_request, "no SIP URI" };
    ServerLocation location(std::move(ids));
    location.transport_ = uri.transport();
    if (!location.transport_ && find_parameter(uri.parameters, "transport") != nullptr)
        return Error { ErrorKind::invalid_request, "transport that is not spoken here" };
    location.host_ = plain_name(uri.host);
    location.port_ = uri.port;
    location.secure_ = location.transport_ == Transport::tls;
    if (const auto literal = uri.literal_hop()) {
        location.places_.push_back({ literal->transport, literal->address.ip, literal->address.port });
        location.addresses_[literal->address.ip] = { literal->address.ip };
    } else if (location.port_) { // RFC 3263 4.2: no SRV for a port.
        const Transport transport = location.transport_.value_or(Transport::udp);
        location.places_.push_back({ transport, location.host_, *location.port_ });
        location.ask(DnsQuestion::Kind::addresses, location.host_);
    } else if (location.transport_ && !uri.is_secure()) {
        location.ask_services({ *location.transport_ });
    } else {
        location.ask(DnsQuestion::Kind::naptr, location.host_);
    }
    return location;
}

std::vector<DnsQuestion> ServerLocation::take_questions()
{
    return std::exchange(questions_, {});
}

void ServerLocation::ask(DnsQuestion::Kind kind, const std::string& name)
{
    if (kind == DnsQuestion::Kind::addresses && addresses_.contains(name))
        return; // Another service leads there, too.
    if (open_.emplace(DnsQuestion { kind, name }, true).second)
        questions_.push_back({ kind, name });
}

void ServerLocation::answer(const DnsQuestion& question, DnsRecords records)
{
    if (open_.erase(question) == 0)
        return; // Was not asked, or is answered already.
    std::visit([&](auto& r) { on(question, std::move(r)); }, records);
    if (done())
        conclude_services();
}

void ServerLocation::on(const DnsQuestion&, const NaptrRecords& records)
{
    NaptrRecords usable;
    for (const NaptrRecord& record : records) {
        const auto transport = transport_of_service(record.service);
        if (same_word(record.flags, "s") && transport && (!secure_ || *transport == Transport::tls)
            && usable.size() < max_naptr_records)
            usable.push_back(record);
    }
    std::ranges::stable_sort(usable, [](const NaptrRecord& a, const NaptrRecord& b) {
        return std::pair(a.order, a.preference) < std::pair(b.order, b.preference);
    });
    for (const NaptrRecord& record : usable)
        services_.push_back({ *transport_of_service(record.service), plain_name(record.replacement) });
    if (services_.empty()) // RFC 3263 4.1: then by the names that the services would have.
        ask_services(
            secure_ ? std::vector { Transport::tls } : std::vector { Transport::udp, Transport::tcp, Transport::tls });
    for (const Service& service : services_)
        ask(DnsQuestion::Kind::srv, service.name);
}

void ServerLocation::ask_services(const std::vector<Transport>& transports)
{
    for (const Transport transport : transports) {
        services_.push_back({ transport, std::string(service_prefix(transport)) + host_ });
        ask(DnsQuestion::Kind::srv, services_.back().name);
    }
}

void ServerLocation::on(const DnsQuestion& question, SrvRecords records)
{
    if (records.size() > max_srv_records)
        records.resize(max_srv_records);
    for (Service& service : services_) {
        if (service.name != question.name || service.places)
            continue;
        service.places = in_order(service.transport, records);
        for (const Place& place : *service.places)
            ask(DnsQuestion::Kind::addresses, place.name);
    }
}

// RFC 2782: by priority; among equals a record comes first with a probability in proportion to its weight.
std::vector<ServerLocation::Place> ServerLocation::in_order(Transport transport, SrvRecords records)
{
    std::erase_if(records, [](const SrvRecord& one) { return plain_name(one.target).empty() || one.port == 0; });
    std::ranges::stable_sort(records, [](const SrvRecord& a, const SrvRecord& b) {
        return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
    });
    std::vector<Place> places;
    while (!records.empty()) {
        const auto end = std::ranges::find_if(
            records, [&](const SrvRecord& one) { return one.priority != records.front().priority; });
        const std::uint32_t total = std::accumulate(records.begin(), end, std::uint32_t { 0 },
            [](std::uint32_t sum, const SrvRecord& one) { return sum + one.weight; });
        const std::uint32_t drawn = ids_.number() % (total + 1);
        std::uint32_t sum = 0;
        const auto chosen
            = std::find_if(records.begin(), end, [&](const SrvRecord& one) { return (sum += one.weight) >= drawn; });
        places.push_back({ transport, plain_name(chosen->target), chosen->port });
        records.erase(chosen);
    }
    return places;
}

void ServerLocation::on(const DnsQuestion& question, const Addresses& addresses)
{
    Addresses& kept = addresses_[question.name];
    for (const std::string& one : addresses)
        if (kept.size() < max_addresses && (is_ipv4(one) || is_ipv6(one)))
            kept.push_back(one);
}

void ServerLocation::conclude_services()
{
    if (services_.empty() || !places_.empty())
        return;
    for (const Service& service : services_)
        places_.insert(places_.end(), service.places->begin(), service.places->end());
    if (!places_.empty())
        return;
    // RFC 3263 4.2: no SRV records at all: the address of the host itself at the default port.
    const Transport transport = transport_.value_or(Transport::udp);
    places_.push_back({ transport, host_, default_port(transport) });
    ask(DnsQuestion::Kind::addresses, host_);
}

Hops ServerLocation::hops() const
{
    Hops hops;
    for (const Place& place : places_) {
        const auto found = addresses_.find(place.name);
        if (found == addresses_.end())
            continue;
        for (const std::string& ip : found->second) {
            // RFC 5922 7.1: the certificate is one of the domain that was asked for, not of what DNS made of it.
            Hop hop { { ip, place.port }, place.transport, no_flow, place.transport == Transport::tls ? host_ : "" };
            if (hops.size() < max_hops && std::ranges::find(hops, hop) == hops.end())
                hops.push_back(std::move(hop));
        }
    }
    return hops;
}

void FailedHops::failed(const Hop& hop, Instant now)
{
    worked(hop);
    if (failures_.size() == most)
        failures_.erase(failures_.begin());
    failures_.push_back({ hop, now + pause });
}

void FailedHops::worked(const Hop& hop)
{
    std::erase_if(failures_, [&](const Failure& failure) { return same_way(failure.hop, hop); });
}

void FailedHops::put_last(Hops& hops, Instant now) const
{
    std::ranges::stable_partition(hops, [&](const Hop& hop) { return !is_paused(hop, now); });
}

bool FailedHops::is_paused(const Hop& hop, Instant now) const
{
    return std::ranges::any_of(
        failures_, [&](const Failure& failure) { return now < failure.until && same_way(failure.hop, hop); });
}

} // namespace parley::sip
