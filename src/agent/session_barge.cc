// The user speaks over the agent: what becomes of the reply, of its tools and of the user's turn.
#include "agent/ai_session_machine.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

void AiSession::Machine::on_turn(const turn::FloorTaken& taken, Instant, Commands&)
{
    ++interruptions_;
    const bool goes_on = taken.transparent && retract_reply();
    if (!goes_on && spec_.interruption.acknowledge != 0
        && (spec_.interruption.acknowledge < 0 || acknowledged_ < spec_.interruption.acknowledge))
        acknowledge_due_ = true;
    log_.info("interrupted", { { "transparent", goes_on }, { "interruptions", interruptions_ } });
}

// The user had not finished: the reply that has just begun was never given. False: it was given already.
bool AiSession::Machine::retract_reply()
{
    for (auto& segment : segments_) {
        if (segment.kind == Segment::Kind::answer) {
            segment.retracted = true;
            turn_goes_on_ = true;
        }
    }
    return turn_goes_on_;
}

// The words of a turn that goes on and what was committed of it before are one message, unless a tool has run in
// between: its result belongs to what was asked then.
void AiSession::Machine::take_words(const turn::CommitTurn& commit, bool goes_on)
{
    if (!pending_user_) {
        PendingUser user;
        if (goes_on && tool_rounds_ == 0 && history_.has(last_user_.entry)) {
            user.entry = last_user_.entry;
            user.before = last_user_.whole();
            user.pieces = last_user_.pieces + 1;
            user.barges = last_user_.barges + 1;
        } else {
            user.entry = history_.add({ LmMessage::Role::user, "", {}, {} });
        }
        pending_user_ = std::move(user);
    } else {
        pending_user_->pieces += commit.pieces - pending_user_->counted;
    }
    pending_user_->counted = commit.pieces;
    pending_user_->text = commit.text;
    history_.replace(pending_user_->entry, pending_user_->whole());
    question_ = pending_user_->entry;
}

std::string AiSession::Machine::PendingUser::whole() const
{
    if (before.empty() || text.empty())
        return before + text;
    return before + ' ' + text;
}

void AiSession::Machine::acknowledge_interruption(Instant now, Commands& out)
{
    if (!std::exchange(acknowledge_due_, false) || spec_.interruption.prompt.empty())
        return;
    ++acknowledged_;
    settle_segments(now, out); // What was interrupted stands before it.
    keep_system(spec_.interruption.prompt, now, out);
}

// Where tools may not run under the user's voice, the model learns it. If that was a cough, it can call them again.
bool AiSession::Machine::refuse_under_speech(PendingTool& tool, Instant now, Commands& out)
{
    if (spec_.interruption.tools_may_run || engine_.floor() != turn::Floor::contested)
        return false;
    refuse_tool(tool, "barge", "not done: the user is speaking; call again if it is still wanted", now, out);
    return true;
}

// What ran for a turn that went on does not run again for it.
bool AiSession::Machine::answer_again(PendingTool& tool, Instant now, Commands& out)
{
    if (!results_stand_)
        return false;
    const auto earlier = std::find_if(results_.begin(), results_.end(), [&](const auto& result) {
        return result.first.name == tool.call.name && result.first.arguments == tool.call.arguments;
    });
    if (earlier == results_.end())
        return false;
    log_.info("tool not called again", { { "tool", tool.call.name }, { "why", "it ran in this turn" } });
    finish_tool(tool, std::string(earlier->second), now, out);
    return true;
}

void AiSession::Machine::remember_result(const PendingTool& tool, const std::string& content)
{
    if (results_.size() < max_tool_calls)
        results_.emplace_back(tool.call, content);
}

} // namespace parley::agent
