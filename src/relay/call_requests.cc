#include "relay/call_requests.h"

#include "relay/action_requests.h"
#include "relay/dial_parameters.h"
#include "relay/parameters.h"
#include "swaig/ai_object.h"
#include "swaig/bedrock_object.h"

#include <algorithm>
#include <utility>

namespace parley::relay {

namespace {

using Params = Json::Object;
using Decoded = Result<CallRequest>;

Decoded command(const Params& params, CallCommand what, std::vector<std::string> warnings = {})
{
    auto call = required_string(params, "call_id");
    if (!call)
        return std::move(call.error());
    return CallRequest { CommandCall { CallId { std::move(*call) }, std::move(what), std::move(warnings) } };
}

constexpr double longest_call_seconds = 7 * 24 * 3600;

Decoded decode_answer(const Params& params)
{
    auto seconds = optional_number(params, "max_duration");
    if (!seconds)
        return std::move(seconds.error());
    AnswerCall answer;
    if (*seconds && (**seconds <= 0 || **seconds > longest_call_seconds))
        return Error { ErrorKind::invalid_request, "max_duration: must be between 1 s and 7 days" };
    if (*seconds)
        answer.max_duration = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(**seconds));
    return command(params, answer);
}

Decoded decode_end(const Params& params)
{
    auto reason = optional_string(params, "reason");
    if (!reason)
        return std::move(reason.error());
    if (reason->empty())
        return command(params, EndCall {});
    const auto known = call_end_reason_from(*reason);
    if (!known || *known == CallEndReason::max_duration || *known == CallEndReason::not_found)
        return Error { ErrorKind::invalid_request, "reason: must be hangup, cancel, busy, noAnswer, decline or error" };
    return command(params, EndCall { *known });
}

Decoded start_ai(const Params& params, Result<swaig::ParsedAi> ai)
{
    auto control_id = control_id_of(params);
    if (!control_id)
        return std::move(control_id.error());
    if (!ai)
        return std::move(ai.error());
    auto begins = begins_of(params);
    if (!begins)
        return std::move(begins.error());
    return command(params, StartAi { std::move(*control_id), std::move(ai->spec), *begins }, std::move(ai->warnings));
}

Decoded decode_ai(const Params& params)
{
    return start_ai(params, swaig::parse_ai_object(params));
}

Decoded decode_amazon_bedrock(const Params& params)
{
    return start_ai(params, swaig::parse_bedrock_object(params));
}

// An agent that is kept here, by its name.
DecodedCallRequest decode_named_ai(const Params& params, const swaig::AgentLibrary& agents)
{
    auto named = swaig::with_stored_agent(params, agents);
    if (!named)
        return std::move(named.error());
    auto decoded = decode_ai(named->params);
    if (!decoded)
        return std::move(decoded.error());
    auto& warnings = std::get<CommandCall>(*decoded).warnings;
    warnings.insert(warnings.begin(), named->warnings.begin(), named->warnings.end());
    return std::move(*decoded);
}

Decoded decode_ai_stop(const Params& params)
{
    auto control_id = control_id_of(params);
    if (!control_id)
        return std::move(control_id.error());
    return command(params, StopAi { std::move(*control_id) });
}

Result<std::optional<agent::Reset>> reset_of(const Params& params)
{
    const auto* given = params.find("reset");
    if (given == nullptr || given->is_null())
        return std::optional<agent::Reset>();
    if (!given->is_object())
        return Error { ErrorKind::invalid_request, "reset: must be an object" };
    const auto& reset = given->as_object();
    auto full = optional_bool(reset, "full_reset", false, "reset.");
    auto system_prompt = optional_string(reset, "system_prompt", "reset.");
    auto user_prompt = optional_string(reset, "user_prompt", "reset.");
    if (!full)
        return std::move(full.error());
    if (!system_prompt)
        return std::move(system_prompt.error());
    if (!user_prompt)
        return std::move(user_prompt.error());
    return std::optional(agent::Reset { *full, std::move(*system_prompt), std::move(*user_prompt) });
}

Decoded decode_ai_message(const Params& params)
{
    InjectMessage message;
    auto text = optional_string(params, "message_text");
    if (!text)
        return std::move(text.error());
    message.text = std::move(*text);
    auto role = optional_string(params, "role");
    if (!role)
        return std::move(role.error());
    if (!role->empty()) {
        message.role = role_from(*role);
        if (message.role != Role::system && message.role != Role::user && message.role != Role::assistant)
            return Error { ErrorKind::invalid_request, "role: must be system, user or assistant" };
    }
    if (const auto* global_data = params.find("global_data"); global_data != nullptr && !global_data->is_null()) {
        if (!global_data->is_object())
            return Error { ErrorKind::invalid_request, "global_data: must be an object" };
        message.global_data = global_data->as_object();
    }
    auto reset = reset_of(params);
    if (!reset)
        return std::move(reset.error());
    message.reset = std::move(*reset);
    return command(params, std::move(message));
}

// The wire's own defaults.
constexpr std::string_view hold_prompt = "Tell the user you are putting them on hold.";
constexpr std::string_view unhold_prompt = "The user has been taken off hold.";

Decoded decode_ai_hold(const Params& params)
{
    HoldSession hold;
    auto timeout = optional_number(params, "timeout"); // Programs send it as a string.
    if (!timeout)
        return std::move(timeout.error());
    if (*timeout && **timeout >= 0 && **timeout <= 900) // Else the default, as the platform does it.
        hold.timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(**timeout));
    auto prompt = optional_string(params, "prompt");
    if (!prompt)
        return std::move(prompt.error());
    hold.prompt = prompt->empty() ? std::string(hold_prompt) : std::move(*prompt);
    return command(params, std::move(hold));
}

