#pragma once

#include "base/log.h"
#include "call/dial_policy.h"
#include "host/call_worker.h"
#include "host/dialer.h"
#include "host/relay_host.h"
#include "host/route_table.h"
#include "host/server_metrics.h"
#include "host/sip_host.h"
#include "net/event_loop.h"

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

// Which worker has which call. Lives on the signal loop between the lines, the programs and the calls, and carries
// words from one to the other; admits new calls, or says why not.
namespace parley {

// Who dials: whose rows they are, and whom it may call.
struct DialingProject {
    CustomerId customer;
    DialPolicy policy;
};

class CallHub final : public CallOutside {
public:
    struct Options {
        NodeId node;
        std::size_t max_calls = 1'000;
        std::map<ProjectId, DialingProject> dialing;
        ServerMetrics* metrics = &ServerMetrics::none(); // Never null.
    };

    CallHub(EventLoop& signal, Options, RouteTable, Log);

    // Before the first event. All outlive the last one.
    void attach(SipHost&, RelayHost&, std::vector<CallWorker*>);

    // Everything below, but `CallOutside`, on the signal loop.
    void on_sip(const sip::Command&);
    void forward(const CallId&, const RequestKey&, CallCommand);
    void nobody_there(const CallId&);
    void dial(relay::ForwardDial);
    void abandoned(const CallId&);
    void owner_gone(const std::string& owner);

    // For calls that begin from now on.
    void renew(Options, RouteTable);

    // Refuses new calls from now on; `done` when the last one is over.
    void drain(std::function<void()> done);
    // Ends those that are up.
    void end_calls();

    [[nodiscard]] std::size_t calls() const { return calls_.size(); }

    // From the workers.
    void to_leg(sip::Event) override;
    void refer(const CallId&, DialLeg, sdp::LocalMedia) override;
    void to_program(relay::RelayEvent) override;
    void over(const CallId&) override;

private:
    struct Entry {
        CallWorker* worker;
        ProjectId project;
        std::vector<LegId> legs; // More than one after transfers.
    };

    void offered(const sip::LegOffered&);
    Result<void> begin(const CallFacts&, const std::string& owner, OutgoingCall);
    Dialer::Hooks dialer_hooks();
    void refuse(const LegId&, LegEndReason, std::uint16_t status, std::string_view why);
    void referred(const LegReferred&); // `call_hub_refer.cc`
    void dial_referred(const CallId&, DialLeg, sdp::LocalMedia);
    void send_dial(sip::DialSipLeg);
    void to_call(const LegId&, CallEvent);
    void forget(const CallId&);

    EventLoop& loop_;
    Options options_;
    RouteTable routes_;
    Log log_;
    IdSource ids_;
    SipHost* sip_ = nullptr;
    RelayHost* relay_ = nullptr;
    std::vector<CallWorker*> workers_;
    std::size_t next_worker_ = 0;
    std::unordered_map<CallId, Entry> calls_;
    std::unordered_map<LegId, CallId> legs_;
    std::unordered_set<LegId> located_; // Whom we call, while it is looked up where that is.
    Dialer dialer_;
    bool draining_ = false;
    std::function<void()> drained_;
};

} // namespace parley
