#include "host/call_door.h"

#include "net/clock.h"

#include <utility>

namespace parley {

namespace {

constexpr Duration patience = 5s;          // For a call's answer.
constexpr std::size_t max_waiting = 1'000; // Commands that no call has answered; more: `limit_reached`.

} // namespace

struct HubCallDoor::State : std::enable_shared_from_this<State> {
    State(EventLoop& loop, RelayHost& h, Forward f)
        : host(&h)
        , forward(std::move(f))
        , timer(loop)
    {
    }

    void command(CallDoorRequest request, const Answer& answer)
    {
        if (host == nullptr)
            return answer(Error { ErrorKind::unavailable, "the server stops" });
        const auto project
            = host->projects().authenticate(request.ip, request.credentials, clock_pair_now().wall, now());
        if (!project)
            return answer(project.error());
        const CallId& call = request.command.call;
        const auto standing = host->standing(*project, name, call);
        const auto* known = host->known(call);
        if (!known || (standing != relay::CallStanding::ringing && standing != relay::CallStanding::live))
            return answer(Error { ErrorKind::not_found, "id: no such call" });
        if (const auto error = host->projects().meters().command(*project, now()))
            return answer(*error);
        if (waiting.size() >= max_waiting)
            return answer(Error { ErrorKind::limit_reached, "too many commands wait for their answer" });
        const RequestKey key { name, ++requests };
        waiting.emplace(key.number, Waiting { { known->facts, known->state, known->since, "", {} }, answer });
        deadlines.set(key.number, now() + patience);
        set_timer();
        forward(call, key, std::move(request.command.command));
    }

    void answered(const relay::RelayEvent& event)
    {
        if (const auto* accept = std::get_if<Accept>(&event)) {
            if (auto of = take(accept->request.number)) {
                of->call.message = accept->message;
                of->call.control_id = accept->control_id;
                of->answer(std::move(of->call));
            }
        } else if (const auto* reject = std::get_if<Reject>(&event)) {
            if (const auto of = take(reject->request.number))
                of->answer(reject->error);
        }
    }

    std::optional<Waiting> take(std::uint64_t number)
    {
        auto found = waiting.extract(number);
        if (!found)
            return std::nullopt; // It was given up.
        deadlines.set(number, std::nullopt);
        set_timer();
        return std::move(found.mapped());
    }

    void set_timer()
    {
        const auto first = deadlines.first();
        if (!first)
            return timer.cancel();
        timer.set(*first, [this] {
            while (const auto due = deadlines.take_due(now())) {
                const auto late = waiting.extract(*due);
                late.mapped().answer(Error { ErrorKind::timed_out, "the call did not answer in time" });
            }
            set_timer();
        });
    }

    const ConnectionId name { "rest" };
    RelayHost* host; // nullptr: the door is closed.
    Forward forward;
    Timer timer;
    std::map<std::uint64_t, Waiting> waiting;
    Deadlines<std::uint64_t> deadlines;
    std::uint64_t requests = 0;
};

HubCallDoor::HubCallDoor(EventLoop& signal, RelayHost& host, Forward forward)
    : loop_(signal)
    , state_(std::make_shared<State>(signal, host, std::move(forward)))
{
    host.open_door(state_->name, [state = std::weak_ptr(state_)](const relay::RelayEvent& event) {
        if (const auto open = state.lock())
            open->answered(event);
    });
}

HubCallDoor::~HubCallDoor()
{
    state_->host = nullptr;
    state_->timer.cancel();
    for (auto& [number, left] : std::exchange(state_->waiting, {}))
        left.answer(Error { ErrorKind::unavailable, "the server stops" });
}

void HubCallDoor::command(CallDoorRequest request, Answer answer)
{
    loop_.post([state = state_, request = std::move(request), answer = std::move(answer)]() mutable {
        state->command(std::move(request), answer);
    });
}

} // namespace parley
