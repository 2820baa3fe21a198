#include "host/sip_locator.h"

#include "net/clock.h"

#include <utility>

namespace parley {
namespace {

DnsLookup::Type type_of(sip::DnsQuestion::Kind kind)
{
    switch (kind) {
    case sip::DnsQuestion::Kind::naptr: return DnsLookup::Type::naptr;
    case sip::DnsQuestion::Kind::srv: return DnsLookup::Type::srv;
    case sip::DnsQuestion::Kind::addresses: break;
    }
    return DnsLookup::Type::addresses;
}

sip::DnsRecords translate(const std::vector<DnsNaptr>& found)
{
    sip::NaptrRecords records;
    for (const DnsNaptr& one : found)
        records.push_back({ one.order, one.preference, one.flags, one.service, one.replacement });
    return records;
}

sip::DnsRecords translate(const std::vector<DnsSrv>& found)
{
    sip::SrvRecords records;
    for (const DnsSrv& one : found)
        records.push_back({ one.priority, one.weight, one.port, one.target });
    return records;
}

sip::DnsRecords translate(const std::vector<IpAddress>& found)
{
    sip::Addresses addresses;
    for (const IpAddress& one : found)
        addresses.push_back(to_string(one));
    return addresses;
}

sip::DnsRecords nothing(sip::DnsQuestion::Kind kind)
{
    switch (kind) {
    case sip::DnsQuestion::Kind::naptr: return sip::NaptrRecords {};
    case sip::DnsQuestion::Kind::srv: return sip::SrvRecords {};
    case sip::DnsQuestion::Kind::addresses: break;
    }
    return sip::Addresses {};
}

} // namespace

struct SipLocator::Search {
    Search(EventLoop& loop, Result<sip::ServerLocation> l, std::string u, Located t)
        : location(std::move(l))
        , uri(std::move(u))
        , tell(std::move(t))
        , timer(loop)
    {
    }

    Result<sip::ServerLocation> location; // An error: there was nothing to ask.
    const std::string uri;
    const Located tell;
    std::map<sip::DnsQuestion, std::unique_ptr<DnsLookup>> lookups; // Under way.
    std::string problem;                                            // The latest one of the name service.
    Timer timer; // The first step, then patience with each kind of question.
};

SipLocator::SipLocator(EventLoop& loop, Options options, IdSource ids)
    : loop_(loop)
    , options_(std::move(options))
    , ids_(std::move(ids))
{
}

SipLocator::~SipLocator() = default;

void SipLocator::locate(const std::string& uri, Located tell)
{
    loop_.assert_on_thread();
    const auto parsed = sip::parse_uri(uri);
    auto location = parsed ? sip::ServerLocation::of(*parsed, IdSource(ids_.number()))
                           : Result<sip::ServerLocation>(parsed.error());
    if (location && searches_.size() >= options_.max_searches)
        location = Error { ErrorKind::limit_reached, "too many names are looked up" };
    const std::uint64_t number = ++last_;
    auto search = std::make_unique<Search>(loop_, std::move(location), uri, std::move(tell));
    search->timer.set(now(), [this, number] {
        wait(number, sip::DnsQuestion::Kind::naptr);
        step(number);
    });
    searches_.emplace(number, std::move(search));
}

void SipLocator::step(std::uint64_t number)
{
    Search& search = *searches_.at(number);
    if (search.location) {
        for (const sip::DnsQuestion& question : search.location->take_questions())
            ask(number, question);
        if (!search.location->done())
            return;
    }
    const auto ended = searches_.extract(number); // What is told may ask again.
    auto hops = search.location ? Result<sip::Hops>(search.location->hops()) : search.location.error();
    if (hops && hops->empty())
        hops = Error { ErrorKind::not_found,
            "no server is known for " + search.uri + (search.problem.empty() ? "" : ": " + search.problem) };
    search.tell(std::move(hops));
}

void SipLocator::ask(std::uint64_t number, const sip::DnsQuestion& question)
{
    searches_.at(number)->lookups[question] = std::make_unique<DnsLookup>(
        loop_, type_of(question.kind), question.name,
        [this, number, question](Result<DnsLookup::Records> found) {
            Search& search = *searches_.at(number);
            const auto ended = search.lookups.extract(question); // Alive until we return.
            if (!found)
                search.problem = found.error().what;
            search.location->answer(question,
                found ? std::visit([](const auto& records) { return translate(records); }, *found)
                      : nothing(question.kind));
            step(number);
        },
        options_.dns);
}

// For the answers to questions of this kind; those that come later have their own time.
void SipLocator::wait(std::uint64_t number, sip::DnsQuestion::Kind kind)
{
    searches_.at(number)->timer.set(now() + options_.patience / 3, [this, number, kind] { give_up(number, kind); });
}

// What was not answered in time is as if it were not there.
void SipLocator::give_up(std::uint64_t number, sip::DnsQuestion::Kind kind)
{
    Search& search = *searches_.at(number);
    while (!search.lookups.empty() && search.lookups.begin()->first.kind <= kind) {
        const auto late = search.lookups.extract(search.lookups.begin());
        search.problem = "no answer from the name service in time";
        search.location->answer(late.key(), nothing(late.key().kind));
    }
    switch (kind) {
    case sip::DnsQuestion::Kind::naptr: wait(number, sip::DnsQuestion::Kind::srv); break;
    case sip::DnsQuestion::Kind::srv: wait(number, sip::DnsQuestion::Kind::addresses); break;
    case sip::DnsQuestion::Kind::addresses:
        while (!search.location->done())
            for (const sip::DnsQuestion& question : search.location->take_questions())
                search.location->answer(question, nothing(question.kind));
    }
    step(number);
}

} // namespace parley
