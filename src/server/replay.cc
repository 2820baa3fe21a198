#include "server/replay.h"

#include "host/flight_codec.h"
#include "host/flight_recorder.h"

#include <deque>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

namespace parley {

namespace {

constexpr std::size_t max_line_bytes = 4 * 1024 * 1024;

// A command as the machine asked for it, now or then.
struct Asked {
    std::string name;
    std::string digest;
    Json value;
};

std::string name_in(const Json& variant)
{
    return variant.is_object() && !variant.as_object().empty() ? variant.as_object().begin()->first : "?";
}

template <typename Command> void take(std::vector<Command>& from, std::deque<Asked>& into)
{
    for (const Command& command : from) {
        Json value = flight::encode(command);
        std::string digest = FlightRecorder::digest(value);
        into.push_back({ name_in(value), std::move(digest), std::move(value) });
    }
    from.clear();
}

// One machine of the call, made again.
class Player {
public:
    virtual ~Player() = default;
    virtual Result<void> handle(const Json& event, Instant at) = 0;
    virtual void handle_timeout(Instant at) = 0;

    std::deque<Asked> asked; // What it asked for and was not compared yet.
};

class CallPlayer final : public Player {
public:
    explicit CallPlayer(flight::CallMade made)
        : call_(std::move(made.facts), made.policy, IdSource(made.seed), Log::none())
    {
    }
    Result<void> handle(const Json& json, Instant at) override
    {
        const auto event = flight::decode_call_event(json);
        if (!event)
            return event.error();
        call_.handle(*event, at, out_);
        take(out_, asked);
        return {};
    }
    void handle_timeout(Instant at) override
    {
        call_.handle_timeout(at, out_);
        take(out_, asked);
    }

private:
    Call call_;
    CallOutputs out_;
};

class SessionPlayer final : public Player {
public:
    explicit SessionPlayer(flight::SessionMade made)
        : session_(std::move(made.spec), std::move(made.identity), Log::none())
    {
    }
    Result<void> handle(const Json& json, Instant at) override
    {
        const auto event = flight::decode_session_event(json);
        if (!event)
            return event.error();
        session_.handle(*event, at, out_);
        take(out_, asked);
        return {};
    }
    void handle_timeout(Instant at) override
    {
        session_.handle_timeout(at, out_);
        take(out_, asked);
    }

private:
    AiSession session_;
    agent::Commands out_;
};

class Replay {
public:
    Replay(ReplayDetail detail, std::ostream& out)
        : detail_(detail)
        , out_(out)
    {
    }

    // An error names what is wrong with the line.
    Result<void> take_line(const Json& line);
    int end();

private:
    Result<void> make(const std::string& machine, const Json& value);
    Result<void> play(Player&, const std::string& machine, const std::string& what, const Json& value);
    void compare(Player&, const std::string& machine, const Json& line);
    void tell_unasked(Player&, const std::string& machine); // Commands that were not asked for then.
    void tell(const std::string& machine, std::string_view what, const std::string& name, std::string_view verdict,
        const Json& value);
    std::unique_ptr<Player>& player(const std::string& machine) { return machine == "call" ? call_ : session_; }

