// room: agent
#include "agent/ai_session.h"

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

// What an AI session costs without its providers: one step of the machine, and one whole turn on virtual time with a
// history of 30 messages and 10 tools.
namespace {

using namespace parley;
using namespace parley::agent;

AiSpec spec()
{
    AiSpec spec;
    spec.prompt.text = "You are the agent of a bank. Answer in one sentence.";
    spec.languages = { { "English", "en-US", "slt", "" } };
    spec.wait_for_user = true;
    spec.turn.attention = {};
    for (int i = 0; i < 10; ++i) {
        ToolSpec tool;
        tool.name = "tool_" + std::to_string(i);
        tool.description = "Looks up what belongs to number " + std::to_string(i) + ".";
        tool.parameters = *Json::parse(
            R"({"type":"object","properties":{"account":{"type":"string","description":"The account's number"}},)"
            R"("required":["account"]})");
        tool.meta_data = Json::Object {};
        spec.tools.push_back(std::move(tool));
    }
    return spec;
}

class Conversation {
public:
    Conversation()
        : session_(spec(), { { "call" }, { "session" }, {}, {}, {}, {}, {}, {}, {} }, Log::none())
    {
        step(SessionStarted {});
    }

    void step(const Event& event)
    {
        out_.clear();
        session_.handle(event, now_, out_);
        for (const auto& command : out_) {
            if (const auto* ask = std::get_if<AskModel>(&command))
                asked_ = ask->reply;
            if (const auto* speak = std::get_if<Speak>(&command))
                spoken_ = speak->utterance;
        }
    }
    void wait(Duration duration)
    {
        now_ += duration;
        out_.clear();
        session_.handle_timeout(now_, out_);
        for (const auto& command : out_) {
            if (const auto* ask = std::get_if<AskModel>(&command))
                asked_ = ask->reply;
        }
    }

    // The caller asks, the model streams 12 words, they are spoken and heard to their end.
    void turn()
    {
        step(SpeechStarted {});
        wait(1s);
        Transcript heard;
        heard.text = "what is the balance of my account";
        heard.final = true;
        heard.confidence = 0.9F;
        heard.speech_start = now_;
        step(heard);
        step(SpeechStopped {});
        wait(700ms);
        for (const char* piece : { "The ", "balance ", "of ", "your ", "account ", "is ", "ten ", "euros ", "and ",
                 "fifty ", "cents ", "today." })
            step(ModelEvent { asked_, LmText { piece } });
        step(ModelEvent { asked_, LmDone { 100, 12 } });
        step(PlayoutStarted { spoken_ });
        wait(3s);
        step(PlayoutFinished { spoken_ });
    }

    void remember(int messages)
    {
        for (int i = 0; i < messages; ++i) {
            InjectMessage message;
            message.role = Role::assistant;
            message.text = "Message " + std::to_string(i) + ", as long as what people say on a telephone.";
            step(message);
        }
    }
    void forget()
    {
        InjectMessage message;
        message.reset = Reset {};
        step(message);
    }

private:
    AiSession session_;
    Commands out_;
    Instant now_ {};
    ReplyId asked_;
    UtteranceId spoken_;
};

// Words that change nothing yet: what arrives most often.
void step(benchmark::State& state)
{
    Conversation conversation;
    conversation.remember(30);
    conversation.step(SpeechStarted {});
    Transcript heard;
    heard.text = "what is the balance";
    for (auto _ : state)
        conversation.step(heard);
}
BENCHMARK(step);

void turn(benchmark::State& state)
{
    Conversation conversation;
    int turns = 0;
    conversation.remember(30);
    for (auto _ : state) {
        conversation.turn();
        if (++turns % 8 == 0) { // Between 30 and 46 messages.
            state.PauseTiming();
            conversation.forget();
            conversation.remember(30);
            state.ResumeTiming();
        }
    }
}
BENCHMARK(turn)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
