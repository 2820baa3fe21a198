// What comes in from beside the conversation: injected messages, resets, global data.
#include "agent/ai_session_machine.h"

#include <utility>

namespace parley::agent {

void AiSession::Machine::on(const InjectMessage& message, Instant now, Commands& out)
{
    if (message.reset)
        reset(*message.reset, now, out);
    if (message.global_data)
        merge_global_data(*message.global_data, out);
    if (message.text.empty() || phase_ != Phase::talking)
        return;
    const Role role = message.role.value_or(Role::system);
    switch (role) {
    case Role::system:
    case Role::user:
    case Role::assistant: inject(role, message.text, "Injected", now, out); break;
    case Role::function:
    case Role::tool:
    case Role::notification: log_.warning("injected message ignored", { { "role", to_string(role) } }); break;
    }
}

// One table, role by floor; the floors are the turn engine's. `system` and `assistant` join the history and are heard
// by nobody; `user` is answered as if it had been spoken.
void AiSession::Machine::inject(
    Role role, const std::string& text, const char* content_type, Instant now, Commands& out)
{
    const bool thinking = engine_.floor() == turn::Floor::thinking;
    if (thinking)
        settle_user(now, out); // What was said before stands before it.
    log_.info("message injected", { { "role", to_string(role) }, { "text", Pii<std::string>(text) } });
    row(role, text, out);
    if (role == Role::user) {
        question_ = history_.add({ LmMessage::Role::user, text, {}, {} });
        CallLogEntry entry;
        entry.content = text;
        entry.content_type = content_type;
        report_.user(std::move(entry), now);
        user_active(now);
        drive(turn::MessageInjected { true, std::string_view(content_type) == "DTMF" }, now, out);
        return;
    }
    if (role == Role::assistant) {
        history_.add({ LmMessage::Role::assistant, text, {}, {} });
        SpokenEntry entry;
        entry.by_model = false;
        entry.generated = text;
        entry.heard = text;
        report_.spoken(entry, now);
    } else {
        history_.add({ LmMessage::Role::system, text, {}, {} });
        report_.system(text, now);
    }
    // A reply in the making is made again with it; one that waits for a tool will see it anyway.
    if (thinking && asking_ != Asking::idle)
        drive(turn::MessageInjected { false }, now, out);
}

void AiSession::Machine::keep_system(const std::string& text, Instant now, Commands& out)
{
    row(Role::system, text, out);
    history_.add({ LmMessage::Role::system, text, {}, {} });
    report_.system(text, now);
}

// A new epoch: the model forgets, the log does not. What the user asked and nobody has answered yet goes along.
void AiSession::Machine::reset(const Reset& reset, Instant now, Commands& out)
{
    log_.info("session reset", { { "full_reset", reset.full_reset } });
    report_.event("reset", "Reset", { { "consolidate", false }, { "full_reset", reset.full_reset } }, now);
    notify({ { "type", "reset" }, { "full_reset", reset.full_reset } }, out);
    const bool thinking = engine_.floor() == turn::Floor::thinking;
    report_.conversation_left();
    history_.start_epoch(pending_user_ || (thinking && tools_pending()) ? question_ : History::EntryId::none);
    if (reset.full_reset) {
        history_.set_prompt(reset.system_prompt.empty() ? own_prompt(now) : reset.system_prompt);
        out.emplace_back(SetHints { spec_.hints });
    } else if (!reset.system_prompt.empty()) {
        history_.add_prompt(reset.system_prompt);
    }
    if (!reset.system_prompt.empty()) {
        row(Role::system, reset.system_prompt, out);
        report_.system(reset.system_prompt, now);
    }
    step::Commands again;
    steps_.show_again(again);
    take_step_work(std::move(again), false, now, out);
    if (!reset.user_prompt.empty())
        inject(Role::user, reset.user_prompt, "Injected", now, out);
    else if (thinking && asking_ != Asking::idle)
        drive(turn::MessageInjected { false }, now, out);
}

void AiSession::Machine::merge_global_data(const Json::Object& values, Commands& out)
{
    Json::Array keys;
    for (const auto& [key, value] : values) {
        global_data_[key] = value;
        keys.emplace_back(key);
    }
    notify({ { "type", "global_data" }, { "keys", std::move(keys) } }, out); // The values are nobody's business.
}

} // namespace parley::agent
