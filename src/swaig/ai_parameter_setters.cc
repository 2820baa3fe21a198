#include "swaig/ai_parameter_setters.h"

#include "base/pattern.h"
#include "base/time_zone.h"
#include "swaig/coerce.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace parley::swaig {

namespace {

constexpr std::size_t max_seed_messages = 1'000; // Of `convo`.
constexpr std::size_t max_posted_variables = 256;

std::optional<std::string> word_of(const Given& given)
{
    auto text = to_text(given.value);
    return text ? std::optional(lower(*text)) : std::nullopt;
}

// `tool_calls` as chat completions write them.
std::vector<ToolCall> seeded_calls(const Json& message)
{
    std::vector<ToolCall> calls;
    const auto* list = message.find("tool_calls");
    if (list == nullptr || !list->is_array())
        return calls;
    for (const auto& one : list->as_array()) {
        const auto* function = one.find("function");
        if (function != nullptr && !function->string_or("name").empty())
            calls.push_back({ one.string_or("id"), function->string_or("name"), function->string_or("arguments") });
    }
    return calls;
}

std::optional<LmMessage::Role> seeded_role(std::string_view role)
{
    using Role = LmMessage::Role;
    constexpr std::pair<std::string_view, Role> roles[] = { { "user", Role::user }, { "assistant", Role::assistant },
        { "system", Role::system }, { "tool", Role::tool } };
    for (const auto& [name, value] : roles) {
        if (name == role)
            return value;
    }
    return std::nullopt;
}

// A result whose call is not there would be refused by every model, and so would a call without its results.
void drop_loose_ends(std::vector<LmMessage>& messages)
{
    using Role = LmMessage::Role;
    std::vector<LmMessage> kept;
    for (std::size_t i = 0; i < messages.size();) {
        std::size_t end = i + 1;
        while (end < messages.size() && messages[end].role == Role::tool)
            ++end;
        auto& head = messages[i];
        const bool complete = std::ranges::all_of(head.tool_calls, [&](const ToolCall& call) {
            return std::any_of(messages.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                messages.begin() + static_cast<std::ptrdiff_t>(end),
                [&](const LmMessage& result) { return result.tool_call_id == call.id; });
        });
        const bool calls = !head.tool_calls.empty() && complete;
        if (!complete)
            head.tool_calls.clear();
        if (head.role != Role::tool && (calls || !head.content.empty())) {
            const auto made = head.tool_calls;
            kept.push_back(std::move(head));
            for (std::size_t k = i + 1; calls && k < end; ++k) {
                if (std::ranges::find(made, messages[k].tool_call_id, &ToolCall::id) != made.end())
                    kept.push_back(std::move(messages[k]));
            }
        }
        i = end;
    }
    messages = std::move(kept);
}

} // namespace

