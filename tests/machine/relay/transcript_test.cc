#include "call/call.h"
#include "machine/relay/session_story.h"
#include "relay/offers.h"

namespace parley::relay {
namespace {

// One client, one call and what carries their commands to each other, on one virtual clock: what a client reads of a
// whole call, with the times at which it reads it.
class World : public RelayDirectory {
public:
    World()
    {
        session_.handle(
            TextArrived {
                R"({"id":"1","method":"signalwire.connect","params":{"authentication":{},"contexts":["office"]}})" },
            now_, from_session_);
        carry();
        register_.add(SessionStory::call().id, ProjectId {});
        wire_.clear();
    }

    Result<ProjectId> authenticate(const ConnectionId&, const Credentials& who, WallTime) override
    {
        return who.project;
    }
    CallStanding standing(const ProjectId& p, const ConnectionId& c, const CallId& call) const override
    {
        return register_.standing(p, c, call);
    }
    bool resumable(const ProjectId&, std::string_view) const override { return false; }

    World& at(Duration when) // Everything that is due until then happens at its time.
    {
        const auto until = Instant {} + when;
        for (;;) {
            std::optional<Instant> next;
            for (const auto& due : { session_.deadline(), call_.deadline(), offers_.deadline() }) {
                if (due && (!next || *due < *next))
                    next = due;
            }
            if (!next || *next > until)
                break;
            now_ = std::max(now_, *next);
            session_.handle_timeout(now_, from_session_);
            call_.handle_timeout(now_, from_call_);
            offers_.handle_timeout(now_, from_offers_);
            carry();
        }
        now_ = until;
        return *this;
    }
    World& arrives()
    {
        call_.handle(LegIncoming { LegId { "s1" }, "+1", "+2", "" }, now_, from_call_);
        offers_.handle(CallArrived { CallId { "c1" }, ProjectId {}, ContextName { "office" } }, now_, from_offers_);
        return carry();
    }
    World& leg(const CallEvent& event)
    {
        call_.handle(event, now_, from_call_);
        return carry();
    }
    World& client(std::string text)
    {
        session_.handle(TextArrived { std::move(text) }, now_, from_session_);
        return carry();
    }
    World& client_acknowledges_the_last() { return client(R"({"id":")" + last_id_ + R"(","result":{}})"); }
    World& ai_finished() { return leg(AiFinished { ai_, agent::FinishReason::call_ended, "" }); }

    // "<ms> <what>" of each text that the client read, pings left out.
    std::vector<std::string> wire() { return std::exchange(wire_, {}); }

private:
    World& carry()
    {
        while (!from_session_.empty() || !from_call_.empty() || !from_offers_.empty()) {
            for (auto& command : std::exchange(from_offers_, {})) {
                if (const auto* offer = std::get_if<OfferCall>(&command)) {
                    register_.subscribe(offer->call, offer->connection);
                    session_.handle(CallOffered { SessionStory::call() }, now_, from_session_);
                }
            }
            for (auto& command : std::exchange(from_session_, {}))
                carry_out(command);
            for (auto& command : std::exchange(from_call_, {}))
                carry_out(command);
        }
        return *this;
    }
    void carry_out(RelayCommand& command)
    {
        if (const auto* sent = std::get_if<SendText>(&command))
            read(*Json::parse(sent->text));
        else if (auto* forward = std::get_if<Forward>(&command))
            call_.handle(CommandArrived { forward->request, std::move(forward->command) }, now_, from_call_);
        else if (const auto* contexts = std::get_if<ContextsChanged>(&command))
            offers_.handle(ClientSubscribed { connection_, contexts->project, contexts->contexts }, now_, from_offers_);
        else if (const auto* accepted = std::get_if<OfferAccepted>(&command))
            offers_.handle(OfferAcknowledged { accepted->call, connection_ }, now_, from_offers_);
    }
    void carry_out(CallOutput& command)
    {
        if (const auto* open = std::get_if<OpenAi>(&command))
            ai_ = open->session;
        else if (const auto* notify = std::get_if<Notify>(&command))
            session_.handle(CallNoticed { SessionStory::call(), notify->notice }, now_, from_session_);
        else if (const auto* accept = std::get_if<Accept>(&command))
            session_.handle(*accept, now_, from_session_);
        else if (const auto* reject = std::get_if<Reject>(&command))
            session_.handle(*reject, now_, from_session_);
    }
    void read(const Json& text)
    {
        const auto ms = std::to_string(to_milliseconds(now_ - Instant {}));
        const auto method = text.string_or("method");
        if (method == "signalwire.ping")
            return;
        if (method != "signalwire.event") {
            const auto* result = text.find("result");
            wire_.push_back(
                ms + " " + text.string_or("id") + " " + result->string_or("code") + " " + result->string_or("message"));
            return;
        }
        last_id_ = text.string_or("id");
        const auto& outer = *text.find("params");
        const auto& inner = *outer.find("params");
        wire_.push_back(ms + " " + outer.string_or("event_type") + " "
            + inner.string_or("call_state", inner.string_or("state")) + inner.string_or("end_reason"));
    }

