#include "relay/action_requests.h"

#include "relay/parameters.h"
#include "relay/play_parameters.h"

#include <array>

namespace parley::relay {

namespace {

using Params = Json::Object;

constexpr std::size_t max_digits_to_send = 100;

Result<CallCommand> read_play(const Params& params)
{
    auto control_id = control_id_of(params);
    if (!control_id)
        return std::move(control_id.error());
    auto spec = play_spec(params);
    if (!spec)
        return std::move(spec.error());
    auto begins = begins_of(params);
    if (!begins)
        return std::move(begins.error());
    return CallCommand { StartPlay { std::move(*control_id), std::move(*spec), *begins } };
}

// What names an action that runs.
template <typename Change> Result<CallCommand> read_change(const Params& params)
{
    if (auto named = required_string(params, "control_id"); !named)
        return std::move(named.error());
    auto control_id = control_id_of(params);
    if (!control_id)
        return std::move(control_id.error());
    Change change { std::move(*control_id) };
    if constexpr (std::is_same_v<Change, SetPlayVolume>) {
        auto volume = play_volume(params);
        if (!volume)
            return std::move(volume.error());
        change.gain_db = *volume;
    }
    return CallCommand { std::move(change) };
}

Result<CallCommand> read_digits(const Params& params)
{
    auto control_id = control_id_of(params);
    if (!control_id)
        return std::move(control_id.error());
    auto digits = required_string(params, "digits");
    if (!digits)
        return std::move(digits.error());
    if (digits->size() > max_digits_to_send || !is_digits_to_send(*digits))
        return Error { ErrorKind::invalid_request, "digits: must be 1 to 100 of 0-9, *, #, A-D, w and W" };
    auto begins = begins_of(params);
    if (!begins)
        return std::move(begins.error());
    return CallCommand { StartDigits { std::move(*control_id), std::move(*digits), *begins } };
}

constexpr std::array<std::pair<std::string_view, ReadAction>, 6> requests { {
    { "calling.play", read_play },
    { "calling.play.stop", read_change<StopPlay> },
    { "calling.play.pause", read_change<PausePlay> },
    { "calling.play.resume", read_change<ResumePlay> },
    { "calling.play.volume", read_change<SetPlayVolume> },
    { "calling.send_digits", read_digits },
} };

} // namespace

std::span<const std::pair<std::string_view, ReadAction>> action_requests()
{
    return requests;
}

} // namespace parley::relay
