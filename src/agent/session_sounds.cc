// Sounds that are no speech: what is asked for and what still plays.
#include "agent/ai_session_machine.h"

namespace parley::agent {

void AiSession::Machine::start_background(Commands& out)
{
    const auto& sound = spec_.sound;
    if (!sound.background.empty())
        play_sound({ SoundPlace::background, sound.background, sound.background_loops, sound.background_volume }, out);
}

void AiSession::Machine::play_sound(PlaySound sound, Commands& out)
{
    playing_[static_cast<std::size_t>(sound.place)] = true;
    out.emplace_back(std::move(sound));
}

void AiSession::Machine::stop_sound(SoundPlace place, Commands& out)
{
    bool& playing = playing_[static_cast<std::size_t>(place)];
    if (!playing)
        return;
    playing = false;
    out.emplace_back(StopSound { place });
}

void AiSession::Machine::stop_sounds(Commands& out)
{
    for (const auto place : { SoundPlace::background, SoundPlace::hold, SoundPlace::tool })
        stop_sound(place, out);
}

void AiSession::Machine::on(const SoundEnded& ended, Instant now, Commands& out)
{
    playing_[static_cast<std::size_t>(ended.place)] = false;
    if (!ended.error.empty())
        log_.warning("sound not played", { { "error", ended.error } });
    if (ended.place == SoundPlace::background)
        background_over(now, out);
}

} // namespace parley::agent
