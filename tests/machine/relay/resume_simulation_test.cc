// Clients that lose their connections at every moment, on virtual time: nothing that a call said may be lost or change
// its order, and nothing may happen twice for the program.
#include "call/call_notice.h"
#include "relay/call_register.h"
#include "relay/offers.h"
#include "relay/relay_session.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <random>

namespace parley::relay {
namespace {

// What travels on one direction of a connection: texts with the time at which they arrive. A cut takes what is still
// on its way, from any byte on: a text whose last byte did not arrive never was.
struct Line {
    struct Text {
        Instant arrives;
        std::string text;
    };
    std::deque<Text> texts;
};

// As the SDKs are: acknowledges before it looks, keeps calls over connections, shows protocol and state when it comes
// again, gives up what was not answered.
struct Client {
    std::string protocol;
    std::string state;
    std::map<std::string, int> handled;                    // Of each call: how often its handler ran.
    std::map<std::string, std::vector<std::string>> heard; // Of each call: the control ids, each event id once.
    std::set<std::string> ids;
    int doubled = 0;
    bool shows_state = true;
};

struct Socket {
    ConnectionId id;
    std::unique_ptr<RelaySession> session;
    Line up, down;
    bool client_end = true; // The client still uses it.
    bool server_end = true; // The server has not noticed.
};

class Simulation : public RelayDirectory {
public:
    explicit Simulation(std::uint64_t seed)
        : random_(seed)
    {
        client_.shows_state = chance(2);
    }

    Result<ProjectId> authenticate(const ConnectionId&, const Credentials& who, WallTime) override
    {
        return who.project;
    }
    CallStanding standing(const ProjectId& p, const ConnectionId& c, const CallId& call) const override
    {
        return register_.standing(p, c, call);
    }
    bool resumable(const ProjectId& project, std::string_view protocol) const override
    {
        return std::ranges::any_of(sockets_, [&](const auto& socket) {
            return socket.second.session && socket.second.session->can_resume()
                && socket.second.session->project() == project && socket.second.session->protocol() == protocol;
        });
    }

    void run()
    {
        connect();
        const auto until = now_ + 20s;
        while (now_ < until) {
            step();
            if (chance(40))
                arrive();
            if (chance(6))
                say();
            if (chance(50))
                cut();
            if (current_.empty() ? chance(8) : chance(300))
                connect(); // Also a second one while the first seems to live.
        }
        // Then the network is well again.
        cut_all_but_client_notices();
        connect();
        for (int i = 0; i < 3'000; ++i) {
            step();
            if (current_.empty())
                connect();
        }
        check();
    }

private:
    bool chance(unsigned one_in) { return random_() % one_in == 0; }

    static CallFacts facts(const std::string& call)
    {
        return { CallId { call }, LegId { "s" }, NodeId { "n" }, ProjectId { "p" }, ContextName { "office" },
            CallDirection::inbound, { DeviceType::phone, "1", "2", "" } };
    }

