#include "host/call_hub.h"

#include "net/clock.h"
#include "sip/uri.h"

#include <algorithm>

namespace parley {

namespace {

// RFC 3261 21.4.5, 21.5.4
constexpr std::uint16_t sip_not_found = 404;
constexpr std::uint16_t sip_unavailable = 503;

// A dial counts itself how long a telephone may ring; this is for the case that it does not.
constexpr Duration late_answer = 5s;

bool is_number(std::string_view user)
{
    if (user.starts_with('+'))
        user.remove_prefix(1);
    return !user.empty() && std::ranges::all_of(user, [](char c) { return c >= '0' && c <= '9'; });
}

// Programs read numbers from `phone` devices and addresses from `sip` ones.
CallDevice device_of(const sip::LegOffered& offer)
{
    const LegIncoming& leg = offer.incoming;
    if (is_number(leg.to))
        return { DeviceType::phone, leg.from, leg.to, leg.from_name };
    return { DeviceType::sip, "sip:" + leg.from + "@" + offer.source.address.ip,
        "sip:" + leg.to + "@" + offer.source.address.ip, leg.from_name };
}

} // namespace

CallHub::CallHub(EventLoop& signal, Options options, RouteTable routes, Log log)
    : loop_(signal)
    , options_(std::move(options))
    , routes_(std::move(routes))
    , log_(std::move(log))
    , ids_(IdSource::random())
    , dialer_(signal, options_.node, dialer_hooks(), log_)
{
}

void CallHub::attach(SipHost& sip_host, RelayHost& relay_host, std::vector<CallWorker*> workers)
{
    sip_ = &sip_host;
    relay_ = &relay_host;
    workers_ = std::move(workers);
    VERIFY(!workers_.empty());
}

void CallHub::renew(Options options, RouteTable routes)
{
    options_ = std::move(options);
    routes_ = std::move(routes);
}

// ---- From the lines -----------------------------------------------------------------------------------------------

void CallHub::on_sip(const sip::Command& command)
{
    if (const auto* offer = std::get_if<sip::LegOffered>(&command))
        offered(*offer);
    else if (const auto* ringing = std::get_if<LegRinging>(&command))
        to_call(ringing->leg, *ringing);
    else if (const auto* answered = std::get_if<LegAnswered>(&command))
        to_call(answered->leg, *answered);
    else if (const auto* held = std::get_if<LegHeld>(&command))
        to_call(held->leg, *held);
    else if (const auto* resumed = std::get_if<LegResumed>(&command))
        to_call(resumed->leg, *resumed);
    else if (const auto* refer = std::get_if<LegReferred>(&command))
        referred(*refer);
    else if (const auto* digit = std::get_if<LegDigit>(&command)) {
        if (const auto call = legs_.find(digit->leg); call != legs_.end())
            calls_.at(call->second).worker->to_call(call->second, [pressed = *digit](CallHost& host) {
                host.pressed(pressed);
            });
    } else if (const auto* ended = std::get_if<LegEnded>(&command)) {
        to_call(ended->leg, *ended);
        legs_.erase(ended->leg);
    } else if (const auto* agreed = std::get_if<sip::MediaAgreed>(&command)) {
        if (const auto call = legs_.find(agreed->leg); call != legs_.end())
            calls_.at(call->second).worker->to_call(call->second, [told = *agreed](CallHost& host) {
                host.agreed(told);
            });
    }
}

void CallHub::offered(const sip::LegOffered& offer)
{
    const LegIncoming& leg = offer.incoming;
    if (draining_ || workers_.empty())
        return refuse(leg.leg, LegEndReason::error, sip_unavailable, "the server stops");
    if (calls_.size() >= options_.max_calls)
        return refuse(leg.leg, LegEndReason::error, sip_unavailable, "too many calls");
    const Route* route = routes_.find(leg.to);
    if (!route)
        route = routes_.of_trunk(offer.trunk);
    if (!route)
        return refuse(leg.leg, LegEndReason::not_found, sip_not_found, "not routed");
    if (relay_->projects().meters().call(route->project))
        return refuse(leg.leg, LegEndReason::error, sip_unavailable, "too many calls of the project");

    CallFacts facts;
    facts.id = CallId { ids_.uuid() };
    facts.leg = leg.leg;
    facts.node = options_.node;
    facts.project = route->project;
    facts.context = route->context;
    facts.device = device_of(offer);
    log_.info("call arrived",
        { { "call", facts.id }, { "sip_call_id", offer.sip_call_id }, { "from", Pii<std::string>(leg.from) },
            { "to", Pii<std::string>(leg.to) }, { "context", facts.context } });

    CallWorker* worker = workers_[next_worker_++ % workers_.size()];
    calls_.emplace(facts.id, Entry { worker, facts.project, { leg.leg } });
    legs_.emplace(leg.leg, facts.id);
    worker->start(facts, route->customer);
    relay_->call_arrived(facts);
    options_.metrics->call_admitted(CallDirection::inbound);
}

void CallHub::refuse(const LegId& leg, LegEndReason reason, std::uint16_t status, std::string_view why)
{
    options_.metrics->call_refused(why);
    log_.info("call refused", { { "status", static_cast<int>(status) }, { "why", why } });
    sip_->handle(RejectLeg { leg, reason, status });
}

void CallHub::to_call(const LegId& leg, CallEvent event)
{
    const auto call = legs_.find(leg);
    if (call == legs_.end())
        return; // Refused, or over.
    calls_.at(call->second).worker->to_call(call->second, [event = std::move(event)](CallHost& host) mutable {
        host.handle(std::move(event));
    });
}

// ---- From the programs --------------------------------------------------------------------------------------------

void CallHub::forward(const CallId& call, const RequestKey& request, CallCommand command)
{
    const auto found = calls_.find(call);
    if (found == calls_.end())
        return relay_->tell(Reject { request, { ErrorKind::not_found, "call_id: no such call" } });
    found->second.worker->to_call(
        call, [arrived = CommandArrived { request, std::move(command) }](CallHost& host) mutable {
            host.handle(std::move(arrived));
        });
}

void CallHub::nobody_there(const CallId& call)
{
    if (const auto found = calls_.find(call); found != calls_.end())
        found->second.worker->to_call(call, [](CallHost& host) { host.handle(NobodyThere {}); });
}

// ---- Outbound calls -----------------------------------------------------------------------------------------------

Dialer::Hooks CallHub::dialer_hooks()
{
    return {
        [this](const ProjectId& project) {
            relay::ProjectMeters& meters = relay_->projects().meters();
            auto full = meters.call(project);
            return full ? std::move(full) : meters.dial(project, now());
        },
        [this](const std::string& to) { return sip_->endpoint().routes(to, now()); },
        [this](const CallFacts& call, const std::string& owner, OutgoingCall how) {
            return begin(call, owner, std::move(how));
        },
        [this](const CallId& call, CallEndReason reason) {
            if (const auto found = calls_.find(call); found != calls_.end())
                found->second.worker->to_call(call, [reason](CallHost& host) { host.handle(CallDropped { reason }); });
        },
        [this](relay::RelayEvent event) { relay_->tell(std::move(event)); },
    };
}

void CallHub::dial(relay::ForwardDial order)
{
    if (draining_ || workers_.empty())
        return relay_->tell(Reject { order.request, { ErrorKind::unavailable, "the server stops" } });
    const auto project = options_.dialing.find(order.project);
    if (project == options_.dialing.end()) // Taken out of the configuration while its programs are connected.
        return relay_->tell(Reject { order.request, { ErrorKind::invalid_request, "the project may dial nobody" } });
    dialer_.dial(project->second.policy, std::move(order));
}

Result<void> CallHub::begin(const CallFacts& call, const std::string& owner, OutgoingCall how)
{
    if (draining_)
        return Error { ErrorKind::unavailable, "the server stops" };
    if (calls_.size() >= options_.max_calls)
        return Error { ErrorKind::limit_reached, "too many calls" };
    if (const auto full = relay_->projects().meters().call(call.project))
        return *full; // Since the dial began.
    const auto project = options_.dialing.find(call.project);
    if (project == options_.dialing.end())
        return Error { ErrorKind::unavailable, "the project is gone" };
    CallDialled dialled;
    dialled.leg.leg = call.leg;
    dialled.leg.from = how.target.from;
    if (dialled.leg.from.empty() && how.route.trunk.empty()) // A trunk has a number of its own for these.
        dialled.leg.from = "anonymous";                      // RFC 3261 8.1.1.3
    dialled.leg.to = how.route.uri;
    dialled.leg.from_name = call.device.from_name;
    dialled.leg.headers = call.device.headers;
    dialled.leg.answer_within = how.target.timeout + late_answer;
    dialled.max_duration = how.max_duration;
    CallWorker* worker = workers_[next_worker_++ % workers_.size()];
    calls_.emplace(call.id, Entry { worker, call.project, { call.leg } });
    legs_.emplace(call.leg, call.id);
    relay_->call_begun(call, owner);
    options_.metrics->call_admitted(CallDirection::outbound);
    worker->dial(call, project->second.customer, std::move(dialled), std::move(how.route));
    return {};
}

void CallHub::abandoned(const CallId& call)
{
    if (const auto found = calls_.find(call); found != calls_.end())
        found->second.worker->to_call(call, [](CallHost& host) { host.handle(ProgramGone {}); });
}

void CallHub::owner_gone(const std::string& owner)
{
    dialer_.owner_gone(owner, [this](const CallId& call) { return relay_->is_heard(call); });
}

// ---- From the workers ---------------------------------------------------------------------------------------------

void CallHub::to_leg(sip::Event event)
{
    loop_.post([this, event = std::move(event)]() mutable {
        const auto* hang_up = std::get_if<HangUpLeg>(&event);
        if (hang_up != nullptr && located_.erase(hang_up->leg) > 0)
            return to_call(
                hang_up->leg, LegEnded { hang_up->leg, LegEndReason::cancel, "given up before it was called" });
        if (auto* dial = std::get_if<sip::DialSipLeg>(&event))
            return send_dial(std::move(*dial));
        sip_->handle(std::move(event));
    });
}

// A name is looked up first (RFC 3263).
void CallHub::send_dial(sip::DialSipLeg dial)
{
    if (!dial.servers.empty())
        return sip_->handle(std::move(dial));
    located_.insert(dial.dial.leg);
    const std::string uri = dial.dial.to;
    sip_->locate(uri, [this, dial = std::move(dial)](Result<sip::Hops> hops) mutable {
        const LegId leg = dial.dial.leg;
        if (located_.erase(leg) == 0)
            return; // The call ended meanwhile.
        if (!hops || hops->empty()) {
            to_call(
                leg, LegEnded { leg, LegEndReason::not_found, hops ? "the name leads nowhere" : hops.error().what });
            legs_.erase(leg);
            return;
        }
        dial.servers = std::move(*hops);
        sip_->handle(std::move(dial));
    });
}

void CallHub::to_program(relay::RelayEvent event)
{
    loop_.post([this, event = std::move(event)]() mutable {
        const auto* noticed = std::get_if<relay::CallNoticed>(&event);
        if (!noticed)
            return relay_->tell(std::move(event));
        const relay::CallNoticed told = *noticed;
        relay_->tell(std::move(event));
        dialer_.noticed(told.call, told.notice); // A dial ends behind the last word of its calls.
    });
}

void CallHub::over(const CallId& call)
{
    loop_.post([this, call] { forget(call); });
}

void CallHub::forget(const CallId& call)
{
    const auto found = calls_.find(call);
    if (found == calls_.end())
        return;
    found->second.worker->remove(call);
    for (const LegId& leg : found->second.legs) {
        legs_.erase(leg);
        located_.erase(leg);
    }
    calls_.erase(found);
    if (draining_ && calls_.empty() && drained_)
        std::exchange(drained_, nullptr)();
}

void CallHub::drain(std::function<void()> done)
{
    draining_ = true;
    if (calls_.empty())
        return done();
    drained_ = std::move(done);
}

void CallHub::end_calls()
{
    dialer_.cancel_all();
    for (const auto& [id, entry] : calls_)
        entry.worker->to_call(id, [](CallHost& host) { host.handle(CallShutDown {}); });
}

} // namespace parley
