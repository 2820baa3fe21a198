#pragma once

#include "speech/circuit_breaker.h"
#include "speech/speech_to_text.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

// Decides which of several recognisers hears a call. When one fails, or is silent where it owes words, the next one
// hears again what was said since the last final words. Knows no sockets; `providers/fallback_stt.h` carries it out.
namespace parley {

struct FallbackSttChoice {
    std::string name;
    Duration ready_timeout = 500ms; // To the first sign of life. Not asked of the last one.
    Duration final_timeout = 500ms; // From the end of speech to its final words, if there were words. Neither.
};

class FallbackListening {
public:
    static constexpr Duration replay_limit = 15s;  // Of sound since the last final words; the oldest goes.
    static constexpr Duration pre_roll = 500ms;    // Kept while nobody speaks.
    static constexpr Duration settle = 3s;         // Speech that gave no words until then was none.
    static constexpr Duration retry_pause = 500ms; // Before all are tried again; doubled each time.
    static constexpr int max_rounds = 3;
    static constexpr Duration proven = 30s; // One that lasted so long begins with a clean slate.

    // Commands. All but `Open` are for the stream that was opened last.
    struct Open { // Its predecessor ends.
        std::size_t provider;
    };
    struct Push {
        AudioFrame frame;
        Instant arrived;
    };
    struct Started {
        Instant at;
    };
    struct Stopped {
        Instant at;
    };
    struct SetHints {
        std::vector<std::string> hints;
    };
    struct Finish { };
    struct Close { }; // Nobody listens any more.
    struct Tell {
        SttEvent event;
    };
    struct Replaced { // For the log: comes before `Open`.
        std::size_t from;
        std::size_t to;
        Error why;
    };
    using Command = std::variant<Open, Push, Started, Stopped, SetHints, Finish, Close, Tell, Replaced>;
    using Commands = std::vector<Command>;

    // `health` is shared by the streams of one thread and has an entry for each choice; it outlives this.
    FallbackListening(std::vector<FallbackSttChoice>, std::vector<CircuitBreaker>& health);

    void start(Instant now, Commands& out);
    void push(const AudioFrame&, Instant arrived, Instant now, Commands& out);
    void speech_started(Instant at, Instant now, Commands& out);
    void speech_stopped(Instant at, Instant now, Commands& out);
    void set_hints(std::vector<std::string>, Instant now, Commands& out);
    void finish(Instant now, Commands& out);
    void handle(const SttEvent&, Instant now, Commands& out); // Of the stream that was opened last.
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

private:
    struct Entry {
        std::variant<Push, Started, Stopped> what;
        Instant at;
    };

    [[nodiscard]] bool is_last() const;
    [[nodiscard]] std::optional<std::size_t> best(Instant now) const;
    void open(std::size_t provider, Instant now, Commands& out);
    void fail(Error why, Instant now, Commands& out);
    void give_up_round(Error why, Instant now, Commands& out);
    void drop_front();
    void forget_until(Instant);
    void trim(Instant now);
    void arm_final(Instant now);
    void hear(const Transcript&, Instant now, Commands& out);

    std::vector<FallbackSttChoice> choices_;
    std::vector<CircuitBreaker>& health_;

    std::size_t current_ = 0;
    bool open_ = false; // A stream is there; false while all rest.
    bool over_ = false;
    std::set<std::size_t> tried_; // Since words came last.
    int rounds_ = 0;
    Instant opened_at_ {};
    std::optional<Instant> ready_due_;
    std::optional<Instant> final_due_;
    std::optional<Instant> retry_due_;
    Error last_error_ { ErrorKind::unavailable, "" };

    std::deque<Entry> kept_;
    Duration kept_sound_ {};
    bool kept_begins_in_speech_ = false;
    bool speaking_ = false;
    bool words_pending_ = false; // Interim words without their final ones.
    Instant speech_end_ {};
    bool finished_ = false;
    std::optional<std::vector<std::string>> hints_; // Set since the start.
};

} // namespace parley