void Given::refuse(std::string_view what) const
{
    warnings.push_back("params." + std::string(key) + ": " + std::string(what) + ", the default stays");
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(
        result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return result;
}

std::string harmless_id(std::string_view text)
{
    constexpr std::size_t longest = 256;
    std::string kept;
    for (const char c : text) {
        const bool fine = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.'
            || c == '_' || c == '-';
        if (fine && kept.size() < longest)
            kept.push_back(c);
    }
    return kept;
}

// A model named at the prompt wins, so only an empty place is filled.
void set_model(const Given& given, AiSpec& spec)
{
    const auto model = to_text(given.value);
    if (!model)
        return given.refuse("must be a string");
    for (auto* options : { &spec.report.prompt.options, &spec.prompt.options }) {
        if (options->model.empty())
            options->model = *model;
    }
}

// A text, or a boolean: the built-in text, or none.
void set_conscience(const Given& given, AiSpec& spec)
{
    const auto text = to_text(given.value);
    if (!text)
        return given.refuse("must be a text or a boolean");
    const auto on = to_bool(given.value);
    spec.thinking.conscience = !on ? *text : *on ? std::string(default_conscience) : "";
}

void set_convo(const Given& given, AiSpec& spec)
{
    if (!given.value.is_array())
        return given.refuse("must be an array of messages");
    std::vector<LmMessage> seed;
    for (const auto& one : given.value.as_array()) {
        const auto role = seeded_role(one.string_or("role"));
        if (!role || seed.size() >= max_seed_messages) {
            given.warnings.push_back("params.convo: "
                + (role ? "only the first " + std::to_string(max_seed_messages) + " messages are taken"
                        : std::string("holds something that is no message, left out")));
            if (role)
                break;
            continue;
        }
        const auto* content = one.find("content");
        seed.push_back({ *role, content == nullptr ? "" : to_text(*content).value_or(""), seeded_calls(one),
            one.string_or("tool_call_id") });
    }
    drop_loose_ends(seed);
    spec.thinking.seed = std::move(seed);
}

void set_direction(const Given& given, AiSpec& spec)
{
    const auto word = word_of(given);
    if (word != "inbound" && word != "outbound")
        return given.refuse("must be inbound or outbound");
    spec.direction = *word;
}

void set_time_zone(const Given& given, AiSpec& spec)
{
    const auto name = to_text(given.value).value_or("");
    if (!TimeZone::find(name))
        return given.refuse("must be a time zone, as America/Chicago");
    spec.time_zone = name;
}

// "threshold" or "threshold:frame"; our detector has frames of one length.
void set_vad(const Given& given, AiSpec& spec)
{
    const auto text = to_text(given.value).value_or("");
    const auto colon = std::min(text.find(':'), text.size());
    const auto threshold = to_number(Json(text.substr(0, colon)));
    const auto frame = colon == text.size() ? std::optional(20.0) : to_number(Json(text.substr(colon + 1)));
    if (!threshold || *threshold < 0 || *threshold > 100 || !frame || *frame < 16 || *frame > 40)
        return given.refuse("must be a threshold of 0 to 100, with or without `:` and a frame of 16 to 40 ms");
    spec.sound.vad_threshold = *threshold;
}

// A boolean, or which signs of an ended turn count. Ours are the marks at the end of a sentence; an acoustic sign alone
// is none that we have.
void set_turn_detection(const Given& given, AiSpec& spec)
{
    const auto word = word_of(given);
    if (word == "both" || word == "punct_only" || word == "punctuation_only")
        spec.turn.turn_detection = true;
    else if (const auto on = to_bool(given.value))
        spec.turn.turn_detection = *on;
    else if (word == "acoustic_only") {
        spec.turn.turn_detection = false;
        given.warnings.push_back("params." + std::string(given.key) + ": acoustic_only is not available, taken as off");
    } else
        given.refuse("must be a boolean, both, punct_only, punctuation_only or acoustic_only");
}

void set_text_normalization(const Given& given, AiSpec& spec)
{
    const auto word = word_of(given);
    const auto on = to_bool(given.value);
    if (!on && word != "heard" && word != "spoken" && word != "both" && word != "none")
        return given.refuse("must be heard, spoken, both, none or a boolean");
    const bool both = on ? *on : word == "both";
    spec.sound.normalize_heard = both || word == "heard";
    spec.sound.normalize_spoken = both || word == "spoken";
}

void set_number_format(const Given& given, AiSpec& spec)
{
    const auto word = word_of(given);
    const bool national = word == "national";
    if (!national && word != "international" && word != "e164" && word != "e.164" && word != "generic")
        return given.refuse("must be international or national");
    spec.sound.spoken_numbers_national = national;
}

// `complete`, `partial`, `all`, several with a comma, or a boolean.
void set_barge(const Given& given, AiSpec& spec)
{
    auto& turn = spec.turn;
    if (const auto all = to_bool(given.value)) {
        turn.barge = turn.barge_on_final = turn.barge_on_interim = *all;
        return;
    }
    const auto text = word_of(given).value_or("");
    const bool all = text.find("all") != std::string::npos;
    const bool complete = all || text.find("complete") != std::string::npos;
    const bool partial = all || text.find("partial") != std::string::npos;
    if (!complete && !partial)
        return given.refuse("must be complete, partial, all or a boolean");
    turn.barge = true;
    turn.barge_on_final = complete;
    turn.barge_on_interim = partial;
}

void set_barge_match(const Given& given, AiSpec& spec)
{
    const auto text = to_text(given.value);
    if (!text)
        return given.refuse("must be a string");
    if (!text->empty() && !Pattern::compile(*text, PatternCase::ignored))
        return given.refuse("is no regular expression");
    spec.turn.barge_match = *text;
}

// A boolean, or how often at most.
void set_acknowledge(const Given& given, AiSpec& spec)
{
    const auto number = given.value.is_bool() ? std::nullopt : to_number(given.value);
    const auto on = to_bool(given.value);
    if (number && *number >= 0 && *number <= 1'000'000)
        spec.interruption.acknowledge = static_cast<int>(*number);
    else if (!number && on)
        spec.interruption.acknowledge = *on ? -1 : 0;
    else
        given.refuse("must be a boolean or how often at most");
}

// The wire knows on and off, or a level of sound: "any sound longer than 1 s". Our level is `energy_level`.
void set_noise(const Given& given, AiSpec& spec)
{
    constexpr Duration noise = 1000ms;
    const auto on = to_bool(given.value);
    if (!on)
        return given.refuse("must be a boolean");
    spec.turn.noise = *on ? noise : Duration::zero();
}

std::optional<Duration> parse_hard_stop(std::string_view text)
{
    constexpr std::int64_t longest = 24 * 3'600;
    constexpr std::pair<char, std::int64_t> units[] = { { 'h', 3'600 }, { 'm', 60 }, { 's', 1 } };
    std::int64_t seconds = 0;
    const bool given = !text.empty();
    for (const auto& [unit, length] : units) {
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (error != std::errc() || count < 0 || digits == text.size() || text[digits] != unit)
            continue; // It has none of this unit; what does not fit at all stays and is seen below.
        if (count > longest)
            return std::nullopt;
        seconds += count * length;
        text.remove_prefix(digits + 1);
    }
    if (!given || !text.empty() || seconds == 0 || seconds > longest)
        return std::nullopt;
    return std::chrono::seconds(seconds);
}

void set_hard_stop(const Given& given, AiSpec& spec)
{
    const auto time = parse_hard_stop(to_text(given.value).value_or(""));
    if (!time)
        return given.refuse("must be hours, minutes and seconds, as 1h45m30s, 1s to 24h");
    spec.silence.hard_stop = time;
}

// A boolean, or the names of those that are sent.
void set_post_variables(const Given& given, AiSpec& spec)
{
    auto& tools = spec.tool_settings;
    if (given.value.is_array()) {
        tools.post_only.clear();
        for (const auto& name : given.value.as_array()) {
            if (name.is_string() && tools.post_only.size() < max_posted_variables)
                tools.post_only.push_back(name.as_string());
        }
        tools.post_variables = !tools.post_only.empty();
        return;
    }
    const auto on = to_bool(given.value);
    if (!on)
        return given.refuse("must be a boolean or an array of names");
    tools.post_variables = *on;
    tools.post_only.clear();
}

void set_debug(const Given& given, AiSpec& spec)
{
    const auto on = to_bool(given.value);
    if (!on)
        return given.refuse("must be a boolean or a number");
    spec.reporting.verbose |= *on;
}

} // namespace parley::swaig
