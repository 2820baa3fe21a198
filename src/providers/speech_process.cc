#include "providers/speech_process.h"

#include "net/clock.h"

#include <algorithm>

#include <signal.h>

namespace parley {

SpeechProcess::SpeechProcess(EventLoop& loop, std::vector<std::string> argv, Log log, Events events)
    : loop_(loop)
    , argv_(std::move(argv))
    , log_(std::move(log))
    , events_(std::move(events))
    , again_(loop)
{
}

Result<void> SpeechProcess::start()
{
    auto started = Subprocess::start(loop_, argv_,
        { [this](std::vector<std::byte> frame) { on_frame(frame); },
            [this](const SubprocessExit& exit) { on_exit(exit); } });
    if (!started)
        return started.error();
    child_ = std::move(*started);
    return {};
}

void SpeechProcess::send(const speech::LaneRequest& request)
{
    if (child_ == nullptr)
        return;
    auto sent = child_->send(speech::encode(request));
    if (!sent)
        log_.warning("speech worker took no request", { { "why", sent.error().what } });
}

void SpeechProcess::restart()
{
    if (child_ == nullptr)
        return;
    child_.reset();
    on_exit({ std::nullopt, SIGKILL });
}

void SpeechProcess::on_frame(const std::vector<std::byte>& frame)
{
    auto answer = speech::decode_answer(frame);
    if (!answer) {
        log_.error("speech worker sent a broken frame", { { "why", answer.error().what } });
        return;
    }
    if (std::holds_alternative<speech::LaneReady>(answer->answer))
        pause_ = first_pause;
    if (std::holds_alternative<speech::LaneLost>(answer->answer))
        log_.warning("speech lane died", { { "lane", static_cast<int>(answer->lane) } });
    events_.answer(std::move(*answer));
}

void SpeechProcess::on_exit(const SubprocessExit& exit)
{
    log_.error("speech worker ended",
        { { "status", exit.status.value_or(-1) }, { "signal", exit.signal.value_or(0) },
            { "again_after_ms", pause_ } });
    child_.reset();
    again_.set(now() + pause_, [this] {
        auto started = start();
        if (!started) {
            log_.error("speech worker could not be started", { { "why", started.error().what } });
            on_exit({});
        }
    });
    pause_ = std::min(pause_ * 2, longest_pause);
    events_.ended();
}

} // namespace parley
