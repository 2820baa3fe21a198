// Keys: collected until they are a message of the user.
#include "agent/ai_session_machine.h"

#include <utility>

namespace parley::agent {

void AiSession::Machine::on(const Dtmf& key, Instant now, Commands& out)
{
    if (engine_.floor() == turn::Floor::held)
        return;
    user_active(now);
    const std::string_view terminators
        = spec_.digits.terminators.empty() ? std::string_view("#") : std::string_view(spec_.digits.terminators);
    if (terminators.find(key.digit) != std::string_view::npos) {
        take_digits(now, out);
        return;
    }
    digits_ += key.digit;
    drive(turn::KeyPressed {}, now, out);
    if (digits_.size() >= max_digits)
        take_digits(now, out);
    else
        start(Timer::digits, now + spec_.digits.timeout);
}

void AiSession::Machine::take_digits(Instant now, Commands& out)
{
    stop(Timer::digits);
    if (!digits_.empty())
        inject(Role::user, std::exchange(digits_, {}), "DTMF", now, out);
}

} // namespace parley::agent
