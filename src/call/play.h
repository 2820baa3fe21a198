#pragma once

#include "call/action.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace parley {

struct PlaySpec {
    std::vector<PlayItem> items; // Not empty.
    int loop = 1;                // 0: until it is stopped.
    double gain_db = 0;
};

// One `calling.play`: its items one after the other, as often as was asked for. Keeps one sound queued behind the one
// that plays, so that there is no gap.
class Play {
public:
    Play(ControlId, PlaySpec);

    // The line is its own from now on. `next` counts the call's sounds.
    void begin(SoundId& next, ActionOutputs& out);

    // Its own sounds; others are ignored.
    void on(const SoundStarted&, SoundId& next, ActionOutputs& out);
    void on(const SoundEnded&, SoundId& next, ActionOutputs& out);
    void on(const SoundFailed&, SoundId& next, ActionOutputs& out);

    // At any time, also before `begin`. Doing it twice changes nothing and tells nothing.
    void pause(ActionOutputs& out);
    void resume(ActionOutputs& out);
    void set_gain(double gain_db, ActionOutputs& out);
    void stop(ActionOutputs& out);

    [[nodiscard]] const ControlId& control_id() const { return control_id_; }
    [[nodiscard]] bool begun() const { return stage_ != Stage::waiting; }
    [[nodiscard]] bool over() const { return stage_ == Stage::over; }
    // Others on the line are to be silent for it.
    [[nodiscard]] bool takes_line() const { return stage_ == Stage::sounding && !paused_; }

private:
    enum class Stage : std::uint8_t {
        waiting,  // Another one has the line.
        opening,  // It has the line; no sound yet.
        sounding, // Its first sound was heard.
        over,
    };
    struct Queued {
        SoundId sound;
        std::size_t item;
        std::optional<Error> failure; // Told when its time comes.
    };

    void fill(SoundId& next, ActionOutputs& out);
    void queue_next(SoundId& next, ActionOutputs& out);
    [[nodiscard]] bool more_to_queue() const;
    void end(ActionChanged::State, std::string message, ActionOutputs& out);
    void tell(ActionChanged::State, std::string message, ActionOutputs& out) const;

    ControlId control_id_;
    PlaySpec spec_;
    Stage stage_ = Stage::waiting;
    bool paused_ = false;
    std::vector<Queued> queue_;  // The one that plays, and the one behind it.
    std::size_t next_item_ = 0;  // To be queued.
    int rounds_ = 0;             // Queued whole.
    Duration heard_in_round_ {}; // Of the items that ended.
};

} // namespace parley
