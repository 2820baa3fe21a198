#include "host/call_door.h"

#include "net/clock.h"

#include <utility>

namespace parley {

namespace {

constexpr Duration patience = 5s;          // For a call's answer.
constexpr Duration command_within = 30s;   // For a call that was dialled here and answered; then it is ended.
constexpr std::size_t max_waiting = 1'000; // Commands that no call has answered; more: `limit_reached`.

} // namespace

struct HubCallDoor::State : std::enable_shared_from_this<State> {
    State(EventLoop& loop, RelayHost& h, Hooks k)
        : host(&h)
        , hooks(std::move(k))
        , timer(loop)
        , patience_timer(loop)
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
        if (auto* dial = std::get_if<relay::DialCall>(&request.command))
            begin(*project, std::move(dial->spec), answer);
        else
            forward(*project, std::get<relay::CommandCall>(std::move(request.command)), answer);
    }

    // What keeps the project from asking anything now.
    std::optional<Error> full(const ProjectId& project)
    {
        if (auto error = host->projects().meters().command(project, now()))
            return error;
        if (waiting.size() >= max_waiting)
            return Error { ErrorKind::limit_reached, "too many commands wait for their answer" };
        return std::nullopt;
    }

    void forward(const ProjectId& project, relay::CommandCall command, const Answer& answer)
    {
        const auto standing = host->standing(project, name, command.call);
        const auto* known = host->known(command.call);
        if (!known || (standing != relay::CallStanding::ringing && standing != relay::CallStanding::live))
            return answer(Error { ErrorKind::not_found, "id: no such call" });
        if (const auto error = full(project))
            return answer(*error);
        dialled.erase(command.call); // Somebody looks after it.
        const RequestKey key { name, ++requests };
        waiting.emplace(key.number, Waiting { { known->facts, known->state, known->since, "", {} }, answer });
        deadlines.set(key.number, now() + patience);
        set_timer();
        hooks.forward(command.call, key, std::move(command.command));
    }

    void begin(const ProjectId& project, DialSpec spec, const Answer& answer)
    {
        if (const auto error = full(project))
            return answer(*error);
        const RequestKey key { name, ++requests };
        waiting.emplace(key.number, Waiting { {}, answer, spec.tag });
        hooks.dial(relay::ForwardDial { key, name.value, project, std::move(spec) });
        auto of = waiting.extract(key.number);
        if (!of)
            return; // It was refused.
        CommandedCall& call = of.mapped().call;
        if (call.begun.empty())
            return answer(Error { ErrorKind::invalid_request, "devices: nothing leads to any of them" });
        answer(std::move(call));
    }

    void told(const relay::RelayEvent& event)
    {
        if (const auto* accept = std::get_if<Accept>(&event))
            accepted(*accept);
        else if (const auto* reject = std::get_if<Reject>(&event)) {
            if (const auto of = take(reject->request.number))
                of->answer(reject->error);
        } else if (const auto* begun = std::get_if<relay::CallNoticed>(&event))
            call_begun(begun->call);
        else if (const auto* ended = std::get_if<relay::DialEnded>(&event))
            dial_ended(*ended);
    }

    void accepted(const Accept& accept)
    {
        const auto found = waiting.find(accept.request.number);
        if (found == waiting.end())
            return; // It was given up.
        found->second.call.message = accept.message;
        found->second.call.control_id = accept.control_id;
        if (!found->second.tag.empty())
            return; // Its calls follow.
        auto of = take(accept.request.number);
        of->answer(std::move(of->call));
    }

    void call_begun(const CallFacts& call)
    {
        dialled.emplace(call.id, Dialled { call.project, call.tag });
        for (auto& [number, asked] : waiting) {
            if (asked.tag != call.tag)
                continue;
            if (asked.call.begun.empty()) {
                asked.call.facts = call;
                asked.call.state = CallState::created;
                asked.call.since = clock_pair_now().wall;
            }
            asked.call.begun.push_back(call.id);
        }
    }

    // Nobody is connected who would hear that it was answered.
    void dial_ended(const relay::DialEnded& ended)
    {
        std::erase_if(dialled, [&](const auto& entry) {
            const bool won = ended.winner && ended.winner->id == entry.first;
            return !won && entry.second.project == ended.project && entry.second.tag == ended.tag;
        });
        if (!ended.winner || !dialled.contains(ended.winner->id))
            return;
        unattended.set(ended.winner->id, now() + command_within);
        set_patience_timer();
    }

    void set_patience_timer()
    {
        const auto first = unattended.first();
        if (!first)
            return patience_timer.cancel();
        patience_timer.set(*first, [this] {
            while (const auto call = unattended.take_due(now())) {
                const bool is_commanded = dialled.erase(*call) == 0;
                if (!is_commanded && host->known(*call) && !host->is_heard(*call))
                    hooks.abandoned(*call);
            }
            set_patience_timer();
        });
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
    Hooks hooks;
    Timer timer;
    std::map<std::uint64_t, Waiting> waiting;
    Deadlines<std::uint64_t> deadlines;
    std::uint64_t requests = 0;

    struct Dialled {
        ProjectId project;
        std::string tag;
    };
    std::map<CallId, Dialled> dialled; // Calls of dials from here that nobody has commanded from here.
    Deadlines<CallId> unattended;      // Of these, the answered ones.
    Timer patience_timer;
};

HubCallDoor::HubCallDoor(EventLoop& signal, RelayHost& host, Hooks hooks)
    : loop_(signal)
    , agents_(host.agents())
    , state_(std::make_shared<State>(signal, host, std::move(hooks)))
{
    host.open_door(state_->name, [state = std::weak_ptr(state_)](const relay::RelayEvent& event) {
        if (const auto open = state.lock())
            open->told(event);
    });
}

HubCallDoor::~HubCallDoor()
{
    state_->host = nullptr;
    state_->timer.cancel();
    state_->patience_timer.cancel();
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
