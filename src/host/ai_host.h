#pragma once

#include "agent/ai_session.h"
#include "agent/tool_caller.h"
#include "agent/tool_fetcher.h"
#include "audio/rate_converter.h"
#include "base/log.h"
#include "host/call_guard.h"
#include "host/flight_recorder.h"
#include "host/line_sound.h"
#include "host/server_metrics.h"
#include "host/sound_bed.h"
#include "media/media_port.h"
#include "net/event_loop.h"
#include "providers/report_poster.h"
#include "speech/language_model.h"
#include "speech/speech_to_text.h"
#include "speech/text_to_speech.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

// Carries out what one AI session asks for: opens its streams, moves sound between them and the line, runs its tools,
// posts its report. Decides nothing.
namespace parley {

// What an AI session uses; each outlives it and lives on its thread.
struct AiServices {
    EventLoop& loop;
    SpeechToText& stt;
    TextToSpeech& tts;
    LanguageModel& model;
    ToolCaller& tools;
    ReportPoster& reports;
    ServerMetrics& metrics = ServerMetrics::none();
    std::function<void(const std::string& url, FileAnswer)> sounds = {}; // Fetches files; none: there are none.
    ToolFetcher* tool_sources = nullptr;                                 // Null: functions of others are not to be had.
};

class AiHost {
public:
    struct Listener {
        std::function<void(agent::AppendMessage)> append;
        // Once, last: the session is over and its report was delivered, or given up. May not destroy the host.
        std::function<void(agent::Finished)> finished;
        CallGuard::Broken broken;
        std::function<void(Json::Object)> user_event {}; // For the program, as it is.
    };

    // `before`: the last utterance that an earlier session gave the line.
    AiHost(const AiServices&, AiSpec, agent::SessionIdentity, media::MediaPort&, UtteranceId before, FlightRecorder&,
        Log, Listener);
    ~AiHost();
    AiHost(const AiHost&) = delete;
    AiHost& operator=(const AiHost&) = delete;

    void start();
    // Nothing is carried out and nobody is told from now on; to be destroyed when no function of it runs.
    void close();
    void handle(agent::Event);
    void handle(const media::MediaEvent&);

    // Given to the line so far, by its numbers.
    [[nodiscard]] UtteranceId last_utterance() const { return on_line(last_spoken_); }
    [[nodiscard]] const Json::Object& global_data() const { return session_.global_data(); }

private:
    void open_streams(const AiSpec&);
    void set_up_line(const SoundSettings&);
    [[nodiscard]] SoundMakers sound_makers();
    void on_speech(SttEvent);
    void on_voice(TtsEvent);
    void on_aside(agent::AsideId, LmEvent);
    void work();
    void set_timer();

    void carry_out(agent::AskModel&);
    void carry_out(const agent::CancelModel&);
    void carry_out(agent::Speak&);
    void carry_out(const agent::DuckPlayout&);
    void carry_out(const agent::UnduckPlayout&);
    void carry_out(const agent::PausePlayout&);
    void carry_out(const agent::ResumePlayout&);
    void carry_out(const agent::StopPlayout&);
    void carry_out(agent::CallTool&);
    void carry_out(const agent::CancelTool&);
    void carry_out(agent::FetchTools&);
    void carry_out(agent::FetchConversation&);
    void carry_out(agent::AskAside&);
    void carry_out(const agent::CancelAside&);
    void carry_out(agent::PlaySound&);
    void carry_out(const agent::StopSound&);
    void carry_out(agent::SetLanguage&);
    void carry_out(agent::SetHints&);
    void carry_out(agent::PostDebug&);
    void carry_out(agent::EmitUserEvent&);
    void carry_out(agent::AppendMessage&);
    void carry_out(const agent::ReportTurn&);
    void carry_out(const agent::PostReport&);
    void carry_out(agent::Finished&);

    [[nodiscard]] UtteranceId on_line(UtteranceId own) const { return { before_.value + own.value }; }
    void finish_if_done();
    // A stream may be inside its own listener: it is destroyed by the loop's next task.
    template <typename Stream> void retire(std::unique_ptr<Stream>);

    AiServices services_;
    media::MediaPort& media_;
    UtteranceId before_; // The line numbers the utterances of all sessions, a session its own from 1.
    FlightRecorder& recorder_;
    Log log_;
    Listener listener_;
    agent::SessionIdentity identity_;
    std::optional<AiSpec> spec_; // Until the streams are open.
    agent::AiSession session_;

    std::deque<agent::Event> waiting_; // Events that came while commands are carried out: those go first.
    bool working_ = false;
    Timer timer_;

    SttOptions stt_options_;
    std::unique_ptr<SttStream> stt_;
    RateConverter hearing_; // To what the recogniser was opened with, should the line change its rate.
    std::unique_ptr<TtsStream> tts_;
    std::unique_ptr<LmStream> model_;
    ReplyId asked_ {}; // The reply that `model_` makes.
    struct Aside {
        std::unique_ptr<LmStream> stream;
        std::string text;
    };
    std::map<agent::AsideId, Aside> asides_;
    std::map<std::string, std::unique_ptr<ToolRun>> tool_runs_;
    std::unique_ptr<ToolRun> tool_fetch_;

    UtteranceId last_spoken_ {};   // Given to the voice.
    UtteranceId last_sounding_ {}; // The voice delivered sound of it.
    bool playout_full_ = false;
    std::deque<agent::Speak> unspoken_; // While the playout is full.

    bool started_ = false;
    bool report_pending_ = false;
    std::optional<agent::Finished> finished_; // The session is over; told when the report is delivered.

    SoundBed bed_;
    CallGuard guard_; // Last: destroyed first.
};

} // namespace parley
