#include "swaig/ai_object.h"

#include "swaig/ai_parameters.h"
#include "swaig/coerce.h"
#include "swaig/functions.h"
#include "swaig/pom.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

constexpr std::size_t max_hints = 1'000;
constexpr std::size_t max_languages = 32;
constexpr std::size_t max_pronounce_rules = 1'000;

constexpr std::array<std::string_view, 2> not_there_yet { "multilingual", "agent" };
constexpr std::array<std::string_view, 2> not_there_yet_in_prompt { "contexts", "steps" };

Error invalid(std::string what)
{
    return { ErrorKind::invalid_request, std::move(what) };
}

const Json* given(const Json::Object& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

std::string text_at(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value == nullptr ? "" : to_text(*value).value_or("");
}

// ---- prompt, post_prompt ------------------------------------------------------------------------------------------

// What one finds at both the prompt and the parameters is taken from the parameters first, so that the prompt wins.
Result<PromptSpec> parse_prompt(
    const Json& prompt, const Json::Object& params, const std::string& name, Warnings& warnings)
{
    PromptSpec spec;
    if (prompt.is_string()) {
        spec.text = prompt.as_string();
        apply_prompt_settings(params, spec, "params.", warnings);
        return spec;
    }
    if (!prompt.is_object())
        return invalid(name + ": must be an object");
    const auto* text = prompt.find("text");
    if (text != nullptr && !text->is_null() && !text->is_string())
        return invalid(name + ".text: must be a string");
    spec.text = prompt.string_or("text");
    if (const auto* pom = prompt.find("pom"); pom != nullptr && !pom->is_null()) {
        auto rendered = render_pom(*pom);
        if (!rendered)
            return invalid(name + rendered.error().what);
        spec.text = std::move(*rendered); // Where both stand, `pom` is the prompt.
    }
    for (const auto key : not_there_yet_in_prompt) {
        if (prompt.find(key) != nullptr)
            warnings.push_back(name + "." + std::string(key) + ": is not available yet");
    }
    apply_prompt_settings(params, spec, "params.", warnings);
    apply_prompt_settings(prompt.as_object(), spec, name + ".", warnings);
    return spec;
}

Result<ReportSpec> parse_report(const Json::Object& ai, Warnings& warnings)
{
    ReportSpec report;
    if (const auto* post_prompt = given(ai, "post_prompt")) {
        auto prompt = parse_prompt(*post_prompt, {}, "post_prompt", warnings);
        if (!prompt)
            return std::move(prompt.error());
        report.prompt = std::move(*prompt);
    }
    const auto* url = given(ai, "post_prompt_url");
    if (url == nullptr)
        return report;
    if (!url->is_string())
        return invalid("post_prompt_url: must be a string");
    report.hook = web_hook_from(url->as_string());
    if (const auto* user = given(ai, "post_prompt_auth_user")) {
        report.hook.user = to_text(*user).value_or("");
        const auto* password = given(ai, "post_prompt_auth_password");
        report.hook.password = password == nullptr ? "" : to_text(*password).value_or("");
    }
    return report;
}

// ---- hints, pronounce, languages ----------------------------------------------------------------------------------

Result<std::vector<std::string>> parse_hints(const Json& given_hints, Warnings& warnings)
{
    std::vector<std::string> hints;
    if (!given_hints.is_array() && !given_hints.is_object())
        return invalid("hints: must be an array");
    const auto list = given_hints.is_array() ? given_hints.as_array() : Json::Array { given_hints };
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto where = "hints[" + std::to_string(i) + "]";
        if (hints.size() >= max_hints) {
            warnings.push_back("hints: only the first " + std::to_string(max_hints) + " are taken");
            break;
        }
        auto hint = list[i].is_string() ? list[i].as_string() : list[i].string_or("hint");
        if (list[i].is_object() && list[i].find("pattern") != nullptr)
            warnings.push_back(where + ".pattern: is not available yet");
        if (!hint.empty())
            hints.push_back(std::move(hint));
        else if (!list[i].is_object())
            warnings.push_back(where + ": must be a string or an object, left out");
    }
    return hints;
}

Result<std::vector<PronounceRule>> parse_pronounce(const Json& value, Warnings& warnings)
{
    std::vector<PronounceRule> rules;
    if (!value.is_array() && !value.is_object())
        return invalid("pronounce: must be an array");
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (std::size_t i = 0; i < list.size() && i < max_pronounce_rules; ++i) {
        PronounceRule rule { text_at(list[i], "replace"), text_at(list[i], "with") };
        if (rule.replace.empty()) {
            warnings.push_back("pronounce[" + std::to_string(i) + "].replace: is missing, left out");
            continue;
        }
        if (const auto* ignore_case = list[i].find("ignore_case"))
            rule.ignore_case = to_bool(*ignore_case).value_or(true);
        rules.push_back(std::move(rule));
    }
    if (list.size() > max_pronounce_rules)
        warnings.push_back("pronounce: only the first " + std::to_string(max_pronounce_rules) + " are taken");
    return rules;
}

