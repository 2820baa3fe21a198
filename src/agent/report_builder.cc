#include "agent/report_builder.h"

#include "agent/debug_events.h"
#include "agent/redaction.h"
#include "turn/words.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace parley {

std::string_view to_string(EndedBy who)
{
    switch (who) {
    case EndedBy::caller: return "caller";
    case EndedBy::assistant: return "assistant";
    case EndedBy::system: return "system";
    }
    return "unknown";
}

std::string_view to_string(CallLogEntry::Role role)
{
    switch (role) {
    case CallLogEntry::Role::system: return "system";
    case CallLogEntry::Role::user: return "user";
    case CallLogEntry::Role::assistant: return "assistant";
    case CallLogEntry::Role::assistant_manual: return "assistant-manual";
    case CallLogEntry::Role::assistant_thinking: return "assistant-thinking";
    case CallLogEntry::Role::tool: return "tool";
    case CallLogEntry::Role::system_log: return "system-log";
    }
    return "unknown";
}

} // namespace parley

namespace parley::agent {

namespace {

using Role = CallLogEntry::Role;

template <typename T> void append(std::vector<T>& list, T entry)
{
    if (list.size() < ReportBuilder::max_entries)
        list.push_back(std::move(entry));
}

std::optional<Duration> between(std::optional<Instant> from, std::optional<Instant> to)
{
    if (!from || !to)
        return std::nullopt;
    return *to - *from;
}

void add(Json::Object& metadata, std::string_view key, const std::optional<Duration>& latency)
{
    if (latency)
        metadata[key] = to_milliseconds(*latency);
}

// What the user and the model said, and nobody else's text.
bool is_conversation(const CallLogEntry& entry)
{
    return entry.role == Role::user || entry.role == Role::assistant || entry.role == Role::assistant_thinking;
}

} // namespace

ReportBuilder::ReportBuilder(const AiSpec& spec, const SessionIdentity& identity)
    : clock_(identity.clock)
{
    report_.call_id = identity.call;
    report_.session = identity.session;
    report_.app_name = spec.app_name;
    report_.conversation_id = spec.conversation_id;
    report_.project_id = identity.project_id;
    report_.space_id = identity.space_id;
    report_.caller_id_name = identity.caller_id_name;
    report_.caller_id_number = identity.caller_id_number;
    report_.model = spec.prompt.options.model;
    report_.call_start = identity.call_start;
    report_.call_answer = identity.call_answer;
    report_.swml_call = identity.call_variables;
    if (!spec.languages.empty()) {
        language_ = spec.languages.front().code;
        voice_ = spec.languages.front().voice;
        engine_ = spec.languages.front().engine;
    }
}

void ReportBuilder::watch(DebugEvents& debug, Redaction& redaction)
{
    debug_ = debug.on() ? &debug : nullptr;
    redaction_ = redaction.on() ? &redaction : nullptr;
}

void ReportBuilder::started(Instant now)
{
    report_.ai_start = clock_.at(now);
    event("session_start", "AI session started", { { "model", report_.model } }, now);
    if (debug_ != nullptr)
        debug_->tell("session_start",
            { { "model", report_.model }, { "tts_engine", engine_ }, { "tts_voice", voice_ },
                { "language", language_ } });
}

// ---- Entries -------------------------------------------------------------------------------------------------------

void ReportBuilder::note_raw(const CallLogEntry& entry)
{
    append(report_.raw_call_log, entry);
    if (debug_ != nullptr)
        debug_->added(entry);
}

void ReportBuilder::note(CallLogEntry entry, Instant now)
{
    entry.timestamp = clock_.at(now);
    note_raw(entry);
    // The log for people shows what was heard; how it was cut belongs to the raw one.
    entry.barged = false;
    entry.barge_elapsed.reset();
    entry.text_heard.clear();
    entry.text_spoken_total.clear();
    if (!join(entry))
        append(report_.call_log, std::move(entry));
}

// The user went on and nothing was heard or done in between: one turn for people.
bool ReportBuilder::join(const CallLogEntry& entry)
{
    if (entry.role != Role::user || report_.call_log.empty())
        return false;
    const auto last = std::find_if(report_.call_log.rbegin(), report_.call_log.rend(),
        [](const CallLogEntry& earlier) { return earlier.role != Role::system_log; });
    if (last == report_.call_log.rend() || last->role != Role::user || last->content_type != "Detected Speech"
        || entry.content_type != last->content_type)
        return false;
    last->content += " " + entry.content;
    last->merge_count += last->merge_count == 0 ? 2 : 1;
    last->barge_count += entry.barge_count;
    last->end = entry.end;
    if (entry.confidence && last->confidence)
        last->confidence = std::min(*last->confidence, *entry.confidence);
    last->speaking_to_turn_detection = entry.speaking_to_turn_detection;
    last->speaking_to_final_event = entry.speaking_to_final_event;
    if (redaction_ != nullptr)
        redaction_->add(last->content);
    return true;
}

void ReportBuilder::timeline(std::string type, Json::Object metadata, Instant now)
{
    if (!metadata.empty())
        append(report_.call_timeline, TimelineEntry { clock_.at(now), std::move(type), std::move(metadata) });
}

void ReportBuilder::system(std::string content, Instant now)
{
    CallLogEntry entry;
    entry.role = Role::system;
    entry.content = std::move(content);
    note(std::move(entry), now);
}

void ReportBuilder::instruction(std::string content, Instant now)
{
    CallLogEntry entry;
    entry.role = Role::system;
    entry.content = std::move(content);
    entry.language = language_;
    entry.instruction = true;
    entry.visible_count = static_cast<int>(std::ranges::count_if(
        report_.call_log, [](const CallLogEntry& earlier) { return earlier.role != Role::system_log; }));
    note(std::move(entry), now);
}

void ReportBuilder::user(CallLogEntry entry, Instant now)
{
    entry.role = Role::user;
    if (entry.confidence) // Recognisers tell it as `float`: 0.9 is to be read as 0.9.
        entry.confidence = std::round(*entry.confidence * 1e4) / 1e4;
    entry.barge_count = std::max(entry.barge_count, std::exchange(fresh_interruptions_, 0));
    user_end_ = entry.end;
    user_final_ = entry.speaking_to_final_event;
    if (redaction_ != nullptr) {
        redaction_->add(entry.content);
        redaction_->add(entry.original);
    }
    Json::Object metadata;
    if (entry.confidence)
        metadata["confidence"] = *entry.confidence;
    add(metadata, "speaking_to_turn_detection", entry.speaking_to_turn_detection);
    add(metadata, "speaking_to_final_event", entry.speaking_to_final_event);
    if (entry.barge_count > 0)
        metadata["barge_count"] = entry.barge_count;
    timeline("user_input", std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::told(const SpokenEntry& spoken)
{
    if (spoken.cut && spoken.by_model) {
        ++interruptions_;
        ++fresh_interruptions_;
    }
    if (!spoken.by_model || debug_ == nullptr)
        return;
    if (spoken.cut) {
        Json::Object barge { { "barge_type", spoken.retracted || spoken.heard.empty() ? "transparent" : "normal" } };
        add(barge, "barge_elapsed_ms", between(spoken.start, spoken.end));
        barge["interrupt_count"] = interruptions_;
        debug_->tell("barge", std::move(barge));
    }
    debug_->tell("ai_completion", { { "type", spoken.cut ? "barged" : "normal" } });
}

// Empty: as it was written.
std::string ReportBuilder::as_spoken(const SpokenEntry& spoken)
{
    std::string text = spoken.heard;
    std::erase_if(respoken_, [&](const auto& piece) {
        if (const auto at = text.find(piece.first); at != std::string::npos)
            text.replace(at, piece.first.size(), piece.second);
        return spoken.generated.find(piece.first) != std::string::npos;
    });
    return text == spoken.heard ? std::string() : text;
}

void ReportBuilder::user_went_on(CallLogEntry entry, const std::string& before, Instant now)
{
    auto& log = report_.call_log;
    const auto earlier = std::find_if(log.rbegin(), log.rend(),
        [&](const CallLogEntry& each) { return each.role == CallLogEntry::Role::user && each.content == before; });
    if (earlier != log.rend()) {
        entry.start = earlier->start;
        log.erase(std::next(earlier).base());
    }
    user(std::move(entry), now);
}

void ReportBuilder::spoken(const SpokenEntry& spoken, Instant now)
{
    told(spoken);
    CallLogEntry entry;
    entry.role = spoken.by_model ? Role::assistant : Role::assistant_manual;
    entry.content = spoken.heard;
    entry.pronounced = as_spoken(spoken);
    if (!spoken.pronounced.empty())
        entry.pronounced = spoken.pronounced;
    if (spoken.start)
        entry.start = clock_.at(*spoken.start);
    if (spoken.end)
        entry.end = clock_.at(*spoken.end);
    entry.latency = between(spoken.asked, spoken.first_token);
    entry.utterance_latency = between(spoken.asked, spoken.first_piece);
    entry.audio_latency = between(spoken.asked, spoken.start);
    if (spoken.by_model && entry.audio_latency && user_end_) {
        entry.acoustic_latency = std::chrono::microseconds(entry.start->microseconds - user_end_->microseconds);
        entry.eos_to_push_latency = user_final_;
        user_end_.reset(); // What is said further was not waited for.
    }
    if (spoken.cut) {
        entry.barged = true;
        entry.barge_elapsed = between(spoken.start, spoken.end);
        entry.text_heard = spoken.heard;
        entry.text_spoken_total = spoken.generated;
    }
    if (redaction_ != nullptr && spoken.by_model) {
        redaction_->add(spoken.heard);
        redaction_->add(spoken.generated);
        redaction_->add(entry.pronounced);
        redaction_->turn_completed();
    }
    if (spoken.heard.empty() || spoken.retracted) { // Nobody heard it, or nobody was meant to: only the raw log knows.
        entry.timestamp = clock_.at(now);
        note_raw(entry);
        return;
    }
    Json::Object metadata;
    add(metadata, "latency", entry.latency);
    add(metadata, "utterance_latency", entry.utterance_latency);
    add(metadata, "audio_latency", entry.audio_latency);
    add(metadata, "acoustic_latency", entry.acoustic_latency);
    timeline("ai_response", std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::thinking(std::string content, Instant now)
{
    if (redaction_ != nullptr)
        redaction_->add(content);
    CallLogEntry entry;
    entry.role = Role::assistant_thinking;
    entry.content = std::move(content);
    note(std::move(entry), now);
}

void ReportBuilder::tool_request(std::vector<ToolCall> calls, Instant now)
{
    CallLogEntry entry;
    entry.role = Role::assistant;
    entry.tool_calls = std::move(calls);
    entry.latency = last_latency_;
    note(std::move(entry), now);
}

void ReportBuilder::tool_result(CallLogEntry entry, Instant now)
{
    entry.role = Role::tool;
    if (!entry.latency)
        entry.latency = last_latency_;
    if (entry.execution_latency) {
        entry.end = clock_.at(now);
        entry.start = clock_.at(now - *entry.execution_latency);
    }
    Json::Object metadata { { "function_name", entry.function_name } };
    add(metadata, "function_latency", entry.function_latency);
    add(metadata, "execution_latency", entry.execution_latency);
    timeline("tool_result", std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::swaig(SwaigLogEntry entry, Instant now)
{
    entry.time = clock_.at(now);
    if (debug_ != nullptr)
        debug_->called(entry);
    append(report_.swaig_log, std::move(entry));
}

void ReportBuilder::round_trip(ModelRoundTrip trip, int input_tokens, int output_tokens)
{
    trip.response_word_count = static_cast<int>(turn::count_words(trip.response));
    trip.tokens = output_tokens;
    last_latency_.reset();
    if (trip.token_time > Duration::zero() || !trip.response.empty())
        last_latency_ = trip.answer_time - trip.token_time;
    report_.input_tokens += input_tokens;
    report_.output_tokens += output_tokens;
    if (redaction_ != nullptr)
        redaction_->add(trip.response);
    append(report_.times, std::move(trip));
}

void ReportBuilder::event(std::string action, std::string content, Json::Object metadata, Instant now)
{
    for (const auto& [key, value] : place_) {
        if (metadata.find(key) == nullptr)
            metadata[key] = value;
    }
    if (action == "llm_error" || action == "voice_error")
        last_failure_ = Json(metadata).string_or("event");
    if (debug_ != nullptr)
        debug_->logged(action, metadata);
    CallLogEntry entry;
    entry.role = Role::system_log;
    entry.content = std::move(content);
    entry.content_type = "Detected Speech"; // The wire's own constant for every line of this role.
    entry.language = language_;
    entry.action = action;
    entry.metadata = metadata;
    timeline(std::move(action), std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::conversation_left()
{
    if (report_.previous_contexts.size() >= max_contexts)
        return;
    std::vector<CallLogEntry> left;
    std::vector<CallLogEntry> kept;
    for (auto& entry : report_.call_log)
        (entry.role == Role::system_log ? kept : left).push_back(std::move(entry));
    report_.call_log = std::move(kept);
    if (!left.empty())
        report_.previous_contexts.push_back(std::move(left));
}

void ReportBuilder::normalized(const std::string& original, const std::string& text, Instant now)
{
    if (original == text)
        return;
    Json::Object metadata { { "direction", "itn" }, { "original", original }, { "normalized", text } };
    if (debug_ != nullptr && redaction_ == nullptr)
        debug_->tell("text_normalize", metadata);
    timeline("text_normalize", std::move(metadata), now);
}

void ReportBuilder::pronounced(const std::string& original, const std::string& text, Instant now)
{
    if (original == text)
        return;
    timeline("pronounce", { { "original", original }, { "result", text } }, now);
    if (respoken_.size() < max_respoken)
        respoken_.emplace_back(original, text);
}

// ---- The end -------------------------------------------------------------------------------------------------------

void ReportBuilder::ended(EndedBy who, std::string reason, Instant now)
{
    report_.ai_end = clock_.at(now);
    report_.total_time = report_.ai_end - report_.ai_start;
    report_.ended_by = who;
    report_.end_reason = reason;
    event("session_end", "AI session ended: " + reason,
        { { "reason", reason }, { "ended_by", std::string(to_string(who)) } }, now);
    if (debug_ == nullptr)
        return;
    Json::Object told { { "reason", reason }, { "ended_by", to_string(who) } };
    if (reason == "error")
        told["fatal_error_reason"] = last_failure_.empty() ? "provider_lost" : last_failure_;
    told["duration_ms"] = to_milliseconds(report_.total_time);
    told["input_tokens"] = report_.input_tokens;
    told["output_tokens"] = report_.output_tokens;
    debug_->tell("session_end", std::move(told));
}

void ReportBuilder::post_prompt(std::string prompt, PostPromptAnswer answer, Instant now)
{
    if (redaction_ != nullptr)
        redaction_->keep(answer.raw); // The program asked for it, and nobody said it.
    system(std::move(prompt), now);
    CallLogEntry entry;
    entry.role = Role::assistant;
    entry.content = answer.raw;
    note(std::move(entry), now);
    report_.post_prompt_data = std::move(answer);
}

void ReportBuilder::post_prompt_by_function(std::string prompt, PostPromptAnswer answer, Instant now)
{
    system(std::move(prompt), now);
    report_.post_prompt_data = std::move(answer);
}

// ---- Reading -------------------------------------------------------------------------------------------------------

std::vector<CallLogEntry> ReportBuilder::masked(const std::vector<CallLogEntry>& entries) const
{
    std::vector<CallLogEntry> result = entries;
    if (redaction_ == nullptr)
        return result;
    for (auto& entry : result) {
        if (!is_conversation(entry))
            continue;
        for (auto* text :
            { &entry.content, &entry.original, &entry.pronounced, &entry.text_heard, &entry.text_spoken_total })
            *text = redaction_->masked(*text);
    }
    return result;
}

std::vector<CallLogEntry> ReportBuilder::call_log() const
{
    return masked(report_.call_log);
}

std::vector<CallLogEntry> ReportBuilder::raw_call_log() const
{
    return masked(report_.raw_call_log);
}

SessionReport ReportBuilder::beginning() const
{
    SessionReport report = report_;
    report.fetch = true;
    return report;
}

SessionReport ReportBuilder::report(Json::Object global_data) const
{
    SessionReport report = report_;
    report.global_data = std::move(global_data);
    if (redaction_ == nullptr)
        return report;
    report.call_log = call_log();
    report.raw_call_log = raw_call_log();
    for (auto& context : report.previous_contexts)
        context = masked(context);
    for (auto& trip : report.times)
        trip.response = redaction_->masked(trip.response);
    return report;
}

} // namespace parley::agent
