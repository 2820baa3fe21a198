#pragma once

#include "base/log.h"
#include "contract/heard.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "providers/embedded_speech.h"
#include "providers/flite_voices.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

// The embedded speech service with its worker process and one loop for it and for the streams.
namespace parley::contract {

// Children of any thread of a process.
inline std::vector<int> children_of(int pid)
{
    std::vector<int> found;
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
        std::ifstream children(task.path() / "children");
        for (int child = 0; children >> child;)
            found.push_back(child);
    }
    return found;
}

class SpeechService {
public:
    explicit SpeechService(int decoders = 1, int voices = 1, Duration patience = 10s, Log log = Log::none())
    {
        thread_.call([&] {
            auto created = EmbeddedSpeech::create(
                thread_.loop(), { { PARLEY_SPEECH_WORKER }, decoders, voices, { { "Anna", "slt" } }, patience }, log);
            ASSERT_TRUE(created) << created.error().what;
            speech_ = std::move(*created);
            stt_ = speech_->speech_to_text(thread_.loop());
            tts_ = speech_->text_to_speech(thread_.loop());
        });
    }
    ~SpeechService()
    {
        thread_.call([&] {
            tts_.reset();
            stt_.reset();
            speech_.reset();
        });
    }

    // False if they are not within 30 s.
    bool voices_are_warm()
    {
        auto warm = std::make_shared<std::promise<void>>();
        auto warmed = warm->get_future();
        call([&] { speech_->when_voices_are_warm([warm] { warm->set_value(); }); });
        return warmed.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
    }

    void call(Task task) { thread_.call(std::move(task)); }
    SpeechToText& stt() { return *stt_; }
    TextToSpeech& tts() { return *tts_; }

private:
    LoopThread thread_ { "speech" };
    std::unique_ptr<EmbeddedSpeech> speech_;
    std::unique_ptr<SpeechToText> stt_;
    std::unique_ptr<TextToSpeech> tts_;
};

} // namespace parley::contract
