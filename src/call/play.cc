#include "call/play.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t queued_sounds = 2; // One plays, one is being made ready.

} // namespace

Play::Play(ControlId control_id, PlaySpec spec)
    : control_id_(std::move(control_id))
    , spec_(std::move(spec))
{
}

void Play::begin(SoundId& next, ActionOutputs& out)
{
    stage_ = Stage::opening;
    out.emplace_back(SetVolume { spec_.gain_db });
    if (paused_)
        out.emplace_back(PauseSounds {});
    fill(next, out);
}

bool Play::more_to_queue() const
{
    return spec_.loop == 0 || rounds_ < spec_.loop;
}

void Play::fill(SoundId& next, ActionOutputs& out)
{
    while (queue_.size() < queued_sounds && more_to_queue() && (queue_.empty() || !queue_.back().failure))
        queue_next(next, out);
}

void Play::queue_next(SoundId& next, ActionOutputs& out)
{
    const SoundId sound { ++next.value };
    queue_.push_back({ sound, next_item_, {} });
    out.emplace_back(QueueSound { sound, spec_.items[next_item_] });
    if (++next_item_ == spec_.items.size()) {
        next_item_ = 0;
        ++rounds_;
    }
}

void Play::on(const SoundStarted& e, SoundId&, ActionOutputs& out)
{
    if (stage_ != Stage::opening || queue_.empty() || queue_.front().sound != e.sound)
        return;
    stage_ = Stage::sounding;
    tell(ActionChanged::State::playing, "", out);
}

void Play::on(const SoundEnded& e, SoundId& next, ActionOutputs& out)
{
    if (queue_.empty() || queue_.front().sound != e.sound)
        return;
    const bool round_is_over = queue_.front().item + 1 == spec_.items.size();
    queue_.erase(queue_.begin());
    heard_in_round_ += e.length;
    const bool silent = stage_ == Stage::opening; // Nothing of it was heard so far.
    if (queue_.empty() && !more_to_queue() && !silent)
        return end(ActionChanged::State::finished, "", out);
    if (!queue_.empty() && queue_.front().failure)
        return end(ActionChanged::State::error, queue_.front().failure->what, out);
    // A round of empty files would be played again and again as fast as the line can.
    if (round_is_over && std::exchange(heard_in_round_, Duration {}) == 0ms)
        return end(ActionChanged::State::error, "play: there is no sound in it", out);
    fill(next, out);
}

void Play::on(const SoundFailed& e, SoundId&, ActionOutputs& out)
{
    const auto failed = std::ranges::find(queue_, e.sound, &Queued::sound);
    if (failed == queue_.end())
        return;
    Error error { e.error.kind, "play[" + std::to_string(failed->item) + "]: " + e.error.what };
    if (failed == queue_.begin())
        return end(ActionChanged::State::error, std::move(error.what), out);
    failed->failure = std::move(error); // What plays is played to its end.
}

void Play::pause(ActionOutputs& out)
{
    if (over() || paused_)
        return;
    paused_ = true;
    if (begun())
        out.emplace_back(PauseSounds {});
    tell(ActionChanged::State::paused, "", out);
}

void Play::resume(ActionOutputs& out)
{
    if (over() || !paused_)
        return;
    paused_ = false;
    if (begun())
        out.emplace_back(ResumeSounds {});
    if (stage_ == Stage::sounding)
        tell(ActionChanged::State::playing, "", out);
}

void Play::set_gain(double gain_db, ActionOutputs& out)
{
    spec_.gain_db = gain_db;
    if (begun() && !over())
        out.emplace_back(SetVolume { gain_db });
}

void Play::stop(ActionOutputs& out)
{
    if (!over())
        end(ActionChanged::State::finished, "", out);
}

void Play::end(ActionChanged::State state, std::string message, ActionOutputs& out)
{
    if (begun())
        out.emplace_back(DropSounds {});
    queue_.clear();
    stage_ = Stage::over;
    tell(state, std::move(message), out);
}

void Play::tell(ActionChanged::State state, std::string message, ActionOutputs& out) const
{
    out.emplace_back(ActionChanged { ActionChanged::Kind::play, control_id_, state, std::move(message) });
}

} // namespace parley
