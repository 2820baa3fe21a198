// Which language is being spoken, and what depends on it.
#include "agent/ai_session_machine.h"
#include "agent/fillers.h"
#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::size_t max_translated = 100; // Fillers of one language; further ones are said as they are.
constexpr std::string_view catch_all = "default";
constexpr std::string_view translate = "Translate each line into the language ";
constexpr std::string_view as_spoken
    = ", as it is said on the telephone. Write nothing but the translations, a line for a line.";

std::string_view primary(std::string_view code)
{
    return code.substr(0, code.find('-'));
}

// The entry of exactly this code, else one of the same language, else the catch-all.
std::optional<std::size_t> entry_for(const std::vector<LanguageSpec>& languages, const std::string& code)
{
    const auto find = [&](auto fits) -> std::optional<std::size_t> {
        const auto at = std::ranges::find_if(languages, fits);
        return at == languages.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - languages.begin()));
    };
    if (auto exact = find([&](const LanguageSpec& l) { return l.code == code; }))
        return exact;
    if (auto same = find([&](const LanguageSpec& l) { return primary(l.code) == primary(code); }))
        return same;
    return find([](const LanguageSpec& l) { return l.code == catch_all; });
}

void collect(const FillerMap& fillers, const std::string& code, std::vector<std::string>& texts)
{
    if (std::ranges::find(fillers, code, &FillerTexts::code) != fillers.end())
        return;
    for (const auto& entry : fillers) {
        if (entry.code != "auto")
            continue;
        for (const auto& text : entry.texts) {
            const bool one_line = text.find('\n') == std::string::npos;
            if (one_line && texts.size() < max_translated && std::ranges::find(texts, text) == texts.end())
                texts.push_back(text);
        }
    }
}

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        if (const auto first = line.find_first_not_of(" \t\r"); first != std::string_view::npos)
            lines.emplace_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

} // namespace

const LanguageSpec& AiSession::Machine::language() const
{
    static const LanguageSpec unknown {};
    return spec_.languages.empty() ? unknown : spec_.languages[language_];
}

std::string AiSession::Machine::language_code() const
{
    return language_code_.empty() ? language().code : language_code_;
}

VoiceOptions AiSession::Machine::voice() const
{
    const auto& spoken = language();
    return { language_code(), spoken.voice, spoken.engine, spoken.model, spoken.voice_params };
}

// The same session makes the same choices, so that its record replays.
std::uint64_t AiSession::Machine::seed_of(const AiSessionId& session)
{
    std::uint64_t hash = 14'695'981'039'346'656'037U; // FNV-1a
    for (const char c : session.value)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    return hash;
}

// ---- Changes -------------------------------------------------------------------------------------------------------

// What the model wrote, piece by piece; a tag ends what is being said and changes the language of what follows.
void AiSession::Machine::take_text(const std::vector<TaggedText>& texts, Instant now, Commands& out)
{
    for (const auto& [name, text] : texts) {
        if (!name.empty()) {
            speak_pieces(true, now, out);
            const auto wanted = turn::lower_case(name);
            const auto at = std::ranges::find_if(spec_.languages, [&](const LanguageSpec& l) {
                return turn::lower_case(l.name) == wanted || turn::lower_case(l.code) == wanted;
            });
            if (at != spec_.languages.end())
                switch_language(static_cast<std::size_t>(at - spec_.languages.begin()), "", now, out);
            else
                log_.warning("the model changes to a language that is not there", { { "language", name } });
        }
        round_.text += text;
    }
}

void AiSession::Machine::switch_language(std::size_t index, std::string code, Instant now, Commands& out)
{
    const auto before = language_code();
    language_ = index;
    language_code_ = std::move(code);
    if (language_code() == before)
        return;
    log_.info("language changed", { { "from", before }, { "to", language_code() } });
    if (!spec_.multilingual.on) // There, the recogniser expects any.
        out.emplace_back(SetLanguage { language_code() });
    translate_fillers(now, out);
}

