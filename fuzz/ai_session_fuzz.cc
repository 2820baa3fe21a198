// room: agent
// The session fed with any events in any order at any time: it stays whole and ends exactly once.
#include "agent/ai_session.h"

#include <cstdint>
#include <set>
#include <string>

using namespace parley;

namespace {

void check(bool condition)
{
    if (!condition)
        __builtin_trap();
}

AiSpec spec(unsigned char options)
{
    AiSpec spec;
    spec.prompt.text = "You help.";
    spec.languages = { { "English", "en-US", "slt", "" } };
    for (const char* name : { "a", "b" }) {
        ToolSpec tool;
        tool.name = name;
        tool.parameters = Json::Object {};
        tool.meta_data = Json::Object {};
        spec.tools.push_back(std::move(tool));
    }
    spec.wait_for_user = (options & 1) != 0;
    if ((options & 2) != 0)
        spec.static_greeting = "Welcome. How are you?";
    if ((options & 4) != 0)
        spec.report.prompt.text = "Summarise.";
    if ((options & 8) != 0)
        spec.report.hook.url = "http://127.0.0.1/";
    spec.turn.barge = (options & 16) == 0;
    if ((options & 32) != 0)
        spec.turn.noise = 1s;
    return spec;
}

// The world around the session, as far as it keeps its promises.
class World {
public:
    explicit World(unsigned char options)
        : session_(spec(options), { { "c" }, { "s" }, { Instant {}, {} }, {}, {}, "", "", "", "" }, Log::none())
    {
        give(agent::SessionStarted {});
    }

    void step(unsigned char what, unsigned char how)
    {
        now_ += std::chrono::milliseconds(how * 7);
        timeouts();
        static const std::string texts[]
            = { "yes", "stop it", "What is it? Tell me, please.", "...", "a b c d e f g", "No." };
        const std::string& text = texts[how % std::size(texts)];
        switch (what % 24) {
        case 0: give(agent::SpeechStarted {}); break;
        case 1: give(agent::SpeechStopped {}); break;
        case 2:
        case 3: {
            Transcript words;
            words.text = text;
            words.final = what % 24 == 2;
            words.confidence = static_cast<float>(how % 4) / 4;
            words.speech_start = now_ - std::chrono::milliseconds(how);
            give(words);
            break;
        }
        case 4: give(agent::ModelEvent { asked_, LmText { text + " " } }); break;
        case 5:
            give(agent::ModelEvent { asked_, LmToolCall { { std::to_string(++calls_), how % 3 ? "a" : "x", "{}" } } });
            break;
        case 6: give(agent::ModelEvent { asked_, LmDone { 1, 1 } }); break;
        case 7: give(agent::ModelEvent { asked_, LmFailed { { ErrorKind::unavailable, "away" } } }); break;
        case 8: give(agent::PlayoutStarted { utterance(how) }); break;
        case 9:
        case 10: give(agent::PlayoutFinished { utterance(how) }); break;
        case 11: give(agent::PlayoutStopped { utterance(how), std::chrono::milliseconds(how * 4) }); break;
        case 12: give(agent::UtteranceWords { utterance(how), { { "a", 0ms, 100ms }, { "b", 100ms, 300ms } } }); break;
        case 13: give(agent::VoiceFailed { utterance(how), { ErrorKind::unavailable, "away" } }); break;
        case 14:
        case 15: tool_returns(how); break;
        case 16: give(agent::Dtmf { "0123456789*#"[how % 12] }); break;
        case 17:
        case 18: inject(how, text); break;
        case 19: give(agent::HoldSession { std::chrono::seconds(how), how % 2 ? text : "" }); break;
        case 20: give(agent::UnholdSession { how % 2 ? text : "" }); break;
        case 21: give(SttFailed { { ErrorKind::unavailable, "away" }, how != 255 }); break;
        case 22: give(agent::VoiceStarted { utterance(how) }); break;
        case 23:
            if (how == 255)
                give(agent::StopSession {});
            break;
        }
    }

    void end()
    {
        give(agent::CallEnded {});
        for (int i = 0; i < 100 && session_.deadline(); ++i) {
            now_ = std::max(now_, *session_.deadline());
            timeouts();
        }
        check(session_.finished() && finished_ && !session_.deadline());
        check(open_rows_.empty()); // Every tool request has its result.
    }

private:
    void give(const agent::Event& event)
    {
        agent::Commands out;
        session_.handle(event, now_, out);
        take(out);
    }
    void timeouts()
    {
        agent::Commands out;
        session_.handle_timeout(now_, out);
        take(out);
        check(!session_.deadline() || *session_.deadline() > now_);
    }
    void take(const agent::Commands& out)
    {
        for (const auto& command : out) {
            check(!finished_);
            if (const auto* ask = std::get_if<agent::AskModel>(&command)) {
                asked_ = ask->reply;
                check(!ask->request.messages.empty());
                check(ask->request.messages.front().role == LmMessage::Role::system);
            } else if (const auto* speak = std::get_if<agent::Speak>(&command)) {
                last_ = speak->utterance;
            } else if (const auto* call = std::get_if<agent::CallTool>(&command)) {
                check(running_.insert(call->request.call.id).second);
            } else if (const auto* row = std::get_if<agent::AppendMessage>(&command)) {
                check(!row->content.empty() || !row->tool_calls.empty());
                for (const auto& tool : row->tool_calls)
                    open_rows_.insert(tool.id);
                if (row->role == Role::tool)
                    check(open_rows_.erase(row->tool_call_id) == 1);
            } else if (std::holds_alternative<agent::Finished>(command)) {
                finished_ = true;
            }
        }
    }
    [[nodiscard]] UtteranceId utterance(unsigned char how) const
    {
        return { last_.value > how % 4U ? last_.value - how % 4U : last_.value };
    }
    void tool_returns(unsigned char how)
    {
        if (running_.empty())
            return;
        ToolReply reply;
        reply.response = how % 2 ? "result" : "";
        reply.post_process = how % 3 == 0;
        if (how % 5 == 0)
            reply.actions = { { "say", Json("Wait a moment.") } };
        if (how == 250)
            reply.actions = { { "hangup", Json(true) } };
        const std::string id = *running_.begin();
        running_.erase(running_.begin());
        if (how % 7 == 0)
            give(agent::ToolReturned { id, Error { ErrorKind::timed_out, "slow" } });
        else
            give(agent::ToolReturned { id, std::move(reply) });
    }
    void inject(unsigned char how, const std::string& text)
    {
        static constexpr Role roles[] = { Role::system, Role::user, Role::assistant };
        agent::InjectMessage message;
        message.role = roles[how % 3];
        message.text = text;
        if (how % 8 == 0)
            message.reset = agent::Reset { how % 16 == 0, how % 32 == 0 ? "Be brief." : "", "" };
        if (how % 9 == 0)
            message.global_data = Json::Object { { "k", static_cast<int>(how) } };
        give(message);
    }

    AiSession session_;
    Instant now_ {};
    ReplyId asked_;
    UtteranceId last_;
    int calls_ = 0;
    std::set<std::string> running_;
    std::set<std::string> open_rows_;
    bool finished_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    if (size == 0)
        return 0;
    World world(bytes[0]);
    for (std::size_t i = 1; i + 1 < size && i < 4'000; i += 2)
        world.step(bytes[i], bytes[i + 1]);
    world.end();
    return 0;
}
