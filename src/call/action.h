#pragma once

#include "base/error.h"
#include "base/id.h"
#include "base/time.h"
#include "call/call_notice.h"
#include "call/play_item.h"

#include <variant>
#include <vector>

// The words between the actions of a call and the line's sound. An action is what a program started under a
// `control_id` and hears of until it is over; each kind is a machine of its own file. They know nothing of legs.
namespace parley {

using SoundId = Ordinal<struct SoundIdTag>; // Counted within a call, from 1.

// ---- What the line tells ------------------------------------------------------------------------------------------

struct SoundStarted { // Its first sample leaves.
    SoundId sound;
};
struct SoundEnded { // Its last sample has left.
    SoundId sound;
    Duration length {}; // Of what was heard.
};
struct SoundFailed { // Nothing (more) comes of it; it is out of the queue.
    SoundId sound;
    Error error;
};
struct KeySent { }; // The answer to each `SendKey`.
struct KeyFailed {
    Error error;
};

// ---- What the actions ask of it -----------------------------------------------------------------------------------

// Plays it behind those that were queued before, without a gap.
struct QueueSound {
    SoundId sound;
    PlayItem item;

    friend bool operator==(const QueueSound&, const QueueSound&) = default;
};
struct PauseSounds { // Silence; the position stays. Also before the first sound.
    friend bool operator==(const PauseSounds&, const PauseSounds&) = default;
};
struct ResumeSounds {
    friend bool operator==(const ResumeSounds&, const ResumeSounds&) = default;
};
struct DropSounds { // All of them; no event of theirs follows. Ends the pause, too.
    friend bool operator==(const DropSounds&, const DropSounds&) = default;
};
struct SetVolume { // Of all sounds from now on.
    double gain_db = 0;

    friend bool operator==(const SetVolume&, const SetVolume&) = default;
};
struct SendKey {
    char key = 0; // 0-9, *, #, A-D

    friend bool operator==(const SendKey&, const SendKey&) = default;
};

using ActionOutput = std::variant<QueueSound, PauseSounds, ResumeSounds, DropSounds, SetVolume, SendKey, ActionChanged>;
using ActionOutputs = std::vector<ActionOutput>;

} // namespace parley
