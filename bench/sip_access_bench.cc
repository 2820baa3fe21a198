// room: sip

#include "sip/sip_endpoint.h"

#include <benchmark/benchmark.h>

#include <string>

// What strangers cost: each step is one datagram at the door of an endpoint with users and a trunk. At 1 000 a second,
// ten microseconds are one per cent of a core.
namespace parley::sip {
namespace {

SipEndpointSettings settings()
{
    SipEndpointSettings made { { "192.0.2.1", 5060 } };
    made.access.emplace();
    made.access->digest.key = "a key of sixteen bytes and more";
    for (int i = 0; i < 1'000; ++i) {
        const std::string user = "user" + std::to_string(i);
        made.access->users[user] = make_secret(user, "parley", "secret");
    }
    Trunk trunk;
    trunk.name = "carrier";
    trunk.sources = { *IpNetwork::parse("203.0.113.0/24") };
    made.access->trunks = { trunk };
    made.access->guests = Guests::refuse;
    made.access->registrar.max_expires = 24h;
    return made;
}

std::string request(std::string_view method, int number, std::string_view more = "", std::string_view user = "user1")
{
    const std::string n = std::to_string(number);
    return std::string(method) + " sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5080;branch=z9hG4bK" + n
        + ";rport\r\nMax-Forwards: 70\r\nFrom: \"100\" <sip:100@192.0.2.1>;tag=" + n
        + "\r\nTo: <sip:" + std::string(user) + "@192.0.2.1>\r\nCall-ID: " + n + "@198.51.100.7\r\nCSeq: 1 "
        + std::string(method) + "\r\nContact: <sip:" + std::string(user)
        + "@198.51.100.7:5080>\r\nAccept: application/sdp\r\n" + std::string(more) + "Content-Length: 0\r\n\r\n";
}

// 1 000 packets a second of virtual time from one address.
void junk(benchmark::State& state, const std::string& datagram)
{
    SipEndpoint endpoint(settings(), IdSource(1), Log::none());
    Instant now {};
    const Hop source { { "198.51.100.7", 5080 } };
    Commands out;
    for (auto _ : state) {
        now += 1ms;
        endpoint.handle(MessageReceived { datagram, source }, now, out);
        out.clear();
    }
}

void scanner(benchmark::State& state)
{
    junk(state, request("OPTIONS", 1, "User-Agent: friendly-scanner\r\n"));
}
BENCHMARK(scanner);

void flood_of_invites(benchmark::State& state)
{
    junk(state, request("INVITE", 1));
}
BENCHMARK(flood_of_invites);

void flood_of_registrations_with_invented_credentials(benchmark::State& state)
{
    junk(state,
        request("REGISTER", 1,
            "Authorization: Digest username=\"user1\", realm=\"parley\", nonce=\"" + std::string(56, 'a')
                + "\", uri=\"sip:192.0.2.1\", response=\"" + std::string(32, '0') + "\"\r\n"));
}
BENCHMARK(flood_of_registrations_with_invented_credentials);

void garbage(benchmark::State& state)
{
    junk(state, std::string(400, 'x'));
}
BENCHMARK(garbage);

// 10 000 users register and refresh; one step is one accepted REGISTER at the registrar, its password left aside.
void registrations(benchmark::State& state)
{
    Registrar registrar({});
    Instant now {};
    const auto users = static_cast<int>(state.range(0));
    int user = 0;
    std::uint32_t cseq = 0;
    for (auto _ : state) {
        if (user++ % users == 0)
            ++cseq;
        const int which = user % users;
        const std::string name = "user" + std::to_string(which);
        Request asked { "REGISTER", "sip:parley" };
        asked.headers.add("Contact", "<sip:" + name + "@198.51.100.7:5080>;expires=3600");
        Envelope envelope;
        envelope.call_id = name;
        envelope.cseq = { cseq, "REGISTER" };
        now += 10us;
        const Hop source { { "198.51.100.7", static_cast<std::uint16_t>(1'024 + which) } };
        benchmark::DoNotOptimize(registrar.handle(name, asked, envelope, source, now));
    }
    state.counters["bindings"] = static_cast<double>(registrar.bindings());
}
BENCHMARK(registrations)->Arg(10'000)->Iterations(100'000);

} // namespace
} // namespace parley::sip

BENCHMARK_MAIN();
