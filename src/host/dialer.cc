#include "host/dialer.h"

#include "net/clock.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t max_ways = 10; // Telephones of one user that ring together; further ones do not.

} // namespace

Dialer::Dialer(EventLoop& loop, NodeId node, Hooks hooks, Log log)
    : loop_(loop)
    , node_(std::move(node))
    , hooks_(std::move(hooks))
    , log_(std::move(log))
    , ids_(IdSource::random())
{
}

Dialer::~Dialer() = default;

void Dialer::dial(const DialPolicy& policy, relay::ForwardDial order)
{
    const ProjectId& project = order.project;
    const RequestKey& request = order.request;
    DialSpec& spec = order.spec;
    const auto reject = [&](Error error) { hooks_.tell(Reject { request, std::move(error) }); };
    if (auto may = may_dial(policy, spec); !may) {
        log_.warning("dial refused", { { "project", project }, { "why", may.error().what } });
        return reject(may.error());
    }
    const auto same = [&](const auto& running) { return running.second.project == project; };
    if (static_cast<std::size_t>(std::ranges::count_if(dials_, same)) >= policy.max_dials)
        return reject({ ErrorKind::limit_reached, "too many dials of this project are under way" });
    const auto named = [&](const auto& running) {
        return running.second.project == project && running.second.dial.spec().tag == spec.tag;
    };
    if (std::ranges::any_of(dials_, named))
        return reject({ ErrorKind::conflict, "tag: a dial of this name is under way" });
    if (auto full = hooks_.full(project))
        return reject(std::move(*full));

    // A user with several telephones is several targets of the same group.
    std::vector<std::vector<sip::DialRoute>> routes;
    for (auto& group : spec.groups) {
        std::vector<DialTarget> targets;
        auto& ways_of_group = routes.emplace_back();
        for (DialTarget& target : group) {
            auto ways = hooks_.routes(target.to);
            ways.resize(std::clamp<std::size_t>(ways.size(), 1, max_ways)); // An empty one leads nowhere.
            for (sip::DialRoute& way : ways) {
                targets.push_back(target);
                ways_of_group.push_back(std::move(way));
            }
        }
        group = std::move(targets);
    }
    const DialNumber number = ++last_;
    log_.info("dialling", { { "project", project }, { "dial", number }, { "groups", spec.groups.size() } });
    dials_.emplace(number,
        Running { project, order.owner, Dial(std::move(spec)), std::make_unique<Timer>(loop_), {}, std::move(routes),
            {}, false });
    hooks_.tell(Accept { request, "Dialing" });
    handle(number, DialStarted {});
}

void Dialer::noticed(const CallFacts& call, const CallNotice& notice)
{
    const auto attempt = attempts_.find(call.id);
    const auto* state = std::get_if<CallStateChanged>(&notice);
    if (attempt == attempts_.end() || state == nullptr)
        return;
    const auto [dial, id] = attempt->second;
    if (state->state == CallState::answered)
        handle(dial, AttemptAnswered { id });
    if (state->state == CallState::ended) {
        attempts_.erase(call.id);
        handle(dial, AttemptEnded { id, state->reason.value_or(CallEndReason::error) });
    }
}

void Dialer::owner_gone(const std::string& owner, const std::function<bool(const CallId&)>& is_heard)
{
    std::vector<DialNumber> unheard;
    for (const auto& [number, running] : dials_) {
        const bool heard
            = std::ranges::any_of(running.calls, [&](const auto& call) { return is_heard(call.second.id); });
        if (running.owner == owner && !heard)
            unheard.push_back(number);
    }
    for (const DialNumber number : unheard) {
        log_.info("dial given up: its program is gone", { { "dial", number } });
        handle(number, DialCancelled {});
    }
}

void Dialer::cancel_all()
{
    std::vector<DialNumber> all;
    for (const auto& [number, running] : dials_)
        all.push_back(number);
    for (const DialNumber number : all)
        handle(number, DialCancelled { CallEndReason::error });
}

void Dialer::handle(DialNumber number, DialEvent event)
{
    const auto running = dials_.find(number);
    if (running == dials_.end())
        return;
    running->second.waiting.push_back(std::move(event));
    if (!running->second.working)
        work(number, running->second);
}

void Dialer::work(DialNumber number, Running& running)
{
    running.working = true;
    DialOutputs out;
    running.dial.handle_timeout(now(), out);
    while (true) {
        for (const DialOutput& output : std::exchange(out, {}))
            std::visit([&](const auto& o) { carry_out(number, running, o); }, output);
        if (running.waiting.empty())
            break;
        const DialEvent event = running.waiting.front();
        running.waiting.erase(running.waiting.begin());
        running.dial.handle(event, now(), out);
    }
    running.working = false;
    if (running.dial.over()) {
        for (const auto& [id, call] : running.calls)
            attempts_.erase(call.id);
        dials_.erase(number);
    } else if (const auto deadline = running.dial.deadline()) {
        running.timer->set(*deadline, [this, number] {
            if (const auto found = dials_.find(number); found != dials_.end())
                work(number, found->second);
        });
    } else {
        running.timer->cancel();
    }
}

void Dialer::carry_out(DialNumber number, Running& running, const BeginAttempt& begin)
{
    const DialTarget& target = running.dial.spec().groups[begin.group][begin.member];
    const sip::DialRoute& route = running.routes[begin.group][begin.member];
    const auto fail = [&](CallEndReason reason, std::string_view why) {
        log_.info("attempt not begun", { { "dial", number }, { "why", why } });
        running.waiting.emplace_back(AttemptEnded { begin.attempt, reason });
    };
    if (route.uri.empty())
        return fail(CallEndReason::not_found, "no way leads there");
    CallFacts facts;
    facts.id = CallId { ids_.uuid() };
    facts.leg = LegId { ids_.uuid() };
    facts.node = node_;
    facts.project = running.project;
    facts.direction = CallDirection::outbound;
    facts.device = target.device;
    facts.tag = running.dial.spec().tag;
    const auto begun = hooks_.begin(facts, running.owner, { target, route, running.dial.spec().max_duration });
    if (!begun)
        return fail(CallEndReason::error, begun.error().what);
    log_.info("call begun",
        { { "call", facts.id }, { "dial", number }, { "to", Pii<std::string>(target.to) }, { "trunk", route.trunk } });
    attempts_.emplace(facts.id, Attempt { number, begin.attempt });
    running.calls.emplace(begin.attempt, std::move(facts));
}

void Dialer::carry_out(DialNumber, Running& running, const DropAttempt& drop)
{
    if (const auto call = running.calls.find(drop.attempt); call != running.calls.end())
        hooks_.drop(call->second.id, drop.reason);
}

void Dialer::carry_out(DialNumber number, Running& running, const DialWon& won)
{
    const CallFacts& winner = running.calls.at(won.attempt);
    log_.info("dial answered", { { "dial", number }, { "call", winner.id } });
    hooks_.tell(relay::DialEnded { running.owner, running.project, node_, winner.tag, winner, {} });
}

void Dialer::carry_out(DialNumber number, Running& running, const DialLost& lost)
{
    log_.info("dial failed", { { "dial", number }, { "reason", to_string(lost.reason) } });
    hooks_.tell(
        relay::DialEnded { running.owner, running.project, node_, running.dial.spec().tag, std::nullopt, lost.reason });
}

} // namespace parley
