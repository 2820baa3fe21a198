#include "media/playout.h"

#include "audio/resampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace parley::media {

namespace {

void fade(std::span<std::int16_t> samples, bool in)
{
    const auto count = static_cast<float>(samples.size() + 1);
    for (std::size_t n = 0; n < samples.size(); ++n) {
        const float gain = static_cast<float>(in ? n + 1 : samples.size() - n) / count;
        samples[n] = static_cast<std::int16_t>(std::lrintf(static_cast<float>(samples[n]) * gain));
    }
}

} // namespace

Duration Playout::time_of(std::size_t samples) const
{
    return Duration(static_cast<std::int64_t>(samples) * 1'000'000 / rate_);
}

void Playout::set_rate(int sample_rate)
{
    if (sample_rate == rate_)
        return;
    waiting_ = 0;
    for (Utterance& utterance : queue_)
        bring_to(sample_rate, utterance);
    rate_ = sample_rate;
    VERIFY(fade_samples() <= longest_fade);
    gain_ = GainRamp(rate_);
    aim_gain();
    tail_count_ = 0;
}

void Playout::bring_to(int sample_rate, Utterance& utterance)
{
    auto resampler = Resampler::create(rate_, sample_rate);
    VERIFY(resampler.has_value());
    std::vector<std::int16_t> all;
    for (const auto& piece : std::exchange(utterance.pieces, {})) {
        resampler->push(std::span(piece).subspan(utterance.offset), all);
        utterance.offset = 0;
    }
    resampler->flush(all);
    utterance.played = utterance.played * static_cast<std::size_t>(sample_rate) / static_cast<std::size_t>(rate_);
    waiting_ += all.size();
    if (!all.empty())
        utterance.pieces.push_back(std::move(all));
}

Playout::Utterance* Playout::find_or_add(UtteranceId id)
{
    const auto at = std::find_if(queue_.begin(), queue_.end(), [&](const Utterance& each) { return each.id == id; });
    if (at != queue_.end())
        return &*at;
    if (id <= over_)
        return nullptr;
    last_named_ = std::max(last_named_, id);
    return &queue_.emplace_back(Utterance { id });
}

bool Playout::play(UtteranceId id, std::vector<std::int16_t> samples)
{
    Utterance* utterance = find_or_add(id);
    if (utterance == nullptr || utterance->ended || samples.empty())
        return true;
    if (time_of(waiting_ + samples.size()) > refused_at) {
        dropped_ += samples.size();
        return false;
    }
    waiting_ += samples.size();
    utterance->pieces.push_back(std::move(samples));
    return true;
}

void Playout::end_of(UtteranceId id)
{
    if (Utterance* utterance = find_or_add(id))
        utterance->ended = true;
}

void Playout::set_volume(double gain_db)
{
    volume_db_ = gain_db;
    aim_gain();
}

void Playout::duck()
{
    ducked_ = true;
    aim_gain();
}

void Playout::unduck()
{
    ducked_ = false;
    aim_gain();
}

void Playout::pause()
{
    paused_ = true;
}

void Playout::resume()
{
    paused_ = false;
}

void Playout::stop(std::optional<UtteranceId> last)
{
    over_ = std::max({ over_, last_named_, last.value_or(UtteranceId {}) });
    if (!queue_.empty() && queue_.front().started) {
        auto& current = queue_.front();
        stopped_ = PlayoutStopped { current.id, time_of(current.played) };
        if (sounding_)
            tail_count_ = copy(current, std::span(tail_).first(fade_samples()), Position::stays);
    }
    queue_.clear();
    waiting_ = 0;
    paused_ = false;
    fade_in_ = false;
    unduck();
}

bool Playout::beat(std::span<std::int16_t> out, MediaEvents& marks)
{
    std::fill(out.begin(), out.end(), std::int16_t { 0 });
    tell_stop(marks);
    std::size_t filled = 0;
    if (!paused_ && !gave_way_) {
        filled = fill(out, marks);
    } else if (sounding_ && !queue_.empty()) {
        tail_count_ = copy(queue_.front(), std::span(tail_).first(fade_samples()), Position::stays);
        fade_in_ = true;
    }
    if (filled > 0 && fade_in_) {
        fade(out.first(std::min(filled, fade_samples())), true);
        fade_in_ = false;
    }
    add_tail(out);
    gain_.apply(out);
    const bool sound = filled > 0;
    sounding_ = filled == out.size();
    tell_room(marks);
    return sound;
}

void Playout::idle_beat(MediaEvents& marks)
{
    tell_stop(marks);
    tell_room(marks);
    sounding_ = false;
    tail_count_ = 0;
}

void Playout::tell_stop(MediaEvents& marks)
{
    if (stopped_)
        marks.emplace_back(*std::exchange(stopped_, std::nullopt));
}

// What would have come next dies away in 5 ms instead of breaking off. It does not count as heard.
void Playout::add_tail(std::span<std::int16_t> out)
{
    const std::size_t count = std::exchange(tail_count_, 0);
    if (count == 0)
        return;
    fade(std::span(tail_).first(count), false);
    for (std::size_t n = 0; n < std::min(count, out.size()); ++n)
        out[n] = static_cast<std::int16_t>(std::clamp(out[n] + tail_[n], -32'768, 32'767));
}

std::size_t Playout::fill(std::span<std::int16_t> out, MediaEvents& marks)
{
    std::size_t filled = 0;
    while (!queue_.empty()) {
        Utterance& current = queue_.front();
        if (!current.started) {
            if (filled == out.size() || (current.pieces.empty() && !current.ended))
                break;
            current.started = true;
            marks.emplace_back(PlayoutStarted { current.id });
        }
        const std::size_t count = copy(current, out.subspan(filled), Position::advances);
        filled += count;
        waiting_ -= count;
        if (!current.pieces.empty())
            break;
        if (!current.ended) {
            underruns_ += filled < out.size() ? 1 : 0;
            break;
        }
        over_ = std::max(over_, current.id);
        marks.emplace_back(PlayoutFinished { current.id });
        queue_.pop_front();
    }
    return filled;
}

std::size_t Playout::copy(Utterance& from, std::span<std::int16_t> out, Position position)
{
    std::size_t copied = 0;
    std::size_t offset = from.offset;
    std::size_t piece = 0;
    while (copied < out.size() && piece < from.pieces.size()) {
        const auto& samples = from.pieces[piece];
        const std::size_t count = std::min(out.size() - copied, samples.size() - offset);
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(offset), count,
            out.begin() + static_cast<std::ptrdiff_t>(copied));
        copied += count;
        offset += count;
        if (offset == samples.size()) {
            ++piece;
            offset = 0;
        }
    }
    if (position == Position::advances) {
        from.pieces.erase(from.pieces.begin(), from.pieces.begin() + static_cast<std::ptrdiff_t>(piece));
        from.offset = offset;
        from.played += copied;
    }
    return copied;
}

void Playout::tell_room(MediaEvents& marks)
{
    if (!full_told_ && waiting() >= full_at) {
        full_told_ = true;
        marks.emplace_back(PlayoutFull {});
    } else if (full_told_ && waiting() <= drained_at) {
        full_told_ = false;
        marks.emplace_back(PlayoutDrained {});
    }
}

Duration Playout::heard() const
{
    return queue_.empty() ? Duration(0) : time_of(queue_.front().played);
}

Duration Playout::waiting() const
{
    return time_of(waiting_);
}

} // namespace parley::media
