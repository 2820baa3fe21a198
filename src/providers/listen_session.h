#pragma once

#include "base/log.h"
#include "providers/listen_wire.h"
#include "speech/speech_to_text.h"
#include "speech/timeline.h"

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// One call's recognition over a connection that may break at any time: what is sent when, what is sent again, and which
// words are told. A machine: no socket, no clock. `listen_stt.h` carries it out.
//
// Sound is kept until a final result covers it. A new connection hears it again from there, so no word is lost; what a
// final result covered is never sent again, so none is told twice.
namespace parley {

class ListenSession {
public:
    static constexpr Duration replay_limit = 10s;         // Of sound without a final result; the oldest goes.
    static constexpr Duration quiet_replay = 1s;          // Of it, when nobody speaks.
    static constexpr std::size_t send_window = 32 * 1024; // Bytes that the network has not taken; more wait.
    static constexpr Duration keep_alive = 4s;            // Without sound. Providers close after 10 s.
    static constexpr Duration first_pause = 100ms;        // Between attempts to connect; doubled each time.
    static constexpr Duration longest_pause = 5s;
    static constexpr Duration longest_patience = 4s; // `final_timeout`, doubled each time it passed.
    static constexpr Duration silence_patience = 2s; // For the first result of any kind once somebody speaks.
    static constexpr Duration telling_speech = 1s;   // Speech so long gives results before it ends.
    static constexpr Duration close_patience = 2s;   // For the last words after `finish`.

    // Commands
    struct Connect { // The one before ends without further events.
        std::string url;
    };
    struct Disconnect { };
    struct SendAudio {
        std::vector<std::int16_t> samples;
    };
    struct SendText {
        std::string text;
    };
    struct Tell {
        SttEvent event;
    };
    using Command = std::variant<Connect, Disconnect, SendAudio, SendText, Tell>;
    using Commands = std::vector<Command>;

    ListenSession(ListenOptions, SttOptions, Log);

    void start(Instant now, Commands& out);
    // `queued`: bytes that the network has not taken.
    void push(const AudioFrame&, Instant arrived, std::size_t queued, Instant now, Commands& out);
    void speech_started(Instant now, Commands& out);
    void speech_stopped(std::size_t queued, Instant now, Commands& out);
    void set_hints(std::vector<std::string>);
    void finish(std::size_t queued, Instant now, Commands& out);

    void opened(Instant now, Commands& out);
    void message(std::string_view text, Instant now, Commands& out);
    void closed(const std::string& why, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] int connections() const { return connections_; }

private:
    enum class State : std::uint8_t {
        connecting,
        open,
        pausing, // Until the next attempt.
        over,    // Nothing is told any more.
    };
    struct Chunk {
        std::vector<std::int16_t> samples;
        Instant arrived;
        std::int64_t end = 0; // Of it in this connection's stream, once it was sent.
    };
    enum class Loss : std::uint8_t {
        broken,  // The connection ended, or said what cannot be right.
        stalled, // It is there and says nothing: another one would be no better.
    };

    void connect(Instant now, Commands& out);
    void lost(Loss, Error why, Instant now, Commands& out);
    void give_up(Error why, Commands& out);
    void send_what_fits(std::size_t queued, Instant now, Commands& out);
    void on(const ListenResult&, Instant now, Commands& out);
    [[nodiscard]] Transcript transcript(const ListenResult&) const;
    void covered(std::int64_t sample);
    void drop_oldest();
    void limit(Commands& out);
    [[nodiscard]] Duration length(std::size_t samples) const;

    ListenOptions options_;
    SttOptions stream_;
    Log log_;

    State state_ = State::connecting;
    int connections_ = 0;
    int failures_ = 0; // In a row.
    bool outage_told_ = false;
    Instant connect_due_ {}; // The end of the attempt, or of the pause before it.
    Instant last_sent_ {};
    std::optional<Instant> words_due_;
    std::optional<Instant> close_due_;
    Duration patience_;

    std::deque<Chunk> kept_; // Not covered by a final result: first what was sent, then what waits.
    std::size_t sent_ = 0;   // So many of them were sent on this connection.
    Duration kept_sound_ {};
    bool dropped_told_ = false;
    Timeline timeline_;             // Of this connection.
    std::optional<Instant> origin_; // The stream's first sample; word times count from it.

    bool speaking_ = false;
    Instant speech_start_ {};
    bool heard_in_speech_ = false;            // A result came since speech started.
    bool words_pending_ = false;              // Interim words without their final ones.
    bool final_owed_ = false;                 // Speech stopped; no final result covers its end.
    std::optional<std::int64_t> final_asked_; // Where in this connection's stream it was asked for.
    bool hints_changed_ = false;
    bool finished_ = false;
};

} // namespace parley