// `engine.voice:model`; a bare name is a voice of the engine named beside it.
void set_voice(LanguageSpec& language, std::string voice, std::string engine)
{
    if (const auto model = voice.find(':'); model != std::string::npos)
        voice.erase(model);
    if (const auto dot = voice.find('.'); dot != std::string::npos && engine.empty()) {
        engine = voice.substr(0, dot);
        voice.erase(0, dot + 1);
    }
    language.voice = std::move(voice);
    language.engine = std::move(engine);
}

std::string language_code(const Json& entry)
{
    const auto* code = entry.find("code");
    if (code == nullptr || code->is_null())
        code = entry.find("listen_language"); // Older spelling.
    if (code == nullptr)
        return "";
    if (code->is_array())
        return code->as_array().empty() ? "" : to_text(code->as_array().front()).value_or("");
    return to_text(*code).value_or("");
}

Result<std::vector<LanguageSpec>> parse_languages(const Json::Object& ai, Warnings& warnings)
{
    std::vector<LanguageSpec> languages;
    const auto* list = given(ai, "languages");
    if (list != nullptr && !list->is_array())
        return invalid("languages: must be an array");
    for (std::size_t i = 0; list != nullptr && i < list->as_array().size() && i < max_languages; ++i) {
        const auto& entry = list->as_array()[i];
        LanguageSpec language { text_at(entry, "name"), language_code(entry), "", "" };
        set_voice(language, text_at(entry, "voice"), text_at(entry, "engine"));
        if (!language.name.empty() && !language.code.empty() && !language.voice.empty())
            languages.push_back(std::move(language));
        else
            warnings.push_back("languages[" + std::to_string(i) + "]: needs name, code and voice, left out");
    }
    if (languages.empty()) {
        LanguageSpec english { "English", "en-US", "", "" };
        const auto* voice = given(ai, "voice");
        const auto* engine = given(ai, "engine");
        set_voice(english, voice == nullptr ? "" : to_text(*voice).value_or(""),
            engine == nullptr ? "" : to_text(*engine).value_or(""));
        languages.push_back(std::move(english));
    }
    return languages;
}

// Takes the value of a member parser, or leaves with its error.
template <typename T> std::optional<Error> take(Result<T> parsed, T& into)
{
    if (!parsed)
        return std::move(parsed.error());
    into = std::move(*parsed);
    return std::nullopt;
}

Result<Json::Object> object_at(const Json::Object& ai, std::string_view key)
{
    const auto* value = given(ai, key);
    if (value == nullptr)
        return Json::Object {};
    if (!value->is_object())
        return invalid(std::string(key) + ": must be an object");
    return value->as_object();
}

} // namespace

WebHook web_hook_from(std::string_view url)
{
    WebHook hook { std::string(url), "", "" };
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return hook;
    const auto begin = scheme + 3;
    auto end = url.find('/', begin);
    if (end == std::string_view::npos)
        end = std::min(url.find_first_of("?#", begin), url.size());
    const auto at = url.substr(begin, end - begin).rfind('@');
    if (at == std::string_view::npos)
        return hook;
    const auto credentials = url.substr(begin, at);
    const auto colon = credentials.find(':');
    hook.user = credentials.substr(0, colon);
    if (colon != std::string_view::npos)
        hook.password = credentials.substr(colon + 1);
    hook.url.erase(begin, at + 1);
    return hook;
}

Result<ParsedAi> parse_ai_object(const Json::Object& ai)
{
    ParsedAi parsed;
    auto& [spec, warnings] = parsed;
    Json::Object params;
    if (auto error = take(object_at(ai, "params"), params))
        return std::move(*error);
    const auto* prompt = given(ai, "prompt");
    if (prompt == nullptr)
        return invalid("prompt: is missing");
    if (auto error = take(parse_prompt(*prompt, params, "prompt", warnings), spec.prompt))
        return std::move(*error);
    if (spec.prompt.text.empty())
        return invalid("prompt.text: is missing");
    if (auto error = take(parse_report(ai, warnings), spec.report))
        return std::move(*error);
    if (auto error = take(object_at(ai, "global_data"), spec.global_data))
        return std::move(*error);
    if (auto error = take(parse_languages(ai, warnings), spec.languages))
        return std::move(*error);
    if (const auto* hints = given(ai, "hints")) {
        if (auto error = take(parse_hints(*hints, warnings), spec.hints))
            return std::move(*error);
    }
    if (const auto* pronounce = given(ai, "pronounce")) {
        if (auto error = take(parse_pronounce(*pronounce, warnings), spec.pronounce))
            return std::move(*error);
    }
    if (const auto* swaig = given(ai, "SWAIG")) {
        if (auto parsed_swaig = parse_swaig(*swaig, spec, warnings); !parsed_swaig)
            return std::move(parsed_swaig.error());
    }
    apply_parameters(params, spec, warnings);
    spec.turn.barge_confidence = spec.prompt.barge_confidence;
    for (const auto key : not_there_yet) {
        if (given(ai, key) != nullptr)
            warnings.push_back(std::string(key) + ": is not available yet");
    }
    return parsed;
}

} // namespace parley::swaig
