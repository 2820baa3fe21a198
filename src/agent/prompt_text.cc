#include "agent/prompt_text.h"

namespace parley::agent {

namespace {

template <typename List, typename Name> std::string listed(const List& list, Name name)
{
    std::string text;
    for (const auto& one : list)
        text += (text.empty() ? "" : ", ") + name(one);
    return text;
}

std::string prompted_languages(const AiSpec& spec, std::string_view spoken)
{
    return "You speak these languages: " + listed(spec.languages, [](const LanguageSpec& l) { return l.name; })
        + ". To go on in another one, write its tag before the first word of it: "
        + listed(spec.languages, [](const LanguageSpec& l) { return "~LN(" + l.name + ")"; })
        + ". Tags are not read out. You are speaking " + std::string(spoken) + " now.";
}

std::string recognised_languages(const AiSpec& spec, std::string_view spoken)
{
    const auto& allowed = spec.multilingual.allowed;
    return "The language of the user is recognised while they speak; it is " + std::string(spoken)
        + " now. Answer in that language."
        + (allowed.empty() ? ""
                           : " You may speak: " + listed(allowed, [](const std::string& code) { return code; }) + ".");
}

} // namespace

std::string prompt_rules(const AiSpec& spec, std::string_view spoken)
{
    std::string rules;
    if (spec.multilingual.on)
        rules += "\n\n" + recognised_languages(spec, spoken);
    else if (spec.languages.size() > 1)
        rules += "\n\n" + prompted_languages(spec, spoken);
    if (!spec.thinking.conscience.empty())
        rules += "\n\n" + spec.thinking.conscience;
    return rules;
}

Json::Object first_global_data(
    const AiSpec& spec, const Json::Object& kept, std::string_view caller_id_name, std::string_view caller_id_number)
{
    Json::Object global_data;
    if (spec.tool_settings.persist_global_data)
        global_data = kept;
    for (const auto& [key, value] : spec.global_data)
        global_data[key] = value;
    const std::pair<std::string_view, std::string_view> caller[]
        = { { "caller_id_name", caller_id_name }, { "caller_id_number", caller_id_number } };
    for (const auto& [key, value] : caller) {
        if (!value.empty())
            global_data[key] = value;
    }
    return global_data;
}

} // namespace parley::agent
