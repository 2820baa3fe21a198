#include "swaig/languages.h"

#include "swaig/coerce.h"
#include "swaig/fillers.h"
#include "swaig/hints.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

const Json* given(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

const Json* given(const Json::Object& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

std::string text_of(const Json* value)
{
    return value == nullptr ? "" : to_text(*value).value_or("");
}

std::string text_at(const Json& object, std::string_view key)
{
    return text_of(given(object, key));
}

void take_voice(LanguageSpec& language, const Json& entry)
{
    set_voice(language, text_at(entry, "voice"), text_at(entry, "engine"), text_at(entry, "model"));
    if (const auto* params = given(entry, "params"); params != nullptr && params->is_object())
        language.voice_params = params->as_object();
}

LanguageSpec english(const Json::Object& ai)
{
    LanguageSpec language { "English", "en-US", "", "" };
    set_voice(language, text_of(given(ai, "voice")), text_of(given(ai, "engine")), "");
    return language;
}

FillerMap fillers_at(const Json& object, std::string_view key, const std::string& where, Warnings& warnings)
{
    const auto* value = given(object, key);
    return value == nullptr ? FillerMap {} : parse_fillers(*value, where + "." + std::string(key), warnings);
}

// ---- `languages` ---------------------------------------------------------------------------------------------------

std::string language_code(const Json& entry)
{
    const auto* code = given(entry, "code");
    if (code == nullptr)
        code = given(entry, "listen_language"); // Older spelling.
    if (code != nullptr && code->is_array())
        code = code->as_array().empty() ? nullptr : &code->as_array().front();
    return text_of(code);
}

// A voice that is named for the whole object serves the languages that name none.
std::optional<LanguageSpec> parse_language(
    const Json& entry, const LanguageSpec& standard, const std::string& where, Warnings& warnings)
{
    LanguageSpec language { text_at(entry, "name"), language_code(entry), "", "" };
    take_voice(language, entry);
    if (language.voice.empty()) {
        language.voice = standard.voice;
        language.engine = standard.engine;
        language.model = standard.model;
    }
    if (language.name.empty() || language.code.empty() || language.voice.empty()) {
        warnings.push_back(where + ": needs name, code and voice, left out");
        return std::nullopt;
    }
    language.speech_fillers = fillers_at(entry, "speech_fillers", where, warnings);
    language.function_fillers = fillers_at(entry, "function_fillers", where, warnings);
    if (language.function_fillers.empty())
        language.function_fillers = fillers_at(entry, "fillers", where, warnings); // Older spelling.
    if (const auto* pronounce = given(entry, "pronounce"))
        language.pronounce = parse_pronounce(*pronounce, where + ".pronounce", warnings);
    return language;
}

std::vector<LanguageSpec> parse_list(const Json::Object& ai, Warnings& warnings)
{
    std::vector<LanguageSpec> languages;
    const auto standard = english(ai);
    const auto* list = given(ai, "languages");
    if (list != nullptr && !list->is_array()) {
        warnings.emplace_back("languages: must be an array, left out");
        list = nullptr;
    }
    for (std::size_t i = 0; list != nullptr && i < list->as_array().size(); ++i) {
        if (i == max_languages) {
            warnings.push_back("languages: only the first " + std::to_string(max_languages) + " are taken");
            break;
        }
        const auto where = "languages[" + std::to_string(i) + "]";
        if (auto language = parse_language(list->as_array()[i], standard, where, warnings))
            languages.push_back(std::move(*language));
    }
    if (languages.empty())
        languages.push_back(standard);
    return languages;
}

// ---- `multilingual` ------------------------------------------------------------------------------------------------

// An array is for every language: its phrases are translated.
FillerMap translated_fillers(const Json& object, std::string_view key, Warnings& warnings)
{
    auto fillers = fillers_at(object, key, "multilingual", warnings);
    const auto* value = given(object, key);
    if (value != nullptr && !value->is_object()) {
        for (auto& texts : fillers)
            texts.code = "auto";
    }
    return fillers;
}

std::vector<LanguageSpec> multilingual_entries(const Json& multilingual, Warnings& warnings)
{
    std::vector<LanguageSpec> entries;
    const auto* list = given(multilingual, "languages");
    if (list == nullptr || !list->is_array())
        return entries;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
        const auto where = "multilingual.languages[" + std::to_string(i) + "]";
        if (i == max_languages) {
            warnings.push_back(
                "multilingual.languages: only the first " + std::to_string(max_languages) + " are taken");
            break;
        }
        LanguageSpec language;
        language.code = text_at(list->as_array()[i], "language");
        language.name = language.code;
        take_voice(language, list->as_array()[i]);
        if (language.code.empty())
            warnings.push_back(where + ".language: is missing, left out");
        else if (std::ranges::find(entries, language.code, &LanguageSpec::code) != entries.end())
            warnings.push_back(where + ".language: " + language.code + " was there before, left out");
        else
            entries.push_back(std::move(language));
    }
    return entries;
}

// The language to start with goes to the front; where it has no entry of its own, the base entry speaks it.
void put_start_first(std::vector<LanguageSpec>& entries, const std::string& start, const LanguageSpec& base)
{
    const auto at = std::ranges::find(entries, start, &LanguageSpec::code);
    if (at != entries.end()) {
        std::rotate(entries.begin(), at, at + 1);
        return;
    }
    LanguageSpec first = base;
    first.code = start;
    first.name = start;
    entries.insert(entries.begin(), std::move(first));
}

Result<ParsedLanguages> parse_multilingual(const Json& value, const Json::Object& ai, Warnings& warnings)
{
    if (!value.is_object())
        return Error { ErrorKind::invalid_request, "multilingual: must be an object" };
    ParsedLanguages parsed;
    auto entries = multilingual_entries(value, warnings);
    auto base = std::ranges::find(entries, "default", &LanguageSpec::code);
    if (base == entries.end())
        base = entries.begin();
    if (base == entries.end() || base->voice.empty()) {
        warnings.emplace_back("multilingual.languages: the default (or else the first) needs a voice, only English is "
                              "spoken");
        parsed.languages.push_back(english(ai));
        return parsed;
    }
    const auto speech = translated_fillers(value, "fillers", warnings);
    const auto function = translated_fillers(value, "function_fillers", warnings);
    const LanguageSpec standard = *base;
    for (auto& entry : entries) {
        if (entry.voice.empty()) {
            entry.voice = standard.voice;
            entry.engine = standard.engine;
            entry.model = standard.model;
            entry.voice_params = standard.voice_params;
        }
        entry.speech_fillers = speech;
        entry.function_fillers = function;
    }
    auto start = text_at(value, "start_language");
    const LanguageSpec complete = *std::ranges::find(entries, standard.code, &LanguageSpec::code);
    put_start_first(entries, start.empty() ? "en" : start, complete);
    parsed.languages = std::move(entries);
    parsed.multilingual.on = true;
    if (const auto* allowed = given(value, "allowed"); allowed != nullptr && allowed->is_array()) {
        for (const auto& code : allowed->as_array()) {
            if (code.is_string() && !code.as_string().empty())
                parsed.multilingual.allowed.push_back(code.as_string());
        }
    }
    if (const auto* words = given(value, "min_switch_words")) {
        const auto number = to_number(*words);
        if (number && *number >= 1 && *number <= 1'000)
            parsed.multilingual.min_switch_words = static_cast<int>(*number);
    }
    return parsed;
}

} // namespace

void set_voice(LanguageSpec& language, std::string voice, std::string engine, std::string model)
{
    if (const auto colon = voice.find(':'); colon != std::string::npos) {
        model = voice.substr(colon + 1);
        voice.erase(colon);
    }
    const auto dot = voice.find('.');
    if (dot != std::string::npos && (engine.empty() || voice.substr(0, dot) == engine)) {
        engine = voice.substr(0, dot);
        voice.erase(0, dot + 1);
    }
    language.voice = std::move(voice);
    language.engine = std::move(engine);
    language.model = std::move(model);
}

Result<ParsedLanguages> parse_languages(const Json::Object& ai, Warnings& warnings)
{
    if (const auto* multilingual = given(ai, "multilingual")) {
        if (given(ai, "languages") != nullptr && multilingual->is_object())
            warnings.emplace_back("languages: multilingual is given, left out");
        return parse_multilingual(*multilingual, ai, warnings);
    }
    return ParsedLanguages { parse_list(ai, warnings), {} };
}

} // namespace parley::swaig
