#pragma once

#include "base/log.h"
#include "call/call.h"
#include "call/key_ways.h"
#include "host/ai_host.h"
#include "host/call_guard.h"
#include "host/call_log.h"
#include "host/flight_recorder.h"
#include "host/sound_line.h"
#include "media/media_port.h"
#include "net/event_loop.h"
#include "relay/relay_session.h"
#include "sip/sip_endpoint.h"
#include "store/message_store.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// One call on its worker, for life: carries out what its machines command. A broken invariant ends this call, loudly,
// and no other.
namespace parley {

// What a call needs of its worker; outlives it.
struct CallServices {
    EventLoop& loop;
    media::Pacer& pacer;
    MessageStore& store;
    SpeechToText& stt;
    TextToSpeech& tts;
    LanguageModel& model;
    std::function<ToolCaller&(const ProjectId&)> tools;
    std::function<ReportPoster&(const ProjectId&)> reports;
    std::function<void(const ProjectId&, const std::string& url, FileAnswer)> sounds; // It answers on the loop.
    media::MediaPortSettings media;
    CallPolicy policy;
    std::size_t log_backlog = 5'000; // More uncommitted rows: new AI sessions are refused.
    std::string space_id;
    FlightOptions flight;
    ServerMetrics& metrics = ServerMetrics::none();
    std::function<ToolFetcher*(const ProjectId&)> tool_sources {}; // Null: functions of others are not to be had.
};

// Where a call's words go: to the signal thread. Called on the worker.
class CallOutside {
public:
    virtual ~CallOutside() = default;
    virtual void to_leg(sip::Event) = 0;
    virtual void refer(const CallId&, DialLeg, sdp::LocalMedia) = 0; // `DialLeg` whose way is not known yet.
    virtual void to_program(relay::RelayEvent) = 0; // Accept, Reject or CallNoticed; durable is what it speaks of.
    virtual void over(const CallId&) = 0;           // Last. Destroys the call, later.
};

class CallHost {
public:
    CallHost(const CallServices&, CallOutside&, CallFacts, CustomerId, Log);
    ~CallHost();
    CallHost(const CallHost&) = delete;
    CallHost& operator=(const CallHost&) = delete;

    void handle(CallEvent);
    // In place of `LegIncoming`: the call is ours to begin.
    void dial(CallDialled, sip::DialRoute);
    void agreed(const sip::MediaAgreed&);
    void pressed(const LegDigit&);

    [[nodiscard]] const CallFacts& facts() const { return call_.facts(); }

private:
    // What the call tells the outside waits until the batch is carried out, then for the rows that it caused.
    using Outward = std::variant<Accept, Reject, CallNotice>;

    void admit(const CommandArrived&);
    void work();
    void tell(std::vector<Outward>);
    void tell(Outward, const Result<void>& stored);
    void set_timer();

    void carry_out(Accept&);
    void carry_out(Reject&);
    void carry_out(const RingLeg&);
    void carry_out(const PreviewLeg&);
    void carry_out(const DialLeg&);
    void carry_out(const AnswerLeg&);
    void carry_out(const RejectLeg&);
    void carry_out(const HangUpLeg&);
    void carry_out(const TellReferral&);
    void carry_out(const MoveSound&);
    void carry_out(OpenAi&);
    void carry_out(TellAi&);
    void carry_out(const CloseAi&);
    void carry_out(Notify&);
    void carry_out(const QueueSound&);
    void carry_out(const PauseSounds&);
    void carry_out(const ResumeSounds&);
    void carry_out(const DropSounds&);
    void carry_out(const SetVolume&);
    void carry_out(const SendKey&);

    Result<void> open_media();
    SoundLine& sound_line();
    void silence_line();
    void on_line(const media::MediaEvent&);
    void append(agent::AppendMessage);
    void user_event(Json::Object);
    void ai_finished(const agent::Finished&);
    void drop_ai(AiCallStatus);
    void store_failed(const Error&);
    void put_ai_call(AiCallStatus);
    void write_flight(std::string_view reason);
    void broke(const BrokenInvariant&);

    const CallServices& services_;
    CallOutside& outside_;
    CustomerId customer_;
    Log log_;
    FlightRecorder recorder_;
    CallLog rows_;
    std::uint64_t seed_; // Of the call's identifiers.
    Call call_;
    Activeflow flow_;
    ClockPair clock_;
    std::optional<WallTime> answered_;

    std::deque<CallEvent> waiting_; // Events that came while outputs are carried out: those go first.
    std::vector<Outward> outward_;
    bool working_ = false;
    Timer timer_;

    std::unique_ptr<media::MediaPort> media_; // Once sound may flow; outbound, from the beginning.
    std::optional<sdp::AgreedMedia> line_;
    std::map<LegId, sdp::AgreedMedia> next_lines_; // Of whom we are being transferred to.
    sip::DialRoute route_;                         // Outbound.
    std::unique_ptr<SoundLine> sound_line_;        // From the first play on.
    KeyWays key_ways_;
    std::unique_ptr<AiHost> ai_;
    UtteranceId last_utterance_ {}; // Of the sessions that are over, on the line.
    AiCall ai_record_;
    bool keeps_global_data_ = false;   // The session's, for the next one of this call:
    Json::Object kept_global_data_ {}; // what the last one left,
    std::string earlier_summary_ {};   // and what it was about, if it was to tell.
    ControlId ai_control_;
    std::vector<RequestKey> unanswered_;
    bool broken_ = false; // Its machines are not asked any more.

    CallGuard guard_; // Last: destroyed first.
};

} // namespace parley
