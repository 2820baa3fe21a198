// Which language is being spoken, and what depends on it.
#include "agent/ai_session_machine.h"
#include "agent/fillers.h"

namespace parley::agent {

const LanguageSpec& AiSession::Machine::language() const
{
    static const LanguageSpec unknown {};
    return spec_.languages.empty() ? unknown : spec_.languages[language_];
}

VoiceOptions AiSession::Machine::voice() const
{
    const auto& spoken = language();
    return { spoken.code, spoken.voice, spoken.engine, spoken.model, spoken.voice_params };
}

std::string AiSession::Machine::filler_phrase(const FillerMap& fillers)
{
    const auto phrase = pick_filler(fillers, language().code, random_.number());
    return phrase ? phrase->text : "";
}

// The same session makes the same choices, so that its record replays.
std::uint64_t AiSession::Machine::seed_of(const AiSessionId& session)
{
    std::uint64_t hash = 14'695'981'039'346'656'037U; // FNV-1a
    for (const char c : session.value)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    return hash;
}

} // namespace parley::agent