// `multilingual`: the agent goes where the user goes, if they said enough and it may.
void AiSession::Machine::follow_user(const Transcript& heard, Instant now, Commands& out)
{
    const auto& rules = spec_.multilingual;
    if (!rules.on || !heard.final || heard.language.empty() || primary(heard.language) == primary(language_code()))
        return;
    const auto allowed = [&](const std::string& code) { return primary(code) == primary(heard.language); };
    if (!rules.allowed.empty() && std::ranges::none_of(rules.allowed, allowed))
        return;
    if (turn::count_words(heard.text) < static_cast<std::size_t>(rules.min_switch_words))
        return;
    if (const auto entry = entry_for(spec_.languages, heard.language))
        switch_language(*entry, heard.language, now, out);
}

// ---- Hearing -------------------------------------------------------------------------------------------------------

Transcript AiSession::Machine::rewritten(const Transcript& heard, Instant now)
{
    Transcript transcript = heard;
    if (!heard.final)
        return transcript;
    auto result = hearing_.rewrite(heard.text);
    for (const auto& complaint : result.complaints)
        log_.warning("hint passed over", { { "why", complaint } });
    if (result.text == heard.text)
        return transcript;
    report_.event("hearing_hint", "Hearing hint", { { "original", heard.text }, { "result", result.text } }, now);
    original_ += (original_.empty() ? "" : " ") + heard.text;
    transcript.text = std::move(result.text);
    return transcript;
}

// ---- Fillers -------------------------------------------------------------------------------------------------------

std::string AiSession::Machine::filler_phrase(const FillerMap& fillers)
{
    const auto phrase = pick_filler(fillers, language_code(), random_.number());
    if (!phrase)
        return "";
    const auto known = phrase->translate ? translated_.find(language_code() + '\n' + phrase->text) : translated_.end();
    return known == translated_.end() ? phrase->text : known->second;
}

// Once for each language that is not the one the session began with: what is written for `auto`.
void AiSession::Machine::translate_fillers(Instant now, Commands& out)
{
    const std::string code = language_code();
    if (primary(code) == primary(spec_.languages.front().code))
        return;
    std::vector<std::string> texts;
    collect(language().speech_fillers, code, texts);
    collect(language().function_fillers, code, texts);
    for (const auto& tool : spec_.tools)
        collect(tool.fillers, code, texts);
    for (const auto& [name, fillers] : spec_.internal_fillers)
        collect(fillers, code, texts);
    std::erase_if(texts, [&](const std::string& text) { return translated_.contains(code + '\n' + text); });
    if (texts.empty())
        return;
    LmRequest request;
    request.options = spec_.prompt.options;
    if (!spec_.thinking.utility_model.empty())
        request.options.model = spec_.thinking.utility_model;
    std::string lines;
    for (const auto& text : texts)
        lines += text + "\n";
    request.messages = { { LmMessage::Role::system, std::string(translate) + code + std::string(as_spoken), {}, {} },
        { LmMessage::Role::user, std::move(lines), {}, {} } };
    ask_aside(
        std::move(request),
        [this, code, texts](const std::string& answer, Instant, Commands&) {
            const auto lines_back = lines_of(answer);
            if (lines_back.size() != texts.size()) {
                log_.warning("fillers were not translated", { { "language", code } });
                return;
            }
            for (std::size_t i = 0; i < texts.size(); ++i)
                translated_[code + '\n' + texts[i]] = lines_back[i];
        },
        now, out);
}

void AiSession::Machine::say_speech_filler(Instant now, Commands& out)
{
    if (asking_ != Asking::asked || anything_live())
        return;
    const auto text = filler_phrase(language().speech_fillers);
    if (text.empty())
        return;
    report_.event(
        "filler", "Filler", { { "text", text }, { "language", language_code() }, { "filler_type", "thinking" } }, now);
    say(Segment::Kind::manual, text, now, out);
}

std::string AiSession::Machine::thinking_filler()
{
    const auto text = filler_phrase(language().speech_fillers);
    return text.empty() ? std::string(filler_text) : text;
}

} // namespace parley::agent
