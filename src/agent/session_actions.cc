// What functions ask for beside their answer: actions, in order.
#include "agent/action_values.h"
#include "agent/ai_session_machine.h"
#include "base/coerce.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::size_t max_dynamic_hints = 1'000;

std::string wrong(std::string_view what)
{
    return std::string(what);
}

const std::string fine;

// "max-tokens" is "max_tokens".
std::string snake_case(std::string name)
{
    std::ranges::replace(name, '-', '_');
    return name;
}

struct NumberSetting {
    std::string_view name;
    double least, most;
    void (*set)(AiSpec&, double);
};

Duration milliseconds(double value)
{
    return std::chrono::milliseconds(static_cast<std::int64_t>(value));
}

constexpr std::array<NumberSetting, 12> number_settings { {
    { "temperature", 0, 2, [](AiSpec& s, double v) { s.prompt.options.temperature = v; } },
    { "top_p", 0, 1, [](AiSpec& s, double v) { s.prompt.options.top_p = v; } },
    { "presence_penalty", -2, 2, [](AiSpec& s, double v) { s.prompt.options.presence_penalty = v; } },
    { "frequency_penalty", -2, 2, [](AiSpec& s, double v) { s.prompt.options.frequency_penalty = v; } },
    { "max_tokens", 1, 16'384, [](AiSpec& s, double v) { s.prompt.options.max_tokens = static_cast<int>(v); } },
    { "confidence", 0, 1, [](AiSpec& s, double v) { s.prompt.confidence = v; } },
    { "barge_confidence", 0, 1, [](AiSpec& s, double v) { s.prompt.barge_confidence = s.turn.barge_confidence = v; } },
    { "barge_min_words", 1, 99, [](AiSpec& s, double v) { s.turn.barge_min_words = static_cast<int>(v); } },
    { "end_of_speech_timeout", 250, 10'000, [](AiSpec& s, double v) { s.turn.end_of_speech = milliseconds(v); } },
    { "speech_event_timeout", 0, 10'000, [](AiSpec& s, double v) { s.turn.speech_event = milliseconds(v); } },
    { "first_word_timeout", 0, 10'000, [](AiSpec& s, double v) { s.turn.first_word = milliseconds(v); } },
    { "attention_timeout", 0, 600'000, [](AiSpec& s, double v) { s.turn.attention = milliseconds(v); } },
} };

} // namespace

// ---- The list ------------------------------------------------------------------------------------------------------

struct AiSession::Machine::Deed {
    std::string_view name;
    // What is wrong with the value; empty: nothing.
    std::string (Machine::*act)(const Json&, const ActionOrigin&, Instant, Commands&);
    bool after_end = false; // Also what a hook asks for when the conversation is over.
};

const AiSession::Machine::Deed* AiSession::Machine::deed_named(std::string_view name)
{
    static constexpr std::array<Deed, 29> deeds { {
        { "set_global_data", &Machine::act_set_global_data, true },
        { "unset_global_data", &Machine::act_unset_global_data, true },
        { "set_meta_data", &Machine::act_set_meta_data, true },
        { "unset_meta_data", &Machine::act_unset_meta_data, true },
        { "user_event", &Machine::act_user_event, true },
        { "say", &Machine::act_say },
        { "stop", &Machine::act_stop },
        { "hangup", &Machine::act_hangup },
        { "hold", &Machine::act_hold },
        { "toggle_functions", &Machine::act_toggle_functions },
        { "playback_bg", &Machine::act_playback },
        { "stop_playback_bg", &Machine::act_stop_playback },
        { "user_input", &Machine::act_user_input },
        { "add_dynamic_hints", &Machine::act_add_hints },
        { "clear_dynamic_hints", &Machine::act_clear_hints },
        { "end_of_speech_timeout", &Machine::act_end_of_speech },
        { "speech_event_timeout", &Machine::act_speech_event },
        { "wait_for_user", &Machine::act_wait_for_user },
        { "back_to_back_functions", &Machine::act_back_to_back },
        { "functions_on_speaker_timeout", &Machine::act_functions_on_silence },
        { "extensive_data", &Machine::act_extensive_data },
        { "replace_in_history", &Machine::act_replace_in_history },
        { "settings", &Machine::act_settings },
        { "change_voice", &Machine::act_change_voice },
        { "SWML", &Machine::act_not_available },
        { "transfer", &Machine::act_not_available },
        { "change_step", &Machine::act_move },
        { "change_context", &Machine::act_move },
        { "context_switch", &Machine::act_move },
    } };
    const auto deed = std::ranges::find(deeds, name, &Deed::name);
    return deed == deeds.end() ? nullptr : &*deed;
}

void AiSession::Machine::act(const OrderedAction& ordered, Instant now, Commands& out)
{
    const auto& [action, origin] = ordered;
    const Deed* deed = deed_named(action.name);
    if (deed == nullptr) {
        log_.warning("unknown action ignored", { { "action", action.name }, { "function", origin.function } });
        return;
    }
    if (phase_ != Phase::talking && !deed->after_end)
        return;
    if (phase_ == Phase::talking && act_on_steps(action, now, out))
        return;
    log_.debug("action", { { "action", action.name }, { "function", origin.function } });
    if (const std::string what = (this->*deed->act)(action.value, origin, now, out); !what.empty())
        log_.warning("action ignored",
            { { "action", action.name }, { "function", origin.function }, { "what", action.name + what } });
}

void AiSession::Machine::act_all(
    const std::vector<ToolAction>& actions, const ActionOrigin& origin, Instant now, Commands& out)
{
    acting_on_ = origin.posted;
    for (const auto& action : actions)
        act({ action, origin }, now, out);
    acting_on_.reset();
}

// ---- Data ----------------------------------------------------------------------------------------------------------

std::string AiSession::Machine::act_set_global_data(const Json& value, const ActionOrigin&, Instant, Commands& out)
{
    if (!value.is_object())
        return wrong(": must be an object");
    if (spec_.tool_settings.allow_global_data)
        merge_global_data(value.as_object(), out);
    else
        log_.info("global data not changed", { { "why", "swaig_set_global_data is false" } });
    return fine;
}

std::string AiSession::Machine::act_unset_global_data(const Json& value, const ActionOrigin&, Instant, Commands& out)
{
    const auto names = names_order(value);
    if (!names && !value.is_object())
        return wrong(": must be a key, a list of keys or an object");
    if (!spec_.tool_settings.allow_global_data) {
        log_.info("global data not changed", { { "why", "swaig_set_global_data is false" } });
        return fine;
    }
    Json::Array removed;
    if (names) {
        for (const auto& name : *names) {
            global_data_.erase(name);
            removed.emplace_back(name);
        }
    } else { // All of it, for what is given instead.
        for (const auto& [key, old] : global_data_)
            removed.emplace_back(key);
        global_data_ = {};
    }
    notify({ { "type", "global_data" }, { "removed", std::move(removed) } }, out);
    if (value.is_object() && !value.as_object().empty())
        merge_global_data(value.as_object(), out);
    return fine;
}

std::string AiSession::Machine::act_set_meta_data(const Json& value, const ActionOrigin& origin, Instant, Commands&)
{
    if (!value.is_object())
        return wrong(": must be an object");
    return meta_.merge(origin.token, value.as_object()) ? fine : wrong(": is too much");
}

std::string AiSession::Machine::act_unset_meta_data(const Json& value, const ActionOrigin& origin, Instant, Commands&)
{
    if (value.is_object())
        return meta_.replace(origin.token, value.as_object()) ? fine : wrong(": is too much");
    const auto names = names_order(value);
    if (!names)
        return wrong(": must be a key, a list of keys or an object");
    meta_.remove(origin.token, *names);
    return fine;
}

std::string AiSession::Machine::act_user_event(const Json& value, const ActionOrigin&, Instant, Commands& out)
{
    if (!value.is_object())
        return wrong(": must be an object");
    out.emplace_back(EmitUserEvent { value.as_object() });
    return fine;
}

// ---- What is heard -------------------------------------------------------------------------------------------------

std::string AiSession::Machine::act_say(const Json& value, const ActionOrigin&, Instant now, Commands& out)
{
    const auto text = to_text(value);
    if (!text)
        return wrong(": must be a string");
    if (reply_alive_)
        say(Segment::Kind::manual, *text, now, out);
    else
        log_.info("tool's words not spoken", { { "why", "the user took the floor meanwhile" } });
    return fine;
}

std::string AiSession::Machine::act_stop(const Json& value, const ActionOrigin&, Instant now, Commands& out)
{
    const auto wanted = to_bool(value);
    if (!wanted)
        return wrong(": must be a boolean");
    if (*wanted)
        end({ FinishReason::stopped, EndedBy::assistant, "" }, now, out);
    return fine;
}

std::string AiSession::Machine::act_hangup(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    const auto wanted = to_bool(value);
    if (!wanted)
        return wrong(": must be a boolean");
    if (*wanted)
        end_after_reply_ = { FinishReason::hang_up, EndedBy::assistant, "" }; // The goodbye is spoken first.
    return fine;
}

std::string AiSession::Machine::act_hold(const Json& value, const ActionOrigin&, Instant now, Commands& out)
{
    auto order = hold_order(value);
    if (!order)
        return wrong(value.is_object() ? ".timeout: must be a time" : ": must be a time or an object");
    begin_hold(
        order->timeout, "",
        [this, order = *order](bool timed_out, Instant then, Commands& commands) {
            if (const auto& step = timed_out ? order.timeout_step : order.step; !step.empty())
                go_to_step(step, StepMachine::Trigger::hold, then, commands);
        },
        now, out);
    return fine;
}

std::string AiSession::Machine::act_playback(const Json& value, const ActionOrigin&, Instant now, Commands& out)
{
    const std::string file = value.is_string() ? value.as_string() : value.string_or("file");
    if (file.empty())
        return wrong(value.is_object() ? ".file: must be a string" : ": must be a string or an object");
    const auto* wait = value.find("wait");
    play_sound({ SoundPlace::background, file, 1, 0 }, out);
    if (wait != nullptr && to_bool(*wait).value_or(false)) {
        silent_for_sound_ = true;
        start(Timer::silence_limit, now + longest_silence);
    }
    return fine;
}

std::string AiSession::Machine::act_stop_playback(const Json&, const ActionOrigin&, Instant now, Commands& out)
{
    stop_sound(SoundPlace::background, out);
    background_over(now, out);
    return fine;
}

void AiSession::Machine::background_over(Instant now, Commands& out)
{
    stop(Timer::silence_limit);
    if (std::exchange(silent_for_sound_, false))
        try_ask(now, out);
}

std::string AiSession::Machine::act_change_voice(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    auto order = voice_order(value);
    if (!order)
        return wrong(value.is_object() ? ".voice: must be a string" : ": must be a string or an object");
    if (spec_.languages.empty())
        return fine;
    auto& spoken = spec_.languages[language_];
    if (!order->engine.empty())
        spoken.engine = std::move(order->engine);
    spoken.voice = std::move(order->voice);
    spoken.model = std::move(order->model);
    return fine;
}

// ---- The conversation ----------------------------------------------------------------------------------------------

std::string AiSession::Machine::act_move(const Json&, const ActionOrigin&, Instant, Commands&)
{
    return wrong(": must be the name of one");
}

std::string AiSession::Machine::act_user_input(const Json& value, const ActionOrigin&, Instant now, Commands& out)
{
    const auto text = to_text(value);
    if (!text || text->empty())
        return wrong(": must be a string");
    inject(Role::user, *text, "Injected", now, out);
    return fine;
}

std::string AiSession::Machine::act_wait_for_user(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    const bool first = value.is_string() && value.as_string() == "answer_first";
    const auto wanted = first ? std::optional(true) : to_bool(value);
    if (!wanted)
        return wrong(": must be a boolean, a number or \"answer_first\"");
    quiet_until_user_ = *wanted;
    return fine;
}

std::string AiSession::Machine::act_extensive_data(const Json& value, const ActionOrigin& origin, Instant, Commands&)
{
    const auto wanted = to_bool(value);
    if (!wanted)
        return wrong(": must be a boolean");
    if (*wanted && origin.result != History::EntryId::none)
        extensive_.push_back(origin.result);
    return fine;
}

std::string AiSession::Machine::act_replace_in_history(
    const Json& value, const ActionOrigin& origin, Instant, Commands&)
{
    const bool drop = !value.is_string() && to_bool(value).value_or(false);
    if (!value.is_string() && !to_bool(value))
        return wrong(": must be a string or a boolean");
    if ((drop || value.is_string()) && origin.request != History::EntryId::none)
        replacements_.push_back({ origin.request, origin.call_id, drop ? "" : value.as_string() });
    return fine;
}

// ---- Settings ------------------------------------------------------------------------------------------------------

std::string AiSession::Machine::act_toggle_functions(const Json& value, const ActionOrigin& origin, Instant, Commands&)
{
    if (!value.is_array() && !value.is_object())
        return wrong(": must be a list of objects");
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (const auto& entry : list) {
        const auto* function = entry.find("function");
        const auto names = function == nullptr ? std::nullopt : names_order(*function);
        if (!names)
            return wrong(".function: must be a name or a list of names");
        const auto* active = entry.find("active");
        const auto uses = active == nullptr ? std::nullopt : uses_order(*active);
        if (!uses)
            return wrong(".active: must be a boolean or a number");
        for (const auto& name : *names)
            toggle(name, *uses, origin);
    }
    return fine;
}

// A function of another author is out of reach; tokens that were only derived say nothing of authors.
void AiSession::Machine::toggle(const std::string& name, std::optional<int> uses, const ActionOrigin& origin)
{
    const auto tool = std::ranges::find(spec_.tools, name, &ToolSpec::name);
    if (tool == spec_.tools.end()) {
        log_.warning("function not toggled", { { "function", name }, { "why", "there is none of that name" } });
    } else if (tool->author_token && origin.author_token && tool->meta_data_token != origin.token) {
        log_.warning("function not toggled", { { "function", name }, { "why", "its meta_data_token is another one" } });
    } else {
        tool->uses_left = uses;
    }
}

std::string AiSession::Machine::act_add_hints(const Json& value, const ActionOrigin&, Instant, Commands& out)
{
    if (!value.is_array() && !value.is_string() && !value.is_object())
        return wrong(": must be a list of hints");
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (const auto& entry : list) {
        const auto hint = entry.is_string() ? entry.as_string() : entry.string_or("hint");
        if (!hint.empty() && dynamic_hints_.size() < max_dynamic_hints)
            dynamic_hints_.push_back(hint);
        const auto pattern = entry.string_or("pattern");
        if (pattern.empty())
            continue;
        const auto* ignore_case = entry.find("ignore_case");
        spec_.hearing_hints.push_back(
            { pattern, entry.string_or("replace"), ignore_case != nullptr && to_bool(*ignore_case).value_or(false) });
    }
    tell_hints(out);
    return fine;
}

std::string AiSession::Machine::act_clear_hints(const Json&, const ActionOrigin&, Instant, Commands& out)
{
    dynamic_hints_.clear();
    hearing_.forget_added();
    tell_hints(out);
    return fine;
}

void AiSession::Machine::tell_hints(Commands& out)
{
    auto hints = spec_.hints;
    hints.insert(hints.end(), dynamic_hints_.begin(), dynamic_hints_.end());
    out.emplace_back(SetHints { std::move(hints) });
}

std::string AiSession::Machine::act_end_of_speech(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    const auto time = time_order(value);
    if (!time)
        return wrong(": must be milliseconds above 0");
    spec_.turn.end_of_speech = *time;
    weigh_policy();
    return fine;
}

std::string AiSession::Machine::act_speech_event(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    const auto time = time_order(value);
    if (!time)
        return wrong(": must be milliseconds above 0");
    spec_.turn.speech_event = *time;
    weigh_policy();
    return fine;
}

std::string AiSession::Machine::act_back_to_back(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    if (value.is_string() && value.as_string() == "forever") {
        back_to_back_ = BackToBack::always;
        return fine;
    }
    const auto wanted = to_bool(value);
    if (!wanted)
        return wrong(": must be a boolean or \"forever\"");
    back_to_back_ = *wanted ? BackToBack::this_turn : BackToBack::no;
    return fine;
}

std::string AiSession::Machine::act_functions_on_silence(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    const auto wanted = to_bool(value);
    if (!wanted)
        return wrong(": must be a boolean");
    spec_.silence.tools_on_no_response = *wanted;
    return fine;
}

std::string AiSession::Machine::act_settings(const Json& value, const ActionOrigin&, Instant, Commands&)
{
    if (!value.is_object())
        return wrong(": must be an object");
    if (!spec_.tool_settings.allow_settings) {
        log_.info("settings not changed", { { "why", "swaig_allow_settings is false" } });
        return fine;
    }
    std::string first_wrong;
    for (const auto& [key, given] : value.as_object()) {
        const auto name = snake_case(key);
        if (name == "barge_match_string" && given.is_string()) {
            spec_.turn.barge_match = given.as_string();
            continue;
        }
        const auto setting = std::ranges::find(number_settings, name, &NumberSetting::name);
        const auto number = setting == number_settings.end() ? std::nullopt : to_number(given);
        if (number && *number >= setting->least && *number <= setting->most)
            setting->set(spec_, *number);
        else if (first_wrong.empty())
            first_wrong = "." + key + (setting == number_settings.end() ? ": is unknown" : ": is out of range");
    }
    weigh_policy();
    return first_wrong;
}

std::string AiSession::Machine::act_not_available(const Json&, const ActionOrigin&, Instant, Commands&)
{
    return wrong(": is not available"); // There are no documents yet; the tool's answer counts all the same.
}

} // namespace parley::agent
