#include "call/actions.h"

#include <algorithm>
#include <utility>

namespace parley {

bool Actions::active(const ControlId& id) const
{
    const auto named = [&](const auto& action) { return action.control_id() == id; };
    return std::ranges::any_of(plays_, named) || std::ranges::any_of(digits_, named);
}

std::vector<ActionChanged> Actions::failures(std::string_view message) const
{
    using Kind = ActionChanged::Kind;
    std::vector<ActionChanged> ends;
    for (const Play& play : plays_)
        ends.push_back({ Kind::play, play.control_id(), ActionChanged::State::error, std::string(message) });
    for (const SendDigits& digits : digits_)
        ends.push_back({ Kind::send_digits, digits.control_id(), ActionChanged::State::error, std::string(message) });
    return ends;
}

Result<void> Actions::may_add(const ControlId& id) const
{
    if (active(id))
        return Error { ErrorKind::conflict, "control_id: an action of this name is active on the call" };
    if (plays_.size() + digits_.size() >= max_actions_)
        return Error { ErrorKind::limit_reached, "too many actions are active on this call" };
    return {};
}

void Actions::add(Play play, Instant now, ActionOutputs& out)
{
    plays_.push_back(std::move(play));
    settle(now, out);
}

void Actions::add(SendDigits digits, Instant now, ActionOutputs& out)
{
    digits_.push_back(std::move(digits));
    settle(now, out);
}

void Actions::open_line(Instant now, ActionOutputs& out)
{
    line_open_ = true;
    settle(now, out);
}

Play* Actions::play(const ControlId& id)
{
    const auto found = std::ranges::find(plays_, id, &Play::control_id);
    return found == plays_.end() ? nullptr : &*found;
}

void Actions::settle(Instant now, ActionOutputs& out)
{
    std::erase_if(plays_, [](const Play& play) { return play.over(); });
    if (line_open_ && !plays_.empty() && !plays_.front().begun())
        plays_.front().begin(last_sound_, out);
    std::erase_if(digits_, [](const SendDigits& digits) { return digits.over(); });
    while (line_open_ && !digits_.empty() && !digits_.front().begun()) {
        digits_.front().begin(now, out);
        if (digits_.front().over())
            digits_.pop_front();
    }
}

template <typename E> void Actions::tell_play(const E& e, Instant now, ActionOutputs& out)
{
    if (plays_.empty())
        return;
    plays_.front().on(e, last_sound_, out);
    settle(now, out);
}

template <typename E> void Actions::tell_digits(const E& e, Instant now, ActionOutputs& out)
{
    if (digits_.empty())
        return;
    digits_.front().on(e, now, out);
    settle(now, out);
}

void Actions::on(const SoundStarted& e, Instant now, ActionOutputs& out)
{
    tell_play(e, now, out);
}
void Actions::on(const SoundEnded& e, Instant now, ActionOutputs& out)
{
    tell_play(e, now, out);
}
void Actions::on(const SoundFailed& e, Instant now, ActionOutputs& out)
{
    tell_play(e, now, out);
}
void Actions::on(const KeySent& e, Instant now, ActionOutputs& out)
{
    tell_digits(e, now, out);
}
void Actions::on(const KeyFailed& e, Instant now, ActionOutputs& out)
{
    tell_digits(e, now, out);
}

void Actions::end_all(ActionOutputs& out)
{
    line_open_ = false;
    for (Play& play : std::exchange(plays_, {}))
        play.stop(out);
    for (SendDigits& digits : std::exchange(digits_, {}))
        digits.stop(out);
}

void Actions::handle_timeout(Instant now, ActionOutputs& out)
{
    while (!digits_.empty() && digits_.front().deadline() && *digits_.front().deadline() <= now) {
        digits_.front().handle_timeout(now, out);
        settle(now, out);
    }
}

std::optional<Instant> Actions::deadline() const
{
    return digits_.empty() ? std::nullopt : digits_.front().deadline();
}

} // namespace parley
