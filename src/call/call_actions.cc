// The actions of a call beside its AI session: who may start one, and what the line, the program and the agent hear.
#include "call/call.h"

#include <utility>

namespace parley {

bool Call::is_active(const ControlId& id) const
{
    return actions_.active(id) || (ai_ && ai_->control_id == id);
}

Result<void> Call::may_start(const ControlId& id) const
{
    if (stage_ == Stage::ending)
        return Error { ErrorKind::not_found, "call_id: the call is ending" };
    if (is_active(id))
        return Error { ErrorKind::conflict, "control_id: an action of this name is active on the call" };
    return actions_.may_add(id);
}

// What the actions ask for becomes the call's. A play that begins to be heard, or ends, concerns the agent.
void Call::take(ActionOutputs done, CallOutputs& out)
{
    for (ActionOutput& output : done) {
        std::visit(
            [&](auto& o) {
                if constexpr (std::is_same_v<decltype(o), ActionChanged&>)
                    out.emplace_back(Notify { std::move(o) });
                else
                    out.emplace_back(std::move(o));
            },
            output);
    }
    if (std::exchange(line_taken_, actions_.take_line()) == line_taken_ || !ai_ || ai_->stage == AiStage::waiting)
        return;
    if (line_taken_)
        out.emplace_back(TellAi { ai_->session, agent::LineTaken {} });
    else
        out.emplace_back(TellAi { ai_->session, agent::LineFreed {} });
}

// ---- Commands -----------------------------------------------------------------------------------------------------

template <typename Start, typename Make> void Call::start_action(
    const RequestKey& request, const Start& command, std::string_view said, Make make, Instant now, CallOutputs& out)
{
    if (auto may = may_start(command.control_id); !may) {
        out.emplace_back(Reject { request, std::move(may.error()) });
        return;
    }
    out.emplace_back(Accept { request, std::string(said), command.control_id });
    ActionOutputs done;
    actions_.add(make(), now, done);
    take(std::move(done), out);
    if (stage_ != Stage::answered)
        need_line(command.begins, now, out);
}

template <typename Change> void Call::change_play(
    const RequestKey& request, const ControlId& id, std::string_view said, Change change, Instant now, CallOutputs& out)
{
    Play* play = actions_.play(id);
    if (play == nullptr) {
        // Clients take this code to mean that the action is over, which is so if the command crossed its end.
        out.emplace_back(
            Reject { request, { ErrorKind::not_found, "control_id: no such play is active on this call" } });
        return;
    }
    out.emplace_back(Accept { request, std::string(said), id });
    ActionOutputs done;
    change(*play, done);
    actions_.settle(now, done);
    take(std::move(done), out);
}

void Call::perform(const RequestKey& request, const StartPlay& command, Instant now, CallOutputs& out)
{
    const auto make = [&] { return Play(command.control_id, command.spec); };
    start_action(request, command, "Playing", make, now, out);
}

void Call::perform(const RequestKey& request, const StartDigits& command, Instant now, CallOutputs& out)
{
    const auto make = [&] { return SendDigits(command.control_id, command.digits); };
    start_action(request, command, "Sending Digits", make, now, out);
}

void Call::perform(const RequestKey& request, const StopPlay& command, Instant now, CallOutputs& out)
{
    const auto change = [](Play& play, ActionOutputs& outputs) { play.stop(outputs); };
    change_play(request, command.control_id, "Play stopped", change, now, out);
}

void Call::perform(const RequestKey& request, const PausePlay& command, Instant now, CallOutputs& out)
{
    const auto change = [](Play& play, ActionOutputs& outputs) { play.pause(outputs); };
    change_play(request, command.control_id, "Play paused", change, now, out);
}

void Call::perform(const RequestKey& request, const ResumePlay& command, Instant now, CallOutputs& out)
{
    const auto change = [](Play& play, ActionOutputs& outputs) { play.resume(outputs); };
    change_play(request, command.control_id, "Play resumed", change, now, out);
}

void Call::perform(const RequestKey& request, const SetPlayVolume& command, Instant now, CallOutputs& out)
{
    const auto change = [&](Play& play, ActionOutputs& outputs) { play.set_gain(command.gain_db, outputs); };
    change_play(request, command.control_id, "Volume set", change, now, out);
}

} // namespace parley
