#pragma once

#include "base/time.h"
#include "net/event_loop.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// The beat of one worker: a grid of 1 ms with 20 slots, so that each of its streams is called every 20 ms, or every
// 10 ms, and not all of them at once. One timer serves them all.
namespace parley::media {

class PacedStream {
public:
    virtual void beat(Instant due) = 0;

protected:
    ~PacedStream() = default;
};

class Pacer {
public:
    static constexpr std::size_t slot_count = 20;

    explicit Pacer(EventLoop&);
    ~Pacer();
    Pacer(const Pacer&) = delete;
    Pacer& operator=(const Pacer&) = delete;

    // To the emptiest slot; `every`: 20 ms or 10 ms. The stream leaves before it dies; it may leave, and others come,
    // within a beat.
    void join(PacedStream&, Duration every = std::chrono::milliseconds(slot_count));
    void leave(PacedStream&);

    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] std::size_t stream_count() const { return count_; }

private:
    void tick(Instant due);

    EventLoop& loop_;
    std::array<std::vector<PacedStream*>, slot_count> slots_; // A null pointer left during the beat of its slot.
    std::vector<PacedStream*>* beating_ = nullptr;
    std::size_t next_slot_ = 0;
    std::size_t count_ = 0;
    std::unique_ptr<Beat> beat_; // While there are streams.
};

} // namespace parley::media