    ReplayDetail detail_;
    std::ostream& out_;
    std::unique_ptr<Player> call_;
    std::unique_ptr<Player> session_;
    std::optional<Instant> start_;
    Instant at_ {};
    int compared_ = 0;
    int different_ = 0;
};

void Replay::tell(const std::string& machine, std::string_view what, const std::string& name, std::string_view verdict,
    const Json& value)
{
    const double seconds = static_cast<double>((at_ - start_.value_or(at_)).count()) / 1e6;
    out_ << std::fixed << std::setprecision(3) << std::setw(9) << seconds << "  " << std::left << std::setw(8)
         << machine << std::setw(9) << what << name << std::right;
    if (!verdict.empty())
        out_ << "  " << verdict;
    if (detail_ == ReplayDetail::content && !value.is_null())
        out_ << "  " << value.dump();
    out_ << '\n';
}

Result<void> Replay::make(const std::string& machine, const Json& value)
{
    if (machine == "call") {
        auto made = flight::decode_call(value);
        if (!made)
            return made.error();
        call_ = std::make_unique<CallPlayer>(std::move(*made));
        return {};
    }
    auto made = flight::decode_session(value);
    if (!made)
        return made.error();
    session_ = std::make_unique<SessionPlayer>(std::move(*made));
    return {};
}

void Replay::tell_unasked(Player& player, const std::string& machine)
{
    for (const Asked& asked : std::exchange(player.asked, {})) {
        ++different_;
        tell(machine, "command", asked.name, "NEW: not asked for then", asked.value);
    }
}

Result<void> Replay::play(Player& player, const std::string& machine, const std::string& what, const Json& value)
{
    tell_unasked(player, machine);
    if (what == "timeout") {
        tell(machine, "timeout", "", "", nullptr);
        player.handle_timeout(at_);
        return {};
    }
    tell(machine, "event", name_in(value), "", value);
    return player.handle(value, at_);
}

void Replay::compare(Player& player, const std::string& machine, const Json& line)
{
    const Json* value = line.find("value");
    const std::string name = value ? name_in(*value) : "?";
    const std::string digest = line.string_or("digest");
    ++compared_;
    if (player.asked.empty()) {
        ++different_;
        return tell(machine, "command", name, "MISSING: asked for then", value ? *value : Json());
    }
    const Asked asked = std::move(player.asked.front());
    player.asked.pop_front();
    if (asked.digest == digest)
        return tell(machine, "command", name, "same", asked.value);
    ++different_;
    tell(machine, "command", asked.name, "DIFFERENT: then " + name, asked.value);
}

Result<void> Replay::take_line(const Json& line)
{
    const std::string what = line.string_or("what");
    const std::string machine = line.string_or("machine");
    if (what == "flight") {
        out_ << "call " << line.string_or("call") << ", " << line.string_or("reason") << '\n';
        return {};
    }
    if (what == "cut") {
        out_ << "the recording was cut here: the call was too long\n";
        return {};
    }
    const Json* at = line.find("at");
    if (!at || !at->is_integer() || (machine != "call" && machine != "session"))
        return Error { ErrorKind::invalid_request, "no line of a flight record" };
    at_ = Instant(Duration(at->as_integer()));
    if (!start_)
        start_ = at_;
    const Json none;
    const Json* value = line.find("value");
    if (what == "made")
        return make(machine, value ? *value : none);
    Player* const known = player(machine).get();
    if (!known)
        return Error { ErrorKind::invalid_request, machine + ": the machine was not made yet" };
    if (what == "command") {
        compare(*known, machine, line);
        return {};
    }
    if (what != "event" && what != "timeout")
        return Error { ErrorKind::invalid_request, "what: \"" + what + "\" is unknown" };
    return play(*known, machine, what, value ? *value : none);
}

int Replay::end()
{
    if (call_)
        tell_unasked(*call_, "call");
    if (session_)
        tell_unasked(*session_, "session");
    out_ << compared_ << " commands, " << different_ << " differ\n";
    if (!start_) {
        out_ << "nothing was recorded\n";
        return replay_unreadable;
    }
    return different_ == 0 ? replay_same : replay_differs;
}

} // namespace

int replay(std::istream& recorded, ReplayDetail detail, std::ostream& out)
{
    Replay replayed(detail, out);
    std::string text;
    for (int number = 1; std::getline(recorded, text); ++number) {
        const auto line = text.size() > max_line_bytes
            ? Result<Json>(Error { ErrorKind::limit_reached, "longer than 4 MiB" })
            : Json::parse(text);
        try {
            const auto taken = line ? replayed.take_line(*line) : Result<void>(line.error());
            if (!taken) {
                out << "line " << number << ": " << taken.error().what << '\n';
                return replay_unreadable;
            }
        } catch (const BrokenInvariant& broken) { // What it was recorded for, perhaps.
            out << "line " << number << ": broke an invariant: " << broken.what << '\n';
            return replay_differs;
        }
    }
    return replayed.end();
}

int run_replay(const ReplayArguments& arguments)
{
    std::ifstream file(arguments.file);
    if (!file) {
        std::cerr << arguments.file << " cannot be read" << std::endl;
        return replay_unreadable;
    }
    return replay(file, arguments.content ? ReplayDetail::content : ReplayDetail::names, std::cout);
}

} // namespace parley
