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

// Two contexts with ways between them, a gathering, and each of the things that a step can do.
ContextsSpec contexts()
{
    ContextsSpec spec;
    spec.contexts.resize(2);
    auto& first = spec.contexts[0];
    first.name = "default";
    first.valid_contexts = { "other", "gone" };
    first.exit_fillers = { { "default", { "One moment." } } };
    first.steps.resize(5);
    for (std::size_t i = 0; i < first.steps.size(); ++i) {
        first.steps[i].name = std::string(1, static_cast<char>('a' + i));
        first.steps[i].text = "Step. ${step_history.prev.summary} ${k}";
    }
    first.steps[0].skip_to_next_step = true;
    first.steps[0].valid_steps = { "next", "c", "e", "gone" };
    first.steps[1].skip_user_turn = true;
    first.steps[1].functions = { "a" };
    first.steps[2].history = StepHistory::hide;
    first.steps[2].reset = ContextReset { "New.", "Hello.", true, true };
    first.steps[3].gather.emplace();
    first.steps[3].gather->questions.resize(2);
    first.steps[3].gather->questions[0].key = "k";
    first.steps[3].gather->questions[1].isolated = true;
    first.steps[4].end = true;
    auto& second = spec.contexts[1];
    second.name = "other";
    second.isolated = true;
    second.valid_contexts = { "default" };
    second.prompt = "Other. ${k}";
    return spec;
}

// What the model may call: functions that are there and that are not, and the ways through the steps.
ToolCall call(unsigned char how, int number)
{
    static const std::pair<const char*, const char*> calls[] = { { "a", "{}" }, { "b", "{}" }, { "x", "{}" },
        { "next_step", R"({"step":"next"})" }, { "next_step", R"({"step":"e"})" },
        { "change_context", R"({"context":"other"})" }, { "change_context", R"({"context":"default"})" },
        { "gather_submit", R"({"answer":"x"})" }, { "gather_submit", "" }, { "next_step", R"({"step":"d"})" } };
    const auto& [name, arguments] = calls[how % std::size(calls)];
    return { std::to_string(number), name, arguments };
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
    spec.greeting.wait_for_user = (options & 1) != 0;
    if ((options & 2) != 0)
        spec.greeting.text = "Welcome. How are you?";
    if ((options & 4) != 0)
        spec.report.prompt.text = "Summarise.";
    if ((options & 8) != 0)
        spec.report.hook.url = "http://127.0.0.1/";
    if ((options & 64) != 0)
        spec.contexts = contexts();
    spec.turn.barge = (options & 16) == 0;
    if ((options & 32) != 0)
        spec.turn.noise = 1s;
    return spec;
}

agent::SessionIdentity identity()
{
    agent::SessionIdentity identity;
    identity.call = { "c" };
    identity.session = { "s" };
    return identity;
}

// The world around the session, as far as it keeps its promises.
class World {
public:
    explicit World(unsigned char options)
        : session_(spec(options), identity(), Log::none())
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
        switch (what % 25) {
        case 0: give(agent::SpeechStarted {}); break;
        case 1: give(agent::SpeechStopped {}); break;
        case 2:
        case 3: {
            Transcript words;
            words.text = text;
            words.final = what % 25 == 2;
            words.confidence = static_cast<float>(how % 4) / 4;
            words.speech_start = now_ - std::chrono::milliseconds(how);
            give(words);
            break;
        }
        case 4: give(agent::ModelEvent { asked_, LmText { text + " " } }); break;
        case 5: give(agent::ModelEvent { asked_, LmToolCall { call(how, ++calls_) } }); break;
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
        case 24:
            if (!asides_.empty())
                give(agent::AsideAnswered { *asides_.begin(), text, how % 5 == 0 ? "away" : "" });
            break;
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
        check(asides_.empty());
    }

private:
    void give(const agent::Event& event)
    {
        if (const auto* answered = std::get_if<agent::AsideAnswered>(&event))
            asides_.erase(answered->aside);
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
            } else if (const auto* aside = std::get_if<agent::AskAside>(&command)) {
                check(asides_.insert(aside->aside).second);
            } else if (const auto* cancelled = std::get_if<agent::CancelAside>(&command)) {
                check(asides_.erase(cancelled->aside) == 1);
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
        if (how % 11 == 0)
            reply.actions = { { "change_step", Json(std::string(1, static_cast<char>('a' + how % 7))) } };
        if (how % 13 == 0)
            reply.actions
                = { { "context_switch", Json(Json::Object { { "system_prompt", "x" }, { "consolidate", true } }) } };
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
    std::set<agent::AsideId> asides_;
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
