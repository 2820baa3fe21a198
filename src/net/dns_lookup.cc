#include "net/dns_lookup.h"

#include "net/dns_channel.h"
#include "net/socket_calls.h"

#include <netdb.h>

#include <optional>
#include <utility>

namespace parley {
namespace {

constexpr int class_internet = 1; // RFC 1035 3.2.4
constexpr int type_srv = 33;      // RFC 2782
constexpr int type_naptr = 35;    // RFC 3403

std::string text_of(const unsigned char* text)
{
    return text != nullptr ? reinterpret_cast<const char*>(text) : "";
}

// The answer to a query: an error, or whole records.
Result<DnsLookup::Records> read_naptr(const unsigned char* bytes, int size)
{
    ares_naptr_reply* list = nullptr;
    const int status = ares_parse_naptr_reply(bytes, size, &list);
    const std::unique_ptr<void, decltype(&ares_free_data)> owned(list, ares_free_data);
    if (status != ARES_SUCCESS)
        return Error { ErrorKind::unavailable, ares_strerror(status) };
    std::vector<DnsNaptr> records;
    for (const ares_naptr_reply* one = list; one != nullptr; one = one->next)
        records.push_back({ one->order, one->preference, text_of(one->flags), text_of(one->service),
            one->replacement != nullptr ? one->replacement : "" });
    return DnsLookup::Records(std::move(records));
}

Result<DnsLookup::Records> read_srv(const unsigned char* bytes, int size)
{
    ares_srv_reply* list = nullptr;
    const int status = ares_parse_srv_reply(bytes, size, &list);
    const std::unique_ptr<void, decltype(&ares_free_data)> owned(list, ares_free_data);
    if (status != ARES_SUCCESS)
        return Error { ErrorKind::unavailable, ares_strerror(status) };
    std::vector<DnsSrv> records;
    for (const ares_srv_reply* one = list; one != nullptr; one = one->next)
        records.push_back({ one->priority, one->weight, one->port, one->host != nullptr ? one->host : "" });
    return DnsLookup::Records(std::move(records));
}

Result<DnsLookup::Records> read_addresses(int status, const ares_addrinfo* list)
{
    std::vector<IpAddress> addresses;
    for (const ares_addrinfo_node* node = list != nullptr ? list->nodes : nullptr; node != nullptr;
         node = node->ai_next)
        if (const auto ip = parse_ip(from_system(node->ai_addr).ip))
            addresses.push_back(*ip);
    if (addresses.empty())
        return Error { ErrorKind::unavailable, ares_strerror(status) };
    return DnsLookup::Records(std::move(addresses));
}

} // namespace

struct DnsLookup::State : std::enable_shared_from_this<DnsLookup::State> {
    State(EventLoop& l, Type t, std::string n, Answer a, const DnsOptions& options)
        : loop(l)
        , type(t)
        , name(std::move(n))
        , answer(std::move(a))
    {
        channel.emplace(loop, options);
    }

    void start()
    {
        if (channel->get() == nullptr) {
            finish(Error { ErrorKind::unavailable, "name look-up could not start" });
            return;
        }
        if (type == Type::addresses)
            ask_addresses();
        else
            ask_records();
        channel->arm();
    }

    void ask_addresses()
    {
        ares_addrinfo_hints hints {};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM; // Each address once.
        ares_getaddrinfo(
            channel->get(), name.c_str(), nullptr, &hints,
            [](void* self, int status, int, ares_addrinfo* found) {
                const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(found, ares_freeaddrinfo);
                static_cast<State*>(self)->finish(read_addresses(status, found));
            },
            this);
    }

    void ask_records()
    {
        ares_query(
            channel->get(), name.c_str(), class_internet, type == Type::srv ? type_srv : type_naptr,
            [](void* self, int status, int, unsigned char* bytes, int size) {
                State& state = *static_cast<State*>(self);
                if (status != ARES_SUCCESS)
                    state.finish(Error { ErrorKind::unavailable, ares_strerror(status) });
                else
                    state.finish(state.type == Type::srv ? read_srv(bytes, size) : read_naptr(bytes, size));
            },
            this);
    }

    void finish(Result<Records> result)
    {
        if (std::exchange(answered, true))
            return;
        if (!result)
            result = Error { result.error().kind, name + ": " + result.error().what };
        loop.post([weak = weak_from_this(), result = std::move(result)]() mutable {
            const auto self = weak.lock();
            if (self && self->wanted)
                self->answer(std::move(result));
        });
    }

    EventLoop& loop;
    const Type type;
    const std::string name;
    const Answer answer;
    bool answered = false;
    bool wanted = true;                // Until the look-up is destroyed.
    std::optional<DnsChannel> channel; // Goes first: it calls back once more.
};

DnsLookup::DnsLookup(EventLoop& loop, Type type, std::string name, Answer answer, const DnsOptions& options)
    : state_(std::make_shared<State>(loop, type, std::move(name), std::move(answer), options))
{
    state_->start();
}

DnsLookup::~DnsLookup()
{
    state_->wanted = false;
    state_->answered = true;
    state_->channel.reset();
}

} // namespace parley
