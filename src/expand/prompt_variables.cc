#include "expand/prompt_variables.h"

#include "base/time_zone.h"
#include "expand/time_format.h"

#include <utility>

namespace parley::expand {

namespace {

constexpr int noon = 12;
constexpr int evening = 17;

std::string time_of_day(int hour)
{
    return hour < noon ? "morning" : hour < evening ? "afternoon" : "evening";
}

// "English, Spanish, or French"
std::string listed(const std::vector<std::string>& names)
{
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool last = i > 0 && i + 1 == names.size();
        if (i > 0)
            out += names.size() > 2 ? ", " : " ";
        (out += last ? "or " : "") += names[i];
    }
    return out;
}

Json object_or_empty(Json value)
{
    return value.is_object() ? std::move(value) : Json(Json::Object {});
}

} // namespace

Json::Object prompt_variables(PromptFacts facts, const ExpandTime& time)
{
    const auto zone = TimeZone::find(time.zone);
    const LocalTime local = (zone ? *zone : TimeZone()).at(time.now);
    const std::string date = format_time("%A, %B %-d, %Y", local);
    return {
        { "call_direction", facts.direction == CallDirection::inbound ? "inbound" : "outbound" },
        { "caller_id_name", std::move(facts.caller_id_name) },
        { "caller_id_number", std::move(facts.caller_id_number) },
        { "local_date", date },
        { "spoken_date", date },
        { "local_time", format_time("%I:%M:%S %p %z", local) },
        { "time_of_day", time_of_day(local.hour) },
        { "supported_languages", listed(facts.languages) },
        { "default_language", facts.languages.empty() ? "" : facts.languages.front() },
        { "vars", object_or_empty(std::move(facts.vars)) },
        { "call", object_or_empty(std::move(facts.call)) },
        { "envs", object_or_empty(std::move(facts.envs)) },
    };
}

Scope prompt_scope(const Json::Object& variables, const Json::Object& global_data)
{
    Scope scope;
    scope.add_root(variables);
    scope.add_root(global_data);
    scope.add_named("global_data", global_data);
    return scope;
}

} // namespace parley::expand
