#pragma once

#include "call/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {

inline CallFacts call_facts()
{
    return { CallId { "c1" }, LegId { "leg" }, NodeId { "n@r" }, ProjectId { "p" }, ContextName { "office" },
        CallDirection::inbound, { DeviceType::phone, "+1", "+2", "" } };
}

// What a command looks like in a story: short, complete, comparable.
struct Told {
    std::string operator()(const Accept& a) const
    {
        return "accept " + std::to_string(a.request.number) + " " + a.message
            + (a.control_id.empty() ? "" : " #" + a.control_id.value);
    }
    std::string operator()(const Reject& r) const
    {
        return "reject " + std::to_string(r.request.number) + " " + std::string(to_string(r.error.kind)) + " "
            + r.error.what;
    }
    std::string operator()(const RingLeg&) const { return "ring"; }
    std::string operator()(const PreviewLeg&) const { return "preview"; }
    std::string operator()(const AnswerLeg&) const { return "answer"; }
    std::string operator()(const DialLeg& d) const { return "dial " + d.to; }
    std::string operator()(const TellReferral& t) const { return "referral " + std::to_string(t.sip_status); }
    std::string operator()(const MoveSound&) const { return "move sound"; }
    std::string operator()(const RejectLeg& r) const
    {
        return "refuse " + std::to_string(static_cast<int>(r.reason)) + " " + std::to_string(r.sip_status.value_or(0));
    }
    std::string operator()(const HangUpLeg&) const { return "hang up"; }
    std::string operator()(const OpenAi& o) const
    {
        return "open ai #" + o.control_id.value + " " + o.spec.prompt.text;
    }
    std::string operator()(const TellAi& t) const
    {
        if (const auto* message = std::get_if<InjectMessage>(&t.event))
            return "tell ai message " + message->text;
        if (std::holds_alternative<agent::StopSession>(t.event))
            return "tell ai stop";
        if (std::holds_alternative<agent::CallEnded>(t.event))
            return "tell ai call ended";
        if (std::holds_alternative<HoldSession>(t.event))
            return "tell ai hold";
        if (std::holds_alternative<UnholdSession>(t.event))
            return "tell ai unhold";
        if (std::holds_alternative<agent::LineTaken>(t.event))
            return "tell ai line taken";
        if (std::holds_alternative<agent::LineFreed>(t.event))
            return "tell ai line freed";
        return "tell ai ?";
    }
    std::string operator()(const CloseAi&) const { return "close ai"; }
    std::string operator()(const QueueSound& q) const { return "queue " + std::to_string(q.sound.value); }
    std::string operator()(const PauseSounds&) const { return "pause"; }
    std::string operator()(const ResumeSounds&) const { return "resume"; }
    std::string operator()(const DropSounds&) const { return "drop"; }
    std::string operator()(const SetVolume& v) const { return "volume " + std::to_string(static_cast<int>(v.gain_db)); }
    std::string operator()(const SendKey& k) const { return std::string("key ") + k.key; }
    std::string operator()(const Notify& n) const
    {
        if (const auto* state = std::get_if<CallStateChanged>(&n.notice))
            return "state " + std::string(to_string(state->state))
                + (state->reason ? " " + std::string(to_string(*state->reason)) : "");
        if (const auto* action = std::get_if<ActionChanged>(&n.notice))
            return std::string(to_string(action->state)) + " #" + action->control_id.value;
        const auto& ai = std::get<AiActionEnded>(n.notice);
        if (ai.state == AiActionEnded::State::error)
            return "ai error #" + ai.control_id.value + " " + ai.message;
        return "ai finished #" + ai.control_id.value + " " + ai.reason;
    }
};

class Story {
public:
    using Lines = std::vector<std::string>;

    Lines event(const CallEvent& e)
    {
        return run([&](CallOutputs& out) { call_.handle(e, now_, out); });
    }
    Lines command(CallCommand c) { return event(CommandArrived { { ConnectionId { "w" }, ++number_ }, std::move(c) }); }
    Lines after(Duration d)
    {
        now_ += d;
        return run([&](CallOutputs& out) { call_.handle_timeout(now_, out); });
    }
    Story& ringing()
    {
        event(LegIncoming { LegId { "leg" }, "+1", "+2", "" });
        return *this;
    }
    Story& answered()
    {
        ringing().command(AnswerCall {});
        event(LegAnswered { LegId { "leg" } });
        return *this;
    }
    Story& with_ai()
    {
        answered().command(start_ai());
        return *this;
    }
    static StartAi start_ai(const char* control_id = "AI1")
    {
        AiSpec spec;
        spec.prompt.text = "be kind";
        return { ControlId { control_id }, spec };
    }
    Lines ai_finished(agent::FinishReason reason, std::string what = "")
    {
        return event(AiFinished { session_, reason, std::move(what) });
    }
    Story& dialled(std::optional<Duration> max_duration = {})
    {
        DialLeg leg;
        leg.leg = LegId { "leg" };
        leg.to = "+2";
        CallFacts outbound = call_facts();
        outbound.direction = CallDirection::outbound;
        outbound.context = {};
        outbound.tag = "T";
        call_ = Call(outbound, CallPolicy {}, IdSource(1), Log::none());
        event(CallDialled { leg, max_duration });
        return *this;
    }
    Call& call() { return call_; }

private:
    template <typename Step> Lines run(Step step)
    {
        CallOutputs out;
        step(out);
        Lines lines;
        for (const auto& command : out) {
            if (const auto* open = std::get_if<OpenAi>(&command))
                session_ = open->session;
            lines.push_back(std::visit(Told {}, command));
        }
        return lines;
    }

    Instant now_ {};
    std::uint64_t number_ = 0;
    AiSessionId session_;
    Call call_ { call_facts(), CallPolicy {}, IdSource(1), Log::none() };
};

inline LegEnded caller_hung_up()
{
    return { LegId { "leg" }, LegEndReason::hangup, "" };
}

inline InjectMessage message(std::string text)
{
    InjectMessage m;
    m.text = std::move(text);
    return m;
}

} // namespace parley
