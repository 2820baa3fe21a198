#include "sip/sip_endpoint.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>

// Two endpoints, a network that loses datagrams both ways, and virtual time.
namespace parley::sip {
namespace {

constexpr Instant origin {};
const SocketAddress caller_address { "192.0.2.1", 5060 };
const SocketAddress callee_address { "192.0.2.2", 5060 };

struct Side {
    Side(const SocketAddress& address, std::uint64_t seed)
        : endpoint({ address }, IdSource(seed), Log::none())
    {
    }
    SipEndpoint endpoint;
    std::set<std::string> answered;
    std::map<std::string, LegEndReason> ended;
    std::vector<LegId> offered;
};

class Network {
public:
    Network(std::uint64_t seed, double loss)
        : random_(seed)
        , loss_(loss)
        , caller(caller_address, seed + 1)
        , callee(callee_address, seed + 2)
    {
    }

    // Something of the test's own to do at a time.
    void at(Instant when, std::function<void()> what) { agenda_.emplace(when, std::move(what)); }

    void give(Side& side, const Event& event)
    {
        Commands out;
        side.endpoint.handle(event, now, out);
        take(side, out);
    }

    // Until nothing is due any more anywhere.
    void run()
    {
        while (const auto next = earliest()) {
            ASSERT_GE(*next, now);
            ASSERT_LT(*next, origin + 24h);
            now = *next;
            for (Side* side : { &caller, &callee }) {
                if (side->endpoint.deadline() && *side->endpoint.deadline() <= now) {
                    Commands out;
                    side->endpoint.handle_timeout(now, out);
                    take(*side, out);
                }
            }
            while (!agenda_.empty() && agenda_.begin()->first <= now) {
                const auto what = std::move(agenda_.begin()->second);
                agenda_.erase(agenda_.begin());
                what();
            }
        }
    }

    Instant now = origin;

private:
    [[nodiscard]] std::optional<Instant> earliest() const
    {
        std::optional<Instant> first;
        const auto consider = [&](std::optional<Instant> when) {
            if (when && (!first || *when < *first))
                first = when;
        };
        consider(caller.endpoint.deadline());
        consider(callee.endpoint.deadline());
        if (!agenda_.empty())
            consider(agenda_.begin()->first);
        return first;
    }

    void take(Side& side, Commands& out)
    {
        for (Command& command : out)
            std::visit([&](auto& one) { note(side, one); }, command);
    }
    void note(Side& side, SendMessage& datagram)
    {
        if (std::uniform_real_distribution<>(0, 1)(random_) < loss_)
            return;
        const bool from_caller = &side == &caller;
        const Duration delay = std::chrono::milliseconds(std::uniform_int_distribution<>(1, 60)(random_));
        at(now + delay, [this, from_caller, bytes = std::move(datagram.bytes)]() mutable {
            give(from_caller ? callee : caller,
                MessageReceived { std::move(bytes), from_caller ? caller_address : callee_address });
        });
    }
    void note(Side& side, LegOffered& one)
    {
        side.offered.push_back(one.incoming.leg);
        const LegId leg = one.incoming.leg;
        at(now + 300ms, [this, leg] { give(callee, RingLeg { leg }); });
        at(now + 2s, [this, leg] { give(callee, AnswerSipLeg { leg, { { callee_address.ip, 40'000 } } }); });
    }
    void note(Side& side, LegAnswered& one) { side.answered.insert(one.leg.value); }
    void note(Side& side, LegEnded& one)
    {
        EXPECT_TRUE(side.ended.emplace(one.leg.value, one.reason).second) << "ended twice";
    }
    template <typename Other> static void note(Side&, Other&) { }

    std::multimap<Instant, std::function<void()>> agenda_;
    std::mt19937_64 random_;
    double loss_;

public:
    Side caller;
    Side callee;
};

// RFC 3261 sends an INVITE seven times and a 200 eleven times: at this loss no call of the seed fails.
TEST(TwoEndpoints, set_up_and_release_every_call_at_30_percent_loss)
{
    constexpr int calls = 300;
    Network network(20'261'120, 0.3);
    for (int i = 0; i < calls; ++i) {
        const LegId leg { "call-" + std::to_string(i) };
        network.at(origin + i * 100ms, [&network, leg] {
            network.give(network.caller,
                DialSipLeg { { leg, "caller", "callee", "" }, { callee_address }, { { caller_address.ip, 30'000 } } });
        });
        // Half of the calls are released by each side, long after the last retransmission could answer them.
        network.at(origin + i * 100ms + 90s, [&network, leg, i] {
            if (i % 2 == 0)
                network.give(network.caller, HangUpLeg { leg });
        });
        network.at(origin + i * 100ms + 100s, [&network, i] {
            if (i % 2 == 1 && static_cast<std::size_t>(i) < network.callee.offered.size())
                network.give(network.callee, HangUpLeg { network.callee.offered[static_cast<std::size_t>(i)] });
        });
    }
    // Whatever is left hangs up in the end, so that nothing may stay behind.
    network.at(origin + 300s, [&network] {
        for (int i = 0; i < calls; ++i)
            network.give(network.caller, HangUpLeg { LegId { "call-" + std::to_string(i) } });
        for (const LegId& leg : network.callee.offered)
            network.give(network.callee, HangUpLeg { leg });
    });
    network.run();

    EXPECT_EQ(network.caller.answered.size(), static_cast<std::size_t>(calls));
    EXPECT_EQ(network.callee.answered.size(), static_cast<std::size_t>(calls));
    EXPECT_EQ(network.caller.ended.size(), static_cast<std::size_t>(calls));
    EXPECT_EQ(network.callee.ended.size(), static_cast<std::size_t>(calls));
    for (const Side* side : { &network.caller, &network.callee }) {
        for (const auto& [leg, reason] : side->ended)
            EXPECT_EQ(reason, LegEndReason::hangup) << leg;
        EXPECT_EQ(side->endpoint.leg_count(), 0U);
        EXPECT_EQ(side->endpoint.transaction_count(), 0U);
        EXPECT_GT(side->endpoint.counters().retransmissions, 0U);
    }
}

// A caller may give up at any moment: ringing, while the 200 is on its way, just answered. Nothing stays behind.
TEST(TwoEndpoints, forget_every_call_that_is_given_up_at_any_moment)
{
    for (const double loss : { 0.0, 0.3 }) {
        constexpr int calls = 400;
        Network network(99, loss);
        for (int i = 0; i < calls; ++i) {
            const LegId leg { "call-" + std::to_string(i) };
            const Instant start = origin + i * 50ms;
            network.at(start, [&network, leg] {
                network.give(network.caller,
                    DialSipLeg {
                        { leg, "caller", "callee", "" }, { callee_address }, { { caller_address.ip, 30'000 } } });
            });
            network.at(start + i * 7ms, [&network, leg] { network.give(network.caller, HangUpLeg { leg }); });
        }
        // The callee's legs whose release was lost altogether are hung up by their user at last.
        network.at(origin + 400s, [&network] {
            for (const LegId& leg : network.callee.offered)
                network.give(network.callee, HangUpLeg { leg });
        });
        network.run();
        EXPECT_EQ(network.caller.ended.size(), static_cast<std::size_t>(calls));
        EXPECT_EQ(network.callee.ended.size(), network.callee.offered.size());
        for (const Side* side : { &network.caller, &network.callee }) {
            EXPECT_EQ(side->endpoint.leg_count(), 0U);
            EXPECT_EQ(side->endpoint.transaction_count(), 0U);
        }
    }
}

} // namespace
} // namespace parley::sip
