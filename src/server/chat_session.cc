#include "server/chat_session.h"

#include "net/clock.h"
#include "swaig/report.h"

#include <utility>

namespace parley {

namespace {

AiSpec without_hurry(AiSpec spec)
{
    spec.turn.attention = 0ms;
    return spec;
}

agent::SessionIdentity identity()
{
    IdSource ids = IdSource::random();
    agent::SessionIdentity made;
    made.call = CallId { ids.uuid() };
    made.session = AiSessionId { ids.uuid() };
    made.clock = clock_pair_now();
    made.call_start = made.clock.wall;
    made.call_answer = made.clock.wall;
    made.caller_id_name = "terminal";
    return made;
}

} // namespace

ChatSession::ChatSession(const ChatServices& services, AiSpec spec, Log log, Listener listener)
    : services_(services)
    , log_(std::move(log))
    , listener_(std::move(listener))
    , session_(without_hurry(std::move(spec)), identity(), log_)
    , timer_(services.loop)
{
}

ChatSession::~ChatSession()
{
    retire(std::move(model_));
    for (auto& [id, run] : tool_runs_)
        retire(std::move(run));
    retire(std::move(tool_fetch_));
}

template <typename Stream> void ChatSession::retire(std::unique_ptr<Stream> stream)
{
    if (stream)
        services_.loop.post([stream = std::move(stream)] {});
}

// ---- Events -------------------------------------------------------------------------------------------------------

void ChatSession::start()
{
    handle(agent::SessionStarted {});
}

bool ChatSession::say(std::string line)
{
    if (lines_.size() >= max_waiting_lines)
        return false;
    lines_.push_back(std::move(line));
    if (!working_)
        work();
    return true;
}

void ChatSession::leave()
{
    leaving_ = true;
    if (!working_)
        work();
}

void ChatSession::handle(agent::Event event)
{
    waiting_.push_back(std::move(event));
    if (!working_)
        work();
}

void ChatSession::work()
{
    working_ = true;
    agent::Commands out;
    session_.handle_timeout(now(), out);
    while (true) {
        for (agent::Command& command : out)
            std::visit([this](auto& c) { carry_out(c); }, command);
        out.clear();
        if (waiting_.empty())
            take_next_line();
        if (waiting_.empty())
            break;
        const agent::Event event = std::move(waiting_.front());
        waiting_.pop_front();
        session_.handle(event, now(), out);
    }
    working_ = false;
    set_timer();
}

void ChatSession::take_next_line()
{
    if (session_.finished() || session_.floor() != turn::Floor::open)
        return;
    if (!lines_.empty()) {
        waiting_.emplace_back(agent::InjectMessage { {}, {}, Role::user, std::move(lines_.front()) });
        lines_.pop_front();
    } else if (std::exchange(leaving_, false)) {
        waiting_.emplace_back(agent::CallEnded { EndedBy::caller });
    }
}

void ChatSession::set_timer()
{
    if (const auto deadline = session_.deadline())
        timer_.set(*deadline, [this] { work(); });
    else
        timer_.cancel();
}

// ---- Commands -----------------------------------------------------------------------------------------------------

void ChatSession::carry_out(agent::AskModel& ask)
{
    retire(std::move(model_));
    asked_ = ask.reply;
    model_ = services_.model.open(std::move(ask.request), [this, reply = ask.reply](LmEvent event) {
        if (const auto* failed = std::get_if<LmFailed>(&event))
            log_.warning("language model failed", { { "error", failed->error.what } });
        handle(agent::ModelEvent { reply, std::move(event) });
    });
}

void ChatSession::carry_out(const agent::CancelModel& cancel)
{
    if (asked_ == cancel.reply)
        retire(std::move(model_));
}

// Read at once: it starts and is over.
void ChatSession::carry_out(const agent::Speak& speak)
{
    listener_.spoken(speak.text);
    waiting_.emplace_back(agent::PlayoutStarted { speak.utterance });
    waiting_.emplace_back(agent::PlayoutFinished { speak.utterance });
}

void ChatSession::carry_out(agent::CallTool& call)
{
    const std::string id = call.request.call.id;
    listener_.tool_called(call.request.call);
    tool_runs_[id] = services_.tools.open(std::move(call.request), [this, id](Result<ToolReply> reply) {
        if (const auto run = tool_runs_.find(id); run != tool_runs_.end()) {
            retire(std::move(run->second));
            tool_runs_.erase(run);
        }
        if (!reply)
            log_.warning("tool failed", { { "error", reply.error().what } });
        handle(agent::ToolReturned { id, std::move(reply) });
    });
}

void ChatSession::carry_out(agent::FetchTools& wanted)
{
    tool_fetch_ = services_.tool_sources.open(std::move(wanted), [this](std::vector<agent::FetchedTools> sources) {
        retire(std::move(tool_fetch_));
        handle(agent::ToolsFetched { std::move(sources) });
    });
}

void ChatSession::carry_out(const agent::CancelTool& cancel)
{
    if (const auto run = tool_runs_.find(cancel.tool_call_id); run != tool_runs_.end()) {
        retire(std::move(run->second));
        tool_runs_.erase(run);
    }
}

void ChatSession::carry_out(const agent::AppendMessage& message)
{
    listener_.logged(message);
}

void ChatSession::carry_out(agent::AskAside& ask)
{
    const auto id = ask.aside;
    asides_[id].stream
        = services_.model.open(std::move(ask.request), [this, id](const LmEvent& event) { on_aside(id, event); });
}

void ChatSession::on_aside(agent::AsideId id, const LmEvent& event)
{
    const auto aside = asides_.find(id);
    if (aside == asides_.end())
        return;
    if (const auto* piece = std::get_if<LmText>(&event)) {
        if (aside->second.text.size() + piece->text.size() <= agent::max_aside_text)
            aside->second.text += piece->text;
        return;
    }
    const auto* failed = std::get_if<LmFailed>(&event);
    if (failed == nullptr && !std::holds_alternative<LmDone>(event))
        return; // A tool call: none was offered.
    agent::AsideAnswered answer { id, std::move(aside->second.text), failed != nullptr ? failed->error.what : "" };
    retire(std::move(aside->second.stream));
    asides_.erase(aside);
    handle(std::move(answer));
}

void ChatSession::carry_out(const agent::CancelAside& cancel)
{
    if (const auto aside = asides_.find(cancel.aside); aside != asides_.end()) {
        retire(std::move(aside->second.stream));
        asides_.erase(aside);
    }
}

void ChatSession::carry_out(const agent::FetchConversation& fetch)
{
    services_.reports.fetch(fetch.hook, Json(swaig::report_body(fetch.report)).dump(), agent::conversation_wait,
        [this](Result<std::string> answer) {
            if (!answer)
                log_.warning("earlier conversation not fetched", { { "error", answer.error().what } });
            handle(agent::ConversationFetched { answer ? swaig::fetched_summary(*answer) : "" });
        });
}

void ChatSession::carry_out(const agent::PostReport& post)
{
    report_pending_ = true;
    services_.reports.post(post.hook, swaig::report_text(post.report), [this](Result<void> sent) {
        if (!sent)
            log_.warning("report not delivered", { { "error", sent.error().what } });
        report_pending_ = false;
        finish_if_done();
    });
}

void ChatSession::carry_out(agent::Finished& finished)
{
    finished_ = std::move(finished);
    retire(std::move(model_));
    finish_if_done();
}

void ChatSession::finish_if_done()
{
    if (finished_ && !report_pending_)
        listener_.finished(*finished_);
}

} // namespace parley
