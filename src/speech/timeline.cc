#include "speech/timeline.h"

#include <algorithm>

namespace parley {

void Timeline::push(std::size_t samples, Instant arrived)
{
    const auto count = static_cast<std::int64_t>(samples);
    marks_.push_back({ samples_, arrived - length(count) });
    samples_ += count;
    if (marks_.size() > max_marks)
        marks_.pop_front();
}

void Timeline::forget_before(std::int64_t sample)
{
    while (marks_.size() > 1 && marks_[1].sample <= sample)
        marks_.pop_front();
}

void Timeline::clear()
{
    samples_ = 0;
    marks_.clear();
}

Instant Timeline::when(Duration offset) const
{
    if (marks_.empty())
        return {};
    const auto sample = std::min(sample_at(offset), samples_);
    // The end of a frame is its own time, not that of the next one, which may have come much later.
    auto after = std::lower_bound(
        marks_.begin(), marks_.end(), sample, [](const Mark& mark, std::int64_t s) { return mark.sample < s; });
    const auto& mark = after == marks_.begin() ? *after : *std::prev(after);
    return mark.when + length(std::max<std::int64_t>(0, sample - mark.sample));
}

std::int64_t Timeline::sample_at(Duration offset) const
{
    return offset.count() * sample_rate_ / 1'000'000;
}

Duration Timeline::length(std::int64_t samples) const
{
    return Duration(samples * 1'000'000 / sample_rate_);
}

} // namespace parley
