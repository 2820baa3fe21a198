#pragma once

#include "agent/ai_session.h"
#include "agent/tool_caller.h"
#include "agent/tool_fetcher.h"
#include "base/log.h"
#include "net/event_loop.h"
#include "providers/report_poster.h"
#include "speech/language_model.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

// One AI session without a line: what would be spoken is told as text, and lines of text are answered as if they had
// been spoken. Carries out what the session asks for; decides nothing. Belongs to its loop's thread.
namespace parley {

// What it uses; each outlives it and lives on its loop.
struct ChatServices {
    EventLoop& loop;
    LanguageModel& model;
    ToolCaller& tools;
    ReportPoster& reports;
    ToolFetcher& tool_sources;
};

class ChatSession {
public:
    static constexpr std::size_t max_waiting_lines = 1'000; // Further ones are refused.

    struct Listener {
        std::function<void(const std::string& sentence)> spoken;
        std::function<void(const ToolCall&)> tool_called;
        std::function<void(const agent::AppendMessage&)> logged;
        // Once, last: the session is over and its report was delivered, or given up. May not destroy the session.
        std::function<void(const agent::Finished&)> finished;
    };

    // Timers that urge a silent user are off: a reader takes the time that it takes.
    ChatSession(const ChatServices&, AiSpec, Log, Listener);
    ~ChatSession();
    ChatSession(const ChatSession&) = delete;
    ChatSession& operator=(const ChatSession&) = delete;

    void start();

    // Answered in its turn: a line waits until the one before was answered. False: too many wait.
    bool say(std::string line);

    // Ends the session when every line was answered.
    void leave();

private:
    void handle(agent::Event);
    void work();
    void set_timer();
    void take_next_line();

    void carry_out(agent::AskModel&);
    void carry_out(const agent::CancelModel&);
    void carry_out(const agent::Speak&);
    void carry_out(agent::CallTool&);
    void carry_out(const agent::CancelTool&);
    void carry_out(agent::FetchTools&);
    void carry_out(const agent::AppendMessage&);
    void carry_out(agent::AskAside&);
    void carry_out(const agent::CancelAside&);
    void on_aside(agent::AsideId, const LmEvent&);
    void carry_out(const agent::FetchConversation&);
    void carry_out(const agent::PostReport&);
    void carry_out(agent::Finished&);
    // There is no sound to duck, pause or stop, and nobody listens for hints.
    template <typename Command> void carry_out(const Command&) { }

    void finish_if_done();
    // A stream may be inside its own listener: it is destroyed by the loop's next task.
    template <typename Stream> void retire(std::unique_ptr<Stream>);

    ChatServices services_;
    Log log_;
    Listener listener_;
    agent::AiSession session_;
    Timer timer_;

    std::deque<agent::Event> waiting_; // Events that came while commands are carried out: those go first.
    std::deque<std::string> lines_;
    bool working_ = false;
    bool leaving_ = false;

    std::unique_ptr<LmStream> model_;
    ReplyId asked_ {}; // The reply that `model_` makes.
    std::map<std::string, std::unique_ptr<ToolRun>> tool_runs_;
    struct Aside {
        std::unique_ptr<LmStream> stream;
        std::string text;
    };
    std::map<agent::AsideId, Aside> asides_;
    std::unique_ptr<ToolRun> tool_fetch_;

    bool report_pending_ = false;
    std::optional<agent::Finished> finished_;
};

} // namespace parley
