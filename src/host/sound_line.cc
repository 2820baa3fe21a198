#include "host/sound_line.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace parley {

namespace {

enum class Fade : std::uint8_t { in, out };

void fade(std::span<std::int16_t> samples, Fade way)
{
    const auto count = static_cast<float>(samples.size() + 1);
    for (std::size_t n = 0; n < samples.size(); ++n) {
        const float gain = static_cast<float>(way == Fade::in ? n + 1 : samples.size() - n) / count;
        samples[n] = static_cast<std::int16_t>(std::lrintf(static_cast<float>(samples[n]) * gain));
    }
}

} // namespace

SoundLine::SoundLine(SoundMakers makers, media::MediaPort& line, std::function<void(Told)> tell)
    : makers_(std::move(makers))
    , line_(line)
    , tell_(std::move(tell))
    , gain_(makers_.line_rate)
    , guard_(makers_.broken)
{
    line_.set_source(this);
}

SoundLine::~SoundLine()
{
    line_.set_source(nullptr);
}

void SoundLine::tell(Told told)
{
    makers_.loop.post(guard_.wrap([this, told = std::move(told)] { tell_(told); }));
}

// Perhaps inside one of its own functions: destroyed by the loop's next task.
void SoundLine::retire(std::unique_ptr<LineSound> sound)
{
    makers_.loop.post([sound = std::move(sound)] {});
}

// ---- Commands -----------------------------------------------------------------------------------------------------

void SoundLine::carry_out(const QueueSound& command)
{
    const SoundId id = command.sound;
    queue_.push_back(
        { id, make_line_sound(command.item, makers_, [this, id](Error error) { fail(id, std::move(error)); }) });
}

void SoundLine::fail(SoundId id, Error error)
{
    const auto failed = std::ranges::find(queue_, id, &Queued::id);
    if (failed == queue_.end())
        return;
    retire(std::move(failed->sound));
    queue_.erase(failed);
    tell(SoundFailed { id, std::move(error) });
}

void SoundLine::carry_out(const PauseSounds&)
{
    motion_ = sounding_ ? Motion::stopping : Motion::still;
}

void SoundLine::carry_out(const ResumeSounds&)
{
    motion_ = motion_ == Motion::stopping ? Motion::moves : Motion::starting;
}

void SoundLine::carry_out(const DropSounds&)
{
    if (sounding_ && !queue_.empty()) {
        tail_.resize(static_cast<std::size_t>(makers_.line_rate / 50)); // 20 ms
        tail_.resize(queue_.front().sound->read(tail_));
        fade(tail_, Fade::out);
    }
    for (Queued& queued : std::exchange(queue_, {}))
        retire(std::move(queued.sound));
    motion_ = Motion::moves;
}

void SoundLine::carry_out(const SetVolume& command)
{
    gain_.set_target_db(command.gain_db);
}

// ---- On the beat --------------------------------------------------------------------------------------------------

bool SoundLine::next(std::span<std::int16_t> out, int sample_rate)
{
    if (sample_rate == makers_.line_rate)
        return next_own(out);
    if (!converter_ || converter_->rate() != sample_rate) {
        converter_.emplace(sample_rate);
        converted_.clear();
    }
    bool taken = !converted_.empty();
    while (converted_.size() < out.size()) {
        AudioFrame piece { makers_.line_rate,
            std::vector<std::int16_t>(static_cast<std::size_t>(makers_.line_rate / 50)) };
        if (!next_own(piece.samples))
            break;
        taken = true;
        if (const auto brought = converter_->push(std::move(piece)))
            converted_.insert(converted_.end(), brought->samples.begin(), brought->samples.end());
    }
    const std::size_t count = std::min(converted_.size(), out.size());
    std::copy_n(converted_.begin(), count, out.begin());
    std::ranges::fill(out.subspan(count), std::int16_t { 0 });
    converted_.erase(converted_.begin(), converted_.begin() + static_cast<std::ptrdiff_t>(count));
    return taken;
}

bool SoundLine::next_own(std::span<std::int16_t> out)
{
    std::ranges::fill(out, std::int16_t { 0 });
    const std::size_t tail = std::min(tail_.size(), out.size());
    std::copy_n(tail_.begin(), tail, out.begin());
    tail_.clear();
    if (tail == 0 && motion_ != Motion::still) {
        const std::size_t filled = fill(out);
        sounding_ = filled > 0;
        if (motion_ != Motion::moves)
            fade(out, motion_ == Motion::starting ? Fade::in : Fade::out);
        motion_ = motion_ == Motion::stopping ? Motion::still : Motion::moves;
    } else {
        sounding_ = false;
    }
    gain_.apply(out);
    // A voice that is late for its next sentence keeps the line.
    return tail > 0 || sounding_ || (motion_ == Motion::moves && !queue_.empty() && queue_.front().heard > 0);
}

std::size_t SoundLine::fill(std::span<std::int16_t> out)
{
    std::size_t filled = 0;
    while (!queue_.empty()) {
        Queued& front = queue_.front();
        const std::size_t count = front.sound->read(out.subspan(filled));
        if (count > 0 && front.heard == 0)
            tell(SoundStarted { front.id });
        front.heard += count;
        filled += count;
        if (!front.sound->ended())
            break;
        tell(SoundEnded { front.id, Duration(static_cast<std::int64_t>(front.heard) * 1'000'000 / makers_.line_rate) });
        retire(std::move(front.sound));
        queue_.pop_front();
    }
    return filled;
}

} // namespace parley