    ConnectionId connection_ { "w" };
    Instant now_ {};
    CallRegister register_;
    Offers offers_ { OfferPolicy {} };
    Call call_ { SessionStory::call(), CallPolicy {}, IdSource(2), Log::none() };
    RelaySession session_ { { connection_, NodeId { "n@r" }, "" }, RelayPolicy {}, *this, IdSource(1), ClockPair {},
        Log::none(), Instant {} };
    RelayCommands from_session_;
    CallOutputs from_call_;
    std::vector<OfferCommand> from_offers_;
    AiSessionId ai_;
    std::string last_id_;
    std::vector<std::string> wire_;
};

using testing::ElementsAre;

// The reference exchange of an inbound call with an AI, which all client libraries were seen to work with.
TEST(Transcript, InboundCallWithAnAi) // Checklist 44, 45, 51, 82, 85, 86, 87, 89
{
    World world;
    world.at(1000ms).arrives().client_acknowledges_the_last();
    world.at(1100ms).client(R"({"id":"2","method":"calling.answer","params":{"node_id":"n@r","call_id":"c1"}})");
    world.at(1105ms).leg(LegAnswered { LegId { "s1" } });
    world.at(2000ms).client(
        R"({"id":"3","method":"calling.ai","params":{"call_id":"c1","control_id":"AI1","prompt":{"text":"x"}}})");
    world.client(
        R"({"id":"4","method":"calling.ai_message","params":{"call_id":"c1","message_text":"VIP","role":"system"}})");
    world.at(9000ms).leg(LegEnded { LegId { "s1" }, LegEndReason::hangup, "" });
    world.at(9500ms).ai_finished();
    world.at(9600ms);
    EXPECT_THAT(world.wire(),
        ElementsAre("1000 calling.call.receive ringing", "1100 2 200 Answered", "1120 calling.call.state answered",
            "2000 3 200 AI started", "2000 4 200 Message sent", "9500 calling.call.ai finished",
            "9500 calling.call.state ending", "9500 calling.call.state endedhangup"));
}

TEST(Transcript, EndingTheCallWhileAnAiRuns) // Checklist 52, 82
{
    World world;
    world.at(1000ms).arrives().client_acknowledges_the_last();
    world.client(
        R"({"id":"2","method":"calling.ai","params":{"call_id":"c1","control_id":"AI1","prompt":{"text":"x"}}})");
    world.at(1010ms).leg(LegAnswered { LegId { "s1" } });
    world.at(3000ms).client(R"({"id":"3","method":"calling.end","params":{"call_id":"c1"}})");
    world.at(3001ms).leg(LegEnded { LegId { "s1" }, LegEndReason::hangup, "" });
    world.at(3002ms).ai_finished();
    world.at(3003ms).client(R"({"id":"4","method":"calling.end","params":{"call_id":"c1"}})");
    world.at(3100ms);
    EXPECT_THAT(world.wire(),
        ElementsAre("1000 calling.call.receive ringing", "1000 2 200 AI started", "1020 calling.call.state answered",
            "3000 3 200 Disconnecting call", "3003 4 404 call_id: the call has ended", "3020 calling.call.ai finished",
            "3020 calling.call.state ending", "3020 calling.call.state endedhangup"));
}

} // namespace
} // namespace parley::relay
