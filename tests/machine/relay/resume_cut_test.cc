// A recorded exchange between a client and the server, cut around the end of every text of both directions and within:
// no event is lost, and one comes twice only if nothing that reached the server could tell that it had arrived.
#include "call/call_notice.h"
#include "relay/relay_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace parley::relay {
namespace {

constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

// One direction of a connection. Texts travel behind their length; one whose last byte does not get through never was.
class Wire {
public:
    explicit Wire(std::size_t cut)
        : cut_(cut)
    {
    }
    // False: not all of it gets through.
    bool write(std::string_view text)
    {
        ends_.push_back((ends_.empty() ? 0 : ends_.back()) + length_bytes + text.size());
        return ends_.back() <= cut_;
    }
    [[nodiscard]] const std::vector<std::size_t>& ends() const { return ends_; } // Of texts, in bytes.

private:
    static constexpr std::size_t length_bytes = 4;
    const std::size_t cut_;
    std::vector<std::size_t> ends_;
};

class Directory : public RelayDirectory {
public:
    Result<ProjectId> authenticate(const ConnectionId&, const Credentials& who, WallTime) override
    {
        return who.project;
    }
    CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const override
    {
        return CallStanding::live;
    }
    bool resumable(const ProjectId&, std::string_view protocol) const override { return !protocol.empty(); }
};

struct Kind {
    const char* name;
    int version;       // 2 keeps the authorization state, 3 does not.
    int answers_each;  // Of the frames that it reads: SDKs answer each, and a program of its own may answer fewer.
    bool late_answers; // Answers that the cut took arrive after all, behind the resume.
};

// Plays the exchange over two wires that are cut, then lets the client come back.
class Exchange {
public:
    Exchange(const Kind& kind, std::size_t down_cut, std::size_t up_cut)
        : kind_(kind)
        , down_(down_cut)
        , up_(up_cut)
        , first_(session("w1"))
    {
    }

    void run()
    {
        connect(first_, "");
        for (int step = 0; step < steps; ++step)
            talk(step);
        EXPECT_TRUE(first_.leave(now_));
        if (protocol_.empty())
            return; // It never knew that it had a session.
        now_ += 1s;
        is_back_ = true;
        RelayCommands out;
        RelaySession second = session("w2");
        connect(second, protocol_);
        second.resume(std::move(first_), resumed_.received, now_, out);
        if (kind_.late_answers) {
            for (const auto& text : lost_answers_)
                second.handle(LateTextArrived { text }, now_, out);
        }
        carry(second, out);
        pass(second, 2s);
        check();
    }

    [[nodiscard]] const Wire& down() const { return down_; }
    [[nodiscard]] const Wire& up() const { return up_; }
    [[nodiscard]] int doubled() const { return doubled_; }

private:
    static constexpr int steps = 4;