Decoded decode_ai_unhold(const Params& params)
{
    auto prompt = optional_string(params, "prompt");
    if (!prompt)
        return std::move(prompt.error());
    return command(params, UnholdSession { prompt->empty() ? std::string(unhold_prompt) : std::move(*prompt) });
}

Decoded decode_dial(const Params& params)
{
    auto spec = dial_spec(params);
    if (!spec)
        return std::move(spec.error());
    return CallRequest { DialCall { std::move(*spec) } };
}

Decoded decode_disconnect(const Params& params)
{
    return command(params, DisconnectPeer {});
}

Decoded decode_pass(const Params& params)
{
    auto call = required_string(params, "call_id");
    if (!call)
        return std::move(call.error());
    return CallRequest { PassCall { CallId { std::move(*call) } } };
}

// ---- The table ----------------------------------------------------------------------------------------------------

using Decoder = Decoded (*)(const Params&);

constexpr std::pair<std::string_view, Decoder> requests[] = {
    { "calling.answer", decode_answer },
    { "calling.end", decode_end },
    { "calling.pass", decode_pass },
    { "calling.disconnect", decode_disconnect },
    { "calling.ai", decode_ai },
    { "calling.amazon_bedrock", decode_amazon_bedrock },
    { "calling.ai.stop", decode_ai_stop },
    { "calling.ai_message", decode_ai_message },
    { "calling.ai_hold", decode_ai_hold },
    { "calling.ai_unhold", decode_ai_unhold },
    { "calling.dial", decode_dial },
};

// Documented, and not there yet.
constexpr std::string_view to_come[] = {
    "calling.begin",
    "calling.record",
    "calling.record.stop",
    "calling.record.pause",
    "calling.record.resume",
    "calling.play_and_collect",
    "calling.play_and_collect.stop",
    "calling.play_and_collect.volume",
    "calling.play_and_collect.pause",
    "calling.play_and_collect.resume",
    "calling.play_and_collect.start_input_timers",
    "calling.collect",
    "calling.collect.stop",
    "calling.collect.start_input_timers",
    "calling.detect",
    "calling.detect.stop",
    "calling.connect",
    "calling.tap",
    "calling.tap.stop",
    "calling.stream",
    "calling.stream.stop",
    "calling.transcribe",
    "calling.transcribe.stop",
    "calling.send_fax",
    "calling.send_fax.stop",
    "calling.receive_fax",
    "calling.receive_fax.stop",
    "calling.pay",
    "calling.pay.stop",
    "calling.ai_sidecar",
    "calling.ai_sidecar.poke",
    "calling.ai_sidecar.ask",
    "calling.ai_sidecar.stop",
    "calling.ai_sidecar.status",
    "calling.refer",
    "calling.transfer",
    "calling.hold",
    "calling.unhold",
    "calling.denoise",
    "calling.denoise.stop",
    "calling.echo",
    "calling.bind_digit",
    "calling.clear_digit_bindings",
    "calling.live_transcribe",
    "calling.live_translate",
    "calling.join_conference",
    "calling.leave_conference",
    "calling.join_room",
    "calling.leave_room",
    "calling.user_event",
    "calling.queue.enter",
    "calling.queue.leave",
};

} // namespace

DecodedCallRequest decode_call_request(
    std::string_view method, const Json::Object& params, const swaig::AgentLibrary& agents)
{
    if (method == "calling.ai" && params.find("agent") != nullptr)
        return decode_named_ai(params, agents);
    const auto known = std::ranges::find(requests, method, &std::pair<std::string_view, Decoder>::first);
    if (known != std::end(requests)) {
        auto decoded = known->second(params);
        if (!decoded)
            return std::move(decoded.error());
        return std::move(*decoded);
    }
    const auto actions = action_requests();
    const auto action = std::ranges::find(actions, method, &std::pair<std::string_view, ReadAction>::first);
    if (action != actions.end()) {
        auto what = action->second(params);
        if (!what)
            return std::move(what.error());
        auto decoded = command(params, std::move(*what));
        if (!decoded)
            return std::move(decoded.error());
        return std::move(*decoded);
    }
    if (std::ranges::find(to_come, method) != std::end(to_come))
        return Error { ErrorKind::unsupported, std::string(method) + " is not available yet" };
    return UnknownMethod {};
}

} // namespace parley::relay