    void connect()
    {
        const ConnectionId id { "w" + std::to_string(++made_) };
        auto& socket = sockets_[id];
        socket.id = id;
        socket.session = std::make_unique<RelaySession>(RelayIdentity { id, NodeId { "n" }, "" }, RelayPolicy {}, *this,
            IdSource(random_()), ClockPair { Instant {}, WallTime { 1'745'332'535'000'000 } }, Log::none(), now_);
        if (!current_.empty()) // The client gave it up before we noticed anything.
            sockets_.at(current_).client_end = false;
        if (client_.protocol.empty()) // Nobody hears the sessions whose names it never learned.
            for (auto& [other, left] : sockets_)
                left.client_end = left.client_end && other == id;
        current_ = id;
        Json::Object params { { "version", Json::Object { { "major", 2 } } }, { "contexts", Json::Array { "office" } },
            { "authentication", Json::Object { { "project", "p" }, { "token", "t" } } } };
        if (!client_.protocol.empty())
            params["protocol"] = client_.protocol;
        if (client_.shows_state && !client_.state.empty())
            params["authorization_state"] = client_.state;
        write(socket, "c" + id.value, "signalwire.connect", std::move(params));
    }

    void write(Socket& socket, const std::string& id, std::string_view method, Json::Object params)
    {
        socket.up.texts.push_back({ delay(socket.up), encode_request(id, method, std::move(params)) });
    }

    Instant delay(const Line& line)
    {
        const auto arrives = now_ + Duration(1'000 + random_() % 40'000);
        return line.texts.empty() ? arrives : std::max(arrives, line.texts.back().arrives);
    }

    // A new call, offered to whoever is there.
    void arrive()
    {
        const std::string call = "call" + std::to_string(++calls_made_);
        said_[call];
        register_.add(CallId { call }, ProjectId { "p" });
        offer(CallArrived { CallId { call }, ProjectId { "p" }, ContextName { "office" } });
    }

    // An event of a call that the program commands: each has a control id of its own.
    void say()
    {
        std::vector<std::string> answered;
        for (const auto& [call, control_ids] : said_) {
            if (answered_.contains(call))
                answered.push_back(call);
        }
        if (answered.empty())
            return;
        const auto& call = answered[random_() % answered.size()];
        const std::string control_id = call + "-" + std::to_string(said_[call].size());
        said_[call].push_back(control_id);
        for (const auto& connection : register_.subscribers(CallId { call }))
            handle(connection,
                CallNoticed { facts(call),
                    AiActionEnded { ControlId { control_id }, AiActionEnded::State::finished, "completed" } });
    }

    void cut()
    {
        if (current_.empty())
            return;
        auto& socket = sockets_.at(current_);
        for (auto* line : { &socket.up, &socket.down }) {
            const auto kept = line->texts.empty() ? 0 : random_() % (line->texts.size() + 1);
            line->texts.resize(kept); // The rest never arrives, the torn one in between included.
        }
        broken_.insert(socket.id);
        current_.value.clear();
        socket.client_end = chance(2) && !client_.protocol.empty(); // It may read what arrived before it notices.
        if (chance(2))
            lose(socket.id);
    }

    void cut_all_but_client_notices()
    {
        if (!current_.empty())
            broken_.insert(current_);
        current_.value.clear();
    }

    // The server notices.
    void lose(const ConnectionId& id)
    {
        auto& socket = sockets_.at(id);
        if (!std::exchange(socket.server_end, false) || !socket.session)
            return;
        if (socket.session->leave(now_)) {
            register_.away(id);
            offer(ClientAway { id });
        } else {
            forget(id);
        }
    }

    // The client sees that: a connection that it gave up earlier may have taken the session from the one it has now.
    void closed_by_server(const ConnectionId& id)
    {
        broken_.insert(id);
        if (current_ == id)
            current_.value.clear();
    }

    void forget(const ConnectionId& id)
    {
        sockets_.at(id).session.reset();
        register_.drop(id);
        offer(ClientLeft { id });
    }

    void handle(const ConnectionId& id, const RelayEvent& event)
    {
        const auto socket = sockets_.find(id);
        if (socket == sockets_.end() || !socket->second.session)
            return;
        RelayCommands out;
        socket->second.session->handle(event, now_, out);
        carry(socket->second, out);
    }

    void carry(Socket& socket, RelayCommands& out)
    {
        for (auto& command : out) {
            if (auto* send = std::get_if<SendText>(&command)) {
                if (!broken_.contains(socket.id))
                    socket.down.texts.push_back({ delay(socket.down), std::move(send->text) });
            } else if (std::holds_alternative<CloseConnection>(command)) {
                closed_by_server(socket.id);
                lose(socket.id);
                return;
            } else if (const auto* forward = std::get_if<Forward>(&command)) {
                register_.subscribe(forward->call, socket.id);
                register_.answering(forward->call);
                answered_.insert(forward->call.value);
                signs_.insert(forward->call.value);
                offer(CallCommanded { forward->call, socket.id });
                handle(socket.id, Accept { forward->request, "Answered" });
            } else if (const auto* contexts = std::get_if<ContextsChanged>(&command)) {
                offer(ClientSubscribed { socket.id, contexts->project, contexts->contexts });
            } else if (const auto* accepted = std::get_if<OfferAccepted>(&command)) {
                signs_.insert(accepted->call.value);
                offer(OfferAcknowledged { accepted->call, socket.id });
            } else if (const auto* doubt = std::get_if<OfferInDoubt>(&command)) {
                offer(OfferDoubtful { doubt->call, socket.id });
            } else if (const auto* resume = std::get_if<ResumeSession>(&command)) {
                take_over(socket, *resume);
            }
        }
    }

    void take_over(Socket& socket, const ResumeSession& resume)
    {
        const auto left = std::ranges::find_if(sockets_, [&](const auto& other) {
            return other.first != socket.id && other.second.session && other.second.session->can_resume()
                && other.second.session->protocol() == resume.protocol;
        });
        ASSERT_NE(left, sockets_.end());
        if (left->second.server_end) {
            left->second.session->leave(now_);
            left->second.server_end = false;
            closed_by_server(left->first);
            register_.away(left->first);
            offer(ClientAway { left->first });
        }
        register_.returned(left->first, socket.id);
        offer(ClientReturned { left->first, socket.id });
        auto session = std::move(*left->second.session);
        left->second.session.reset();
        RelayCommands out;
        socket.session->resume(std::move(session), resume.received, now_, out);
        carry(socket, out);
    }

    void offer(const OfferEvent& event)
    {
        std::vector<OfferCommand> out;
        offers_.handle(event, now_, out);
        carry(out);
    }
    void carry(const std::vector<OfferCommand>& out)
    {
        for (const auto& command : out) {
            if (const auto* asked = std::get_if<OfferCall>(&command)) {
                // Who gave a sign of having an offer is never asked a second time.
                EXPECT_FALSE(signs_.contains(asked->call.value)) << asked->call.value;
                ++offered_[asked->call.value];
                register_.subscribe(asked->call, asked->connection);
                handle(asked->connection, CallOffered { facts(asked->call.value) });
            } else if (const auto* withdrawn = std::get_if<WithdrawOffer>(&command)) {
                register_.exclude(withdrawn->call, withdrawn->connection);
            } else if (const auto* refused = std::get_if<RefuseCall>(&command)) {
                refused_.insert(refused->call.value);
                register_.end(refused->call);
            }
        }
    }

    // A few milliseconds pass.
    void step()
    {
        now_ += Duration(1'000 + random_() % 10'000);
        std::vector<OfferCommand> out;
        offers_.handle_timeout(now_, out);
        carry(out);
        std::vector<ConnectionId> all;
        for (const auto& [id, socket] : sockets_)
            all.push_back(id);
        for (const auto& id : all) {
            auto& socket = sockets_.at(id);
            if (socket.session) {
                RelayCommands commands;
                socket.session->handle_timeout(now_, commands);
                carry(socket, commands);
            }
            if (socket.session && socket.session->is_closed())
                forget(id);
            deliver(socket);
            if (broken_.contains(id) && socket.server_end && chance(200))
                lose(id);
        }
    }

    void deliver(Socket& socket)
    {
        while (!socket.up.texts.empty() && socket.up.texts.front().arrives <= now_) {
            const auto text = std::move(socket.up.texts.front().text);
            socket.up.texts.pop_front();
            if (socket.server_end)
                handle(socket.id, TextArrived { text });
        }
        while (!socket.down.texts.empty() && socket.down.texts.front().arrives <= now_) {
            const auto text = std::move(socket.down.texts.front().text);
            socket.down.texts.pop_front();
            if (socket.client_end)
                read(socket, *Json::parse(text));
        }
    }

    void read(Socket& socket, const Json& frame)
    {
        const auto method = frame.string_or("method");
        const auto id = frame.string_or("id");
        if (method.empty()) {
            if (const auto* result = frame.find("result"); id == "c" + socket.id.value)
                client_.protocol = result->string_or("protocol");
            return;
        }
        if (!broken_.contains(socket.id))
            socket.up.texts.push_back({ delay(socket.up), encode_result(Json(id), {}) });
        if (method != "signalwire.event")
            return;
        const auto& params = *frame.find("params");
        const auto& inner = *params.find("params");
        const auto type = params.string_or("event_type");
        if (type == "signalwire.authorization.state") {
            client_.state = inner.string_or("authorization_state");
            return;
        }
        if (!client_.ids.insert(id).second) {
            ++client_.doubled;
            return;
        }
        const auto call = inner.string_or("call_id");
        if (type == "calling.call.receive") {
            if (++client_.handled[call] == 1)
                answer_.push_back(call);
        } else if (type == "calling.call.ai") {
            client_.heard[call].push_back(inner.string_or("control_id"));
        }
        // The handler runs after the receive loop; while disconnected its command waits.
        if (current_.empty() || broken_.contains(current_))
            return;
        for (const auto& waiting : std::exchange(answer_, {}))
            write(sockets_.at(current_), "a" + waiting, "calling.answer", { { "call_id", waiting } });
    }

    void check() const
    {
        for (const auto& [call, control_ids] : said_) {
            const auto heard = client_.heard.find(call);
            if (control_ids.empty())
                continue;
            ASSERT_NE(heard, client_.heard.end()) << call;
            EXPECT_EQ(heard->second, control_ids) << call; // Each once, in order, none missing.
        }
        for (const auto& [call, times] : client_.handled)
            EXPECT_LE(times, offered_.at(call)) << call;
        for (const auto& [call, control_ids] : said_) // None was lost on the way to somebody who was there.
            EXPECT_TRUE(client_.handled.contains(call) || refused_.contains(call)) << call;
    }

    std::mt19937_64 random_;
    Instant now_ {};
    Client client_;
    std::map<ConnectionId, Socket> sockets_;
    ConnectionId current_; // The client's. Empty: it knows that it has none.
    std::set<ConnectionId> broken_;
    int made_ = 0;
    int calls_made_ = 0;
    CallRegister register_;
    Offers offers_ { OfferPolicy {} };
    std::map<std::string, std::vector<std::string>> said_; // Of each call, in order.
    std::set<std::string> answered_;
    std::set<std::string> signs_; // Calls that the client acknowledged or commanded, as far as we could hear it.
    std::map<std::string, int> offered_;
    std::set<std::string> refused_;
    std::vector<std::string> answer_; // Calls that its handler has to answer.
};

TEST(ResumeSimulation, nothing_is_lost_or_doubled_whatever_the_network_does) // Checklist 25, 31, 32, 33, 43
{
    constexpr int runs = 15;
    const char* const given = std::getenv("SEED");
    const std::uint64_t first = given ? std::stoull(given) : std::random_device {}();
    for (int i = 0; i < runs; ++i) {
        SCOPED_TRACE("seed " + std::to_string(first + static_cast<std::uint64_t>(i)));
        Simulation(first + static_cast<std::uint64_t>(i)).run();
        if (HasFailure())
            return;
    }
}

} // namespace
} // namespace parley::relay
