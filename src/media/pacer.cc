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

void Pacer::join(PacedStream& stream)
{
    const auto emptiest = std::min_element(
        slots_.begin(), slots_.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    emptiest->push_back(&stream);
    ++count_;
    if (!beat_)
        beat_ = std::make_unique<Beat>(loop_, grid, [this](Instant due) { tick(due); });
}

void Pacer::leave(PacedStream& stream)
{
    for (auto& slot : slots_) {
        const auto at = std::find(slot.begin(), slot.end(), &stream);
        if (at == slot.end())
            continue;
        if (&slot == beating_)
            *at = nullptr; // The beat goes through this list now.
        else
            slot.erase(at);
        --count_;
        break;
    }
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
