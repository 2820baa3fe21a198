#pragma once

#include "base/log.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/subprocess.h"
#include "providers/speech_protocol.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parley {

// Keeps one speech worker running: starts it, starts it again after it ended, waiting longer each time it ends without
// having become ready. Knows nothing of jobs. Belongs to its loop's thread.
class SpeechProcess {
public:
    static constexpr Duration first_pause = 100ms;
    static constexpr Duration longest_pause = 5s;

    struct Events {
        std::function<void(speech::LaneAnswer)> answer;
        std::function<void()> ended; // All lanes are lost.
    };

    SpeechProcess(EventLoop&, std::vector<std::string> argv, Log, Events);

    Result<void> start();
    void send(const speech::LaneRequest&); // Lost if the worker is not running.
    void restart();                        // Kills a worker that does not answer any more.
    [[nodiscard]] int pid() const { return child_ ? child_->pid() : 0; }

private:
    void on_frame(const std::vector<std::byte>&);
    void on_exit(const SubprocessExit&);

    EventLoop& loop_;
    std::vector<std::string> argv_;
    Log log_;
    Events events_;

    std::unique_ptr<Subprocess> child_;
    Timer again_;
    Duration pause_ = first_pause;
};

} // namespace parley
