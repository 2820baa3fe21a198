#include "media/pacer.h"

#include <algorithm>
#include <utility>

namespace parley::media {

namespace {

constexpr Duration grid = 1ms;

} // namespace

Pacer::Pacer(EventLoop& loop)
    : loop_(loop)
{
}

Pacer::~Pacer() = default;

void Pacer::join(PacedStream& stream, Duration every)
{
    const auto period = static_cast<std::size_t>(every / grid);
    VERIFY(period > 0 && slot_count % period == 0);
    const auto fullest_from = [&](std::size_t first) {
        std::size_t most = 0;
        for (std::size_t n = first; n < slot_count; n += period)
            most = std::max(most, slots_[n].size());
        return most;
    };
    std::size_t emptiest = 0;
    for (std::size_t first = 1; first < period; ++first)
        if (fullest_from(first) < fullest_from(emptiest))
            emptiest = first;
    for (std::size_t n = emptiest; n < slot_count; n += period)
        slots_[n].push_back(&stream);
    ++count_;
    if (!beat_)
        beat_ = std::make_unique<Beat>(loop_, grid, [this](Instant due) { tick(due); });
}

void Pacer::leave(PacedStream& stream)
{
    bool was_there = false;
    for (auto& slot : slots_) {
        const auto at = std::find(slot.begin(), slot.end(), &stream);
        if (at == slot.end())
            continue;
        was_there = true;
        if (&slot == beating_)
            *at = nullptr; // The beat goes through this list now.
        else
            slot.erase(at);
    }
    count_ -= was_there ? 1 : 0;
    if (count_ == 0)
        beat_.reset(); // Without streams nothing wakes.
}

void Pacer::tick(Instant due)
{
    auto& slot = slots_[next_slot_];
    next_slot_ = (next_slot_ + 1) % slot_count;
    beating_ = &slot;
    // By index: a stream that joins within the beat grows the list, and has its first beat with the next round.
    const std::size_t count = slot.size();
    for (std::size_t n = 0; n < count; ++n) {
        if (PacedStream* stream = slot[n])
            stream->beat(due);
    }
    beating_ = nullptr;
    std::erase(slot, nullptr);
}

} // namespace parley::media
