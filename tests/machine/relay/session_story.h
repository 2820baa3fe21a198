#pragma once

#include "relay/relay_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::relay {

// One RELAY connection on virtual time: what the client writes, what it reads.
class SessionStory : public RelayDirectory {
public:
    using Lines = std::vector<std::string>;

    SessionStory()
        : session_({ ConnectionId { "w" }, NodeId { "n@r" }, "S" }, RelayPolicy {}, *this, IdSource(1),
            ClockPair { Instant {}, WallTime { 1'745'332'535'000'000 } }, Log::none(), Instant {})
    {
    }

    Result<ProjectId> authenticate(const ConnectionId&, const Credentials& who, WallTime) override
    {
        if (who.project.value == "p" && who.token == "t")
            return who.project;
        if (who.jwt == "signed")
            return ProjectId { "p" };
        return login_error;
    }
    std::optional<Error> admit_session(const ProjectId&) override { return session_error; }
    std::optional<Error> admit_command(const ProjectId&, Instant) override { return command_error; }
    Error login_error { ErrorKind::unauthenticated, "wrong" };
    std::optional<Error> session_error;
    std::optional<Error> command_error;
    CallStanding standing(const ProjectId&, const ConnectionId&, const CallId& call) const override
    {
        const auto found = calls.find(call.value);
        return found == calls.end() ? CallStanding::unknown : found->second;
    }

    bool resumable(const ProjectId& project, std::string_view protocol) const override
    {
        return project.value == "p" && protocol == resumable_protocol;
    }
    std::string resumable_protocol;

    // What came out, shortly: the text, or the command's name and fields.
    Lines event(const RelayEvent& e)
    {
        return run([&](RelayCommands& out) { session_.handle(e, now_, out); });
    }
    Lines text(std::string text) { return event(TextArrived { std::move(text) }); }
    Lines after(Duration d)
    {
        now_ += d;
        return run([&](RelayCommands& out) { session_.handle_timeout(now_, out); });
    }
    SessionStory& connected(std::string extra = "")
    {
        text(
            R"({"jsonrpc":"2.0","id":"c","method":"signalwire.connect","params":{"authentication":{"project":"p","token":"t"})"
            + extra + "}}");
        after(1s); // So that no event has to wait for the gap, unless a story wants it.
        return *this;
    }
    Lines request(std::string_view id, std::string_view method, std::string_view params)
    {
        return text(R"({"jsonrpc":"2.0","id":")" + std::string(id) + R"(","method":")" + std::string(method)
            + R"(","params":)" + std::string(params) + "}");
    }
    Lines accept(std::string message, std::string control_id = "")
    {
        return event(Accept { last_forward_.value().request, std::move(message), ControlId { std::move(control_id) } });
    }
    Lines reject(ErrorKind kind, std::string what)
    {
        return event(Reject { last_forward_.value().request, Error { kind, std::move(what) } });
    }
    Lines offered() { return event(CallOffered { call() }); }
    Lines notice(CallNotice n) { return event(CallNoticed { call(), std::move(n) }); }

    // The last text that was sent, parsed.
    [[nodiscard]] const Json& sent() const { return sent_; }
    [[nodiscard]] std::string sent_id() const { return sent_.string_or("id"); }
    [[nodiscard]] const Forward& forwarded() const { return last_forward_.value(); }
    [[nodiscard]] RelaySession& session() { return session_; }
    // This connection goes on with the session of another one.
    Lines resume(SessionStory& other, std::uint64_t received = 0)
    {
        return run([&](RelayCommands& out) { session_.resume(std::move(other.session_), received, now_, out); });
    }
    bool leave() { return session_.leave(now_); }
    [[nodiscard]] Instant now() const { return now_; }

    static CallFacts call()
    {
        return { CallId { "c1" }, LegId { "s1" }, NodeId { "n@r" }, ProjectId { "p" }, ContextName { "office" },
            CallDirection::inbound, { DeviceType::phone, "+15551110000", "+15552220000", "" } };
    }

    std::map<std::string, CallStanding> calls { { "c1", CallStanding::live }, { "old", CallStanding::ended } };

private:
    template <typename Step> Lines run(Step step)
    {
        RelayCommands out;
        step(out);
        Lines lines;
        for (auto& command : out)
            lines.push_back(std::visit([this](auto& c) { return told(c); }, command));
        return lines;
    }
    std::string told(SendText& c)
    {
        auto parsed = Json::parse(c.text);
        EXPECT_TRUE(parsed) << c.text;
        sent_ = std::move(*parsed);
        return std::move(c.text);
    }
    static std::string told(const CloseConnection& c) { return "close " + std::to_string(c.code) + " " + c.reason; }
    std::string told(Forward& c)
    {
        auto line = "forward " + c.call.value + " #" + std::to_string(c.request.number) + " command "
            + std::to_string(c.command.index());
        last_forward_ = std::move(c);
        return line;
    }
    static std::string told(const ForwardDial& c)
    {
        return "dial " + c.spec.tag + " #" + std::to_string(c.request.number) + " for " + c.project.value;
    }
    static std::string told(const ContextsChanged& c)
    {
        std::string line = "contexts of " + c.project.value + ":";
        for (const auto& context : c.contexts)
            line += " " + context.value;
        return line;
    }
    static std::string told(const ResumeSession& c)
    {
        return "resume " + c.protocol + " after " + std::to_string(c.received);
    }
    static std::string told(const OfferInDoubt& c) { return "offer in doubt " + c.call.value; }
    static std::string told(const CallPassed& c) { return "passed " + c.call.value; }
    static std::string told(const OfferAccepted& c) { return "offer accepted " + c.call.value; }

    Instant now_ {};
    Json sent_;
    std::optional<Forward> last_forward_;
    RelaySession session_;
};

} // namespace parley::relay
