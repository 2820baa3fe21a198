#include "swaig/ai_object.h"

#include "swaig/ai_parameter_setters.h"
#include "swaig/ai_parameters.h"
#include "swaig/coerce.h"
#include "swaig/contexts.h"
#include "swaig/functions.h"
#include "swaig/hints.h"
#include "swaig/languages.h"
#include "swaig/pom.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

const Json* given(const Json::Object& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

// The member if it is an object; whatever else is named in a warning and taken as empty.
Json::Object object_at(const Json::Object& ai, std::string_view key, Warnings& warnings)
{
    const auto* value = given(ai, key);
    if (value == nullptr)
        return {};
    if (value->is_object())
        return value->as_object();
    warnings.push_back(std::string(key) + ": must be an object, left out");
    return {};
}

// ---- prompt, post_prompt ------------------------------------------------------------------------------------------

PomFormat pom_format(const Json::Object& params, Warnings& warnings)
{
    const auto* value = given(params, "pom_format");
    const auto word = value == nullptr ? "markdown" : lower(to_text(*value).value_or(""));
    if (word != "markdown" && word != "xml")
        warnings.emplace_back("params.pom_format: must be markdown or xml, the default stays");
    return word == "xml" ? PomFormat::xml : PomFormat::markdown;
}

// Where both stand, `pom` is the prompt, unless it cannot be read.
std::string prompt_text(const Json::Object& prompt, PomFormat format, const std::string& name, Warnings& warnings)
{
    if (const auto* pom = given(prompt, "pom")) {
        auto rendered = render_pom(*pom, format);
        if (rendered)
            return std::move(*rendered);
        warnings.push_back(name + rendered.error().what + ", left out");
    }
    const auto* text = given(prompt, "text");
    if (text == nullptr)
        return "";
    auto plain = to_text(*text);
    if (!plain)
        warnings.push_back(name + ".text: must be a string, left out");
    return plain.value_or("");
}

// An object, or a text alone. What one finds at both the prompt and the parameters is taken from the parameters first,
// so that the prompt wins.
PromptSpec parse_prompt(
    const Json& prompt, const Json::Object& params, PomFormat format, const std::string& name, Warnings& warnings)
{
    PromptSpec spec;
    apply_prompt_settings(params, spec, "params.", warnings);
    if (prompt.is_object()) {
        spec.text = prompt_text(prompt.as_object(), format, name, warnings);
        apply_prompt_settings(prompt.as_object(), spec, name + ".", warnings);
    } else if (auto text = to_text(prompt); text && prompt.is_string()) {
        spec.text = std::move(*text);
    } else {
        warnings.push_back(name + ": must be an object or a string, left out");
    }
    return spec;
}

ReportSpec parse_report(const Json::Object& ai, PomFormat format, Warnings& warnings)
{
    ReportSpec report;
    if (const auto* post_prompt = given(ai, "post_prompt"))
        report.prompt = parse_prompt(*post_prompt, {}, format, "post_prompt", warnings);
    const auto* url = given(ai, "post_prompt_url");
    if (url == nullptr)
        return report;
    if (!url->is_string()) {
        warnings.emplace_back("post_prompt_url: must be a string, left out");
        return report;
    }
    report.hook = web_hook_from(url->as_string());
    if (const auto* user = given(ai, "post_prompt_auth_user")) {
        report.hook.user = to_text(*user).value_or("");
        const auto* password = given(ai, "post_prompt_auth_password");
        report.hook.password = password == nullptr ? "" : to_text(*password).value_or("");
    }
    return report;
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
    const auto params = object_at(ai, "params", warnings);
    const auto format = pom_format(params, warnings);
    const Json nothing = Json::Object {};
    const auto* prompt = given(ai, "prompt");
    spec.prompt = parse_prompt(prompt == nullptr ? nothing : *prompt, params, format, "prompt", warnings);
    if (prompt != nullptr && prompt->is_object())
        spec.contexts = parse_contexts(prompt->as_object(), "prompt", warnings, format);
    if (spec.prompt.text.empty() && spec.contexts.empty()) {
        const bool there = prompt != nullptr && prompt->is_object();
        return Error { ErrorKind::invalid_request, there ? "prompt.text: is missing" : "prompt: is missing" };
    }
    auto languages = parse_languages(ai, warnings);
    if (!languages)
        return std::move(languages.error());
    spec.languages = std::move(languages->languages);
    spec.multilingual = std::move(languages->multilingual);
    spec.report = parse_report(ai, format, warnings);
    spec.global_data = object_at(ai, "global_data", warnings);
    if (const auto* hints = given(ai, "hints")) {
        auto taken = parse_hints(*hints, "hints", warnings);
        spec.hints = std::move(taken.words);
        spec.hearing_hints = std::move(taken.rewrites);
    }
    if (const auto* pronounce = given(ai, "pronounce"))
        spec.pronounce = parse_pronounce(*pronounce, "pronounce", warnings);
    if (const auto* swaig = given(ai, "SWAIG")) {
        if (auto taken = parse_swaig(*swaig, spec, warnings); !taken)
            warnings.push_back(taken.error().what + ", left out");
    }
    spec.thinking.conscience = default_conscience;
    apply_parameters(params, spec, warnings);
    spec.turn.barge_confidence = spec.prompt.barge_confidence;
    return parsed;
}

} // namespace parley::swaig
