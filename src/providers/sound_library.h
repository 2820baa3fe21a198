#pragma once

#include "audio/audio_frame.h"
#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Sound files from the web, decoded, for whoever wants to play them. Keeps what it fetched for a while, since prompts
// repeat. One for all calls, on a loop of its own: decoding takes its time.
namespace parley {

struct SoundLibraryOptions {
    Duration connect_timeout = 5s;
    Duration total_timeout = 20s;
    std::size_t max_file_bytes = 20'000'000;  // A larger file is refused.
    std::size_t max_kept_bytes = 128'000'000; // Of decoded sound; the one that was unused for longest goes.
    std::size_t max_fetches = 100;            // At the same time; more are refused.
    Duration keep = 5min;                     // Then it is fetched again. An answer that says `no-store` is not kept.
};

class SoundLibrary {
public:
    using Sound = std::shared_ptr<const AudioFrame>; // Shared by the calls that play it.
    using Answer = std::function<void(Result<Sound>)>;

    // `own` runs until this object is destroyed on its thread, or after it.
    SoundLibrary(EventLoop& own, HttpClient&, SoundLibraryOptions, Log);
    ~SoundLibrary();
    SoundLibrary(const SoundLibrary&) = delete;
    SoundLibrary& operator=(const SoundLibrary&) = delete;

    // From any thread; the answer is posted to `home`, which outlives this object. What one project fetched is not
    // another's: their policies differ. Errors: those of `HttpClient` and of `decode_sound_file`.
    void fetch(const ProjectId&, std::string url, const OutboundPolicy&, EventLoop& home, Answer);

private:
    struct Inside;                   // What lives on the loop.
    std::shared_ptr<Inside> inside_; // Watched by tasks on their way.
    EventLoop& own_;
};

} // namespace parley
