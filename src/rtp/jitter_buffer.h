#pragma once

#include "base/time.h"
#include "rtp/rtp_packet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

// Puts RTP packets back in order and decides when to stop waiting for one. A packet in order goes on at once; only
// a gap waits. Knows sequence numbers and time; knows nothing of codecs or sockets.
namespace parley {

// A packet that the buffer kept; `payload` is valid until the next `insert`.
struct OrderedPacket {
    RtpPacket packet;
    Instant arrived {};
};

// Packets that will not come.
struct Gap {
    std::uint16_t packets = 0;

    friend bool operator==(const Gap&, const Gap&) = default;
};

using Taken = std::variant<OrderedPacket, Gap>;

struct JitterCounters {
    std::uint64_t inserted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t late = 0;      // Older than the last one taken.
    std::uint64_t reordered = 0; // Came after a younger one and was still in time.
    std::uint64_t lost = 0;      // Given up.
    std::uint64_t restarts = 0;  // A new SSRC, or a jump in the sequence.
    std::uint64_t strays = 0;    // Dropped: far from the sequence. A second one in a row is a jump.
};

class JitterBuffer {
public:
    static constexpr Duration patience = 60ms; // How long a gap waits.
    static constexpr Duration limit
        = 200ms; // Of sound behind a gap, by its timestamps; beyond it the gap ends at once.
    static constexpr std::size_t slots = 64; // Packets kept at most.

    // How many ticks of the timestamps a second has.
    void set_clock_rate(int clock_rate) { clock_rate_ = clock_rate; }

    // Keeps a copy. A packet older than the last one taken is counted and dropped.
    void insert(const RtpPacket&, Instant now);

    // The next packet in order, a Gap if its time has passed, or nothing yet.
    [[nodiscard]] std::optional<Taken> take(Instant now);

    // When a gap will have waited long enough.
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] const JitterCounters& counters() const { return counters_; }

private:
    struct Slot {
        bool used = false;
        RtpPacket packet {};
        Instant arrived {};
        std::vector<std::byte> bytes; // Grows once, then is reused.
    };

    static constexpr std::uint16_t max_dropout = 3'000; // RFC 3550 A.1
    static constexpr std::uint16_t max_misorder = 100;

    void restart(const RtpPacket&);
    void skip_to(std::uint16_t sequence);
    void keep(const RtpPacket&, Instant now);
    [[nodiscard]] Slot& slot(std::uint16_t sequence) { return ring_[sequence % slots]; }
    [[nodiscard]] const Slot& slot(std::uint16_t sequence) const { return ring_[sequence % slots]; }
    [[nodiscard]] bool next_is_here() const;
    [[nodiscard]] std::uint16_t gap_length() const;
    [[nodiscard]] Instant waiting_since() const;
    [[nodiscard]] bool overfull() const;

    int clock_rate_ = 8'000;
    std::array<Slot, slots> ring_;
    bool begun_ = false;
    std::uint32_t ssrc_ = 0;
    std::uint16_t next_ = 0; // The sequence number that goes out next.
    std::uint16_t highest_ = 0;
    std::size_t count_ = 0;
    std::uint16_t pending_gap_ = 0;               // Given up by a jump, not yet told.
    std::optional<std::uint16_t> probation_ = {}; // The number that would confirm a jump.
    JitterCounters counters_;
};

} // namespace parley
