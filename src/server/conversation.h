#pragma once

#include "base/json.h"
#include "base/time.h"
#include "server/agent_ear.h"
#include "server/caller_script.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// Carries out a caller's script: events in, commands out, time told. Knows nothing of SIP, packets or voices.
namespace parley::caller {

// Events.
struct Answered { };
struct AgentFrame {
    std::vector<std::int16_t> samples;
    Duration length;
    Instant arrived;
};
struct SoundStarted { }; // What `PlaySound` asked for leaves.
struct SoundEnded { };

using Event = std::variant<Answered, AgentFrame, SoundStarted, SoundEnded>;

// Commands.
struct PlaySound {
    std::size_t step; // Whose sound.

    friend bool operator==(const PlaySound&, const PlaySound&) = default;
};
struct SendKeys {
    std::string keys;

    friend bool operator==(const SendKeys&, const SendKeys&) = default;
};
struct EndCall {
    friend bool operator==(const EndCall&, const EndCall&) = default;
};
// A line for who watches: when it was, what it was.
struct Tell {
    Instant at;
    std::string event;
    Json::Object fields = {};

    friend bool operator==(const Tell&, const Tell&) = default;
};

using Command = std::variant<PlaySound, SendKeys, EndCall, Tell>;
using Commands = std::vector<Command>;

class Conversation {
public:
    static constexpr Duration silent_after = 600ms; // Of silence, and the agent has stopped for a barge-in.
    static constexpr Duration barge_limit = 10s;    // An agent that speaks on for so long did not stop.
    static constexpr Duration onset_limit = 30s;    // How long a barge-in waits for an agent to speak.
    static constexpr Duration key_length = 220ms;   // A key and the pause after it.

    explicit Conversation(Script script);

    void handle(const Event&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] bool finished() const { return state_ == State::over; } // `EndCall` was commanded.
    [[nodiscard]] bool failed() const { return failed_; }

private:
    enum class State : std::uint8_t {
        unanswered,
        agent_speaks, // say: waiting until the agent is silent.
        awaiting,     // wait agent.
        onset,        // barge: waiting for the agent to begin.
        approach,     // barge: waiting for the moment.
        sounding,     // Own sound is under way.
        measuring,    // barge: own sound is under way or over; is the agent silent?
        passing,      // silence, digits.
        over,
    };

    void on(const Answered&, Instant now, Commands& out);
    void on(const AgentFrame&, Instant now, Commands& out);
    void on(const SoundStarted&, Instant now, Commands& out);
    void on(const SoundEnded&, Instant now, Commands& out);

    void begin(Instant now, Commands& out);
    void begin(const Say&, Instant now, Commands& out);
    void begin(const WaitAgent&, Instant now, Commands& out);
    void begin(const Barge&, Instant now, Commands& out);
    void begin(const Noise&, Instant now, Commands& out);
    void begin(const Silence&, Instant now, Commands& out);
    void begin(const Digits&, Instant now, Commands& out);
    void begin(const PlayWav&, Instant now, Commands& out);
    void begin(const HangUp&, Instant now, Commands& out);

    void play(Commands& out);
    void next(Instant now, Commands& out);
    void agent_silent(Instant now, Commands& out);
    void timer(Instant now, Commands& out);
    void judge_barge(Instant now, Commands& out);
    void fail(std::string why, Instant now, Commands& out);
    void end(Commands& out);
    void tell_sound(const char* what, Instant now, Commands& out) const;
    [[nodiscard]] const Barge* barge() const;

    Script script_;
    std::size_t step_ = 0;
    State state_ = State::unanswered;
    std::optional<Instant> due_; // Of the state.
    AgentEar ear_;
    bool failed_ = false;
    std::optional<Instant> own_onset_;
    std::optional<Instant> own_end_; // Of the last own sound, until the agent answers.
    bool own_sound_over_ = false;
    std::optional<Instant> interrupted_; // Onset of the speech that a barge-in cut: its silence answers nothing.
    bool barge_told_ = false;
};

} // namespace parley::caller
