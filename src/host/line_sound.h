#pragma once

#include "audio/audio_frame.h"
#include "base/error.h"
#include "base/result.h"
#include "call/play_item.h"
#include "host/call_guard.h"
#include "net/event_loop.h"
#include "speech/text_to_speech.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

// One sound on its way to the line, whatever it is made of: a file, a voice, silence, a tone.
namespace parley {

// A decoded file, shared by the calls that play it.
using FileAnswer = std::function<void(Result<std::shared_ptr<const AudioFrame>>)>;

class LineSound {
public:
    virtual ~LineSound() = default;
    // As many of the next samples as there are; fewer than asked for: it waits for more, or has ended.
    virtual std::size_t read(std::span<std::int16_t> out) = 0;
    [[nodiscard]] virtual bool ended() const = 0;
};

// What sounds are made with; each outlives them.
struct SoundMakers {
    EventLoop& loop;
    TextToSpeech& tts;
    std::function<void(const std::string& url, FileAnswer)> fetch; // It answers on the loop, never within the call.
    CallGuard::Broken broken;
    int line_rate = 8000; // Of the samples that are read.
};

// Begins at once to make it ready. `failed` is called at most once, on the loop and never within a method of the sound:
// no (more) sound comes then.
std::unique_ptr<LineSound> make_line_sound(const PlayItem&, const SoundMakers&, std::function<void(Error)> failed);

} // namespace parley