    RelaySession session(const char* name)
    {
        return { { ConnectionId { name }, NodeId { "n" }, "" }, RelayPolicy {}, directory_, IdSource(name[1] - '0'),
            ClockPair { Instant {}, WallTime { 1'745'332'535'000'000 } }, Log::none(), now_ };
    }

    void connect(RelaySession& session, const std::string& protocol)
    {
        Json::Object params { { "version", Json::Object { { "major", kind_.version } } },
            { "authentication", Json::Object { { "project", "p" }, { "token", "t" } } } };
        if (!protocol.empty())
            params["protocol"] = protocol;
        if (!state_.empty())
            params["authorization_state"] = state_;
        RelayCommands out;
        session.handle(TextArrived { encode_request("c", "signalwire.connect", std::move(params)) }, now_, out);
        carry(session, out);
    }

    // What the call says in a step: one event alone, or some at once; a pause that a ping fills.
    void talk(int step)
    {
        const CallFacts call { CallId { "c1" }, LegId { "s" }, NodeId { "n" }, ProjectId { "p" }, ContextName { "o" },
            CallDirection::inbound, { DeviceType::phone, "1", "2", "" } };
        RelayCommands out;
        for (int i = 0; i < (step % 3 == 1 ? 3 : 1); ++i) {
            const ControlId control { "e" + std::to_string(said_.size()) };
            said_.push_back(control.value);
            first_.handle(CallNoticed { call, AiActionEnded { control, AiActionEnded::State::finished, "completed" } },
                now_, out);
        }
        carry(first_, out);
        pass(first_, step == 2 ? Duration(11s) : Duration(30ms));
    }

    void pass(RelaySession& session, Duration time)
    {
        const auto until = now_ + time;
        while (session.deadline() && *session.deadline() <= until) {
            now_ = std::max(now_, *session.deadline());
            RelayCommands out;
            session.handle_timeout(now_, out);
            carry(session, out);
        }
        now_ = until;
    }

    void carry(RelaySession& session, RelayCommands& out)
    {
        for (auto& command : out) {
            if (const auto* resume = std::get_if<ResumeSession>(&command))
                resumed_ = *resume;
            else if (const auto* send = std::get_if<SendText>(&command); send && (is_back_ || down_.write(send->text)))
                read(session, *Json::parse(send->text));
        }
    }

    void read(RelaySession& session, const Json& frame)
    {
        const auto id = frame.string_or("id");
        if (frame.string_or("method").empty()) {
            protocol_ = frame.find("result")->string_or("protocol");
            return;
        }
        const auto place = ++read_;
        if (frame.string_or("method") == "signalwire.event") {
            const auto& params = *frame.find("params");
            const auto& inner = *params.find("params");
            if (params.string_or("event_type") == "signalwire.authorization.state") {
                state_ = inner.string_or("authorization_state");
                if (!is_back_)
                    proven_ = place; // It will show it.
            } else {
                const auto control = inner.string_or("control_id");
                heard_.push_back(control);
                if (!is_back_)
                    place_of_[control] = place;
            }
        }
        if (place % kind_.answers_each != 0)
            return;
        const auto answer = encode_result(Json(id), {});
        if (!is_back_ && !up_.write(answer)) {
            lost_answers_.push_back(answer);
            if (kind_.late_answers)
                proven_ = place;
            return;
        }
        if (!is_back_)
            proven_ = place;
        RelayCommands out;
        session.handle(TextArrived { answer }, now_, out);
        carry(session, out);
    }

    void check()
    {
        std::vector<std::string> once;
        for (const auto& control : heard_) {
            if (std::ranges::find(once, control) == once.end())
                once.push_back(control);
        }
        EXPECT_EQ(once, said_); // None is lost, and they are in order.
        for (const auto& control : said_) {
            const auto place = place_of_.find(control);
            const bool was_read = place != place_of_.end();
            const bool is_unknowable = was_read && place->second > proven_;
            EXPECT_EQ(std::ranges::count(heard_, control), is_unknowable ? 2 : 1) << control;
            doubled_ += is_unknowable ? 1 : 0;
        }
    }

    const Kind& kind_;
    Directory directory_;
    Instant now_ {};
    Wire down_, up_;
    RelaySession first_;
    bool is_back_ = false;
    ResumeSession resumed_;

    // The client.
    std::string protocol_;
    std::string state_;
    int read_ = 0;
    std::vector<std::string> heard_;
    std::vector<std::string> lost_answers_;

    std::vector<std::string> said_;
    std::map<std::string, int> place_of_; // Among all that was read on the first connection.
    int proven_ = 0;                      // The last of these of which the server hears.
    int doubled_ = 0;
};

// Before and at the end of each text.
std::vector<std::size_t> around_ends(const Wire& wire)
{
    std::vector<std::size_t> cuts { 0 };
    for (const std::size_t end : wire.ends())
        cuts.insert(cuts.end(), { end - 1, end });
    return cuts;
}

class ResumeCut : public ::testing::TestWithParam<Kind> { };

TEST_P(ResumeCut, nothing_is_lost_and_only_what_cannot_be_known_comes_twice) // Checklist 25, 43
{
    Exchange all(GetParam(), whole, whole);
    all.run();
    EXPECT_EQ(all.doubled(), GetParam().answers_each == 1 ? 0 : 1); // The last event is the first of the next three.
    int doubled = 0;
    const auto play = [&](std::size_t down, std::size_t up) {
        SCOPED_TRACE("cut at byte " + std::to_string(down) + " down and " + std::to_string(up) + " up");
        Exchange exchange(GetParam(), down, up);
        exchange.run();
        doubled += exchange.doubled();
        return !HasFailure();
    };
    for (const std::size_t down : around_ends(all.down())) {
        for (const std::size_t up : around_ends(all.up()))
            ASSERT_TRUE(play(down, up));
    }
    constexpr std::size_t apart = 101;
    for (std::size_t up = 0; up <= all.up().ends().back(); up += apart)
        ASSERT_TRUE(play(whole, up));
    for (std::size_t down = 0; down <= all.down().ends().back(); down += apart)
        ASSERT_TRUE(play(down, whole));
    EXPECT_EQ(doubled > 0, !GetParam().late_answers); // What is left is real.
}

INSTANTIATE_TEST_SUITE_P(Clients, ResumeCut,
    testing::Values(Kind { "keeps_the_state", 2, 1, false }, Kind { "keeps_no_state", 3, 1, false },
        Kind { "answers_every_third", 3, 3, false }, Kind { "answers_late", 3, 1, true }),
    [](const auto& kind) { return std::string(kind.param.name); });

} // namespace
} // namespace parley::relay
