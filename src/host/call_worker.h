#pragma once

#include "host/call_host.h"
#include "media/pacer.h"
#include "net/event_loop.h"
#include "net/unique_function.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

// One thread and the calls that live on it: their sound's beat, their providers, their hosts.
namespace parley {

// Providers whose events arrive on one worker's thread.
struct WorkerProviders {
    std::unique_ptr<SpeechToText> stt;
    std::unique_ptr<TextToSpeech> tts;
    std::unique_ptr<LanguageModel> model;
    std::map<ProjectId, std::unique_ptr<ToolCaller>> tools; // One for each project: each under its outbound policy.
    std::map<ProjectId, std::unique_ptr<ReportPoster>> reports;
    std::map<ProjectId, std::unique_ptr<ToolFetcher>> tool_sources;
    std::function<void(const ProjectId&, const std::string& url, FileAnswer)> sounds; // As `CallServices::sounds`.
};

class CallWorker {
public:
    struct Options {
        std::string name;
        media::MediaPortSettings media; // `report` is called on the worker; `drain` is the worker's own.
        Duration port_drain = 5s;
        CallPolicy policy;
        std::size_t log_backlog = 5'000;
        std::string space_id;
        FlightOptions flight;
        ServerMetrics* metrics = &ServerMetrics::none(); // Never null.
    };
    // Called once for each set of options, on the worker's thread.
    using MakeProviders = std::function<WorkerProviders(EventLoop&)>;

    CallWorker(Options, MessageStore&, CallOutside&, const MakeProviders&, Log);
    ~CallWorker();

    // From any thread, in order.
    // For calls that begin from now on; those that are up go on as they began. Name, `port_drain` and metrics stay.
    void renew(Options, MakeProviders);
    void start(CallFacts, CustomerId);
    void dial(CallFacts, CustomerId, CallDialled, sip::DialRoute);
    void to_call(const CallId&, UniqueFunction<void(CallHost&)>); // No effect when the call is gone.
    void remove(const CallId&);

    // All calls, without a word. Waits; not from a loop's thread.
    void drop_calls();

private:
    struct Generation;
    struct Inside; // What lives on the thread.

    Log log_;
    LoopThread thread_;
    std::unique_ptr<Inside> inside_;
};

} // namespace parley
