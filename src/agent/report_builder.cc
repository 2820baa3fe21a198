#include "agent/report_builder.h"

#include "turn/words.h"

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

Json milliseconds(Duration d)
{
    return Json(to_milliseconds(d));
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
}

void ReportBuilder::started(Instant now)
{
    report_.ai_start = clock_.at(now);
    event("session_start", "AI session started", { { "model", report_.model } }, now);
}

void ReportBuilder::note(CallLogEntry entry, Instant now)
{
    entry.timestamp = clock_.at(now);
    append(report_.raw_call_log, entry);
    // The log for people shows what was heard; how it was cut belongs to the raw one.
    entry.barged = false;
    entry.barge_elapsed.reset();
    entry.text_heard.clear();
    entry.text_spoken_total.clear();
    append(report_.call_log, std::move(entry));
}

void ReportBuilder::timeline(std::string type, Json::Object metadata, Instant now)
{
    if (!metadata.empty())
        append(report_.call_timeline, TimelineEntry { clock_.at(now), std::move(type), std::move(metadata) });
}

void ReportBuilder::system(std::string content, Instant now)
{
    CallLogEntry entry;
    entry.role = CallLogEntry::Role::system;
    entry.content = std::move(content);
    note(std::move(entry), now);
}

void ReportBuilder::instruction(std::string content, Instant now)
{
    CallLogEntry entry;
    entry.role = CallLogEntry::Role::system;
    entry.content = std::move(content);
    entry.instruction = true;
    note(std::move(entry), now);
}

void ReportBuilder::conversation_left()
{
    std::vector<CallLogEntry> left;
    for (; conversation_from_ < report_.call_log.size(); ++conversation_from_) {
        if (const auto& entry = report_.call_log[conversation_from_]; entry.role != CallLogEntry::Role::system_log)
            left.push_back(entry);
    }
    if (!left.empty() && report_.previous_contexts.size() < max_previous_contexts)
        report_.previous_contexts.push_back(std::move(left));
}

void ReportBuilder::user(CallLogEntry entry, Instant now)
{
    entry.role = CallLogEntry::Role::user;
    Json::Object metadata;
    if (entry.confidence)
        metadata["confidence"] = *entry.confidence;
    if (entry.speaking_to_turn_detection)
        metadata["speaking_to_turn_detection"] = milliseconds(*entry.speaking_to_turn_detection);
    if (entry.speaking_to_final_event)
        metadata["speaking_to_final_event"] = milliseconds(*entry.speaking_to_final_event);
    timeline("user_input", std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::spoken(const SpokenEntry& spoken, Instant now)
{
    CallLogEntry entry;
    entry.role = spoken.by_model ? CallLogEntry::Role::assistant : CallLogEntry::Role::assistant_manual;
    entry.content = spoken.heard;
    if (spoken.start)
        entry.start = clock_.at(*spoken.start);
    if (spoken.end)
        entry.end = clock_.at(*spoken.end);
    entry.latency = between(spoken.asked, spoken.first_token);
    entry.utterance_latency = between(spoken.asked, spoken.first_piece);
    entry.audio_latency = between(spoken.asked, spoken.start);
    if (spoken.cut) {
        entry.barged = true;
        entry.barge_elapsed = between(spoken.start, spoken.end);
        entry.text_heard = spoken.heard;
        entry.text_spoken_total = spoken.generated;
    }
    if (spoken.heard.empty()) { // Nobody heard it: only the raw log knows.
        entry.timestamp = clock_.at(now);
        append(report_.raw_call_log, std::move(entry));
        return;
    }
    Json::Object metadata;
    if (entry.latency)
        metadata["latency"] = milliseconds(*entry.latency);
    if (entry.utterance_latency)
        metadata["utterance_latency"] = milliseconds(*entry.utterance_latency);
    if (entry.audio_latency)
        metadata["audio_latency"] = milliseconds(*entry.audio_latency);
    timeline("ai_response", std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::tool_request(std::vector<ToolCall> calls, Instant now)
{
    CallLogEntry entry;
    entry.role = CallLogEntry::Role::assistant;
    entry.tool_calls = std::move(calls);
    note(std::move(entry), now);
}

void ReportBuilder::tool_result(CallLogEntry entry, Instant now)
{
    entry.role = CallLogEntry::Role::tool;
    Json::Object metadata { { "function_name", entry.function_name } };
    if (entry.execution_latency)
        metadata["execution_latency"] = milliseconds(*entry.execution_latency);
    timeline("tool_result", std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::swaig(SwaigLogEntry entry, Instant now)
{
    entry.time = clock_.at(now);
    append(report_.swaig_log, std::move(entry));
}

void ReportBuilder::round_trip(ModelRoundTrip trip, int input_tokens, int output_tokens)
{
    trip.response_word_count = static_cast<int>(turn::count_words(trip.response));
    trip.tokens = output_tokens;
    report_.input_tokens += input_tokens;
    report_.output_tokens += output_tokens;
    append(report_.times, std::move(trip));
}

void ReportBuilder::event(std::string action, std::string content, Json::Object metadata, Instant now)
{
    for (const auto& [key, value] : place_) {
        if (metadata.find(key) == nullptr)
            metadata[key] = value;
    }
    CallLogEntry entry;
    entry.role = CallLogEntry::Role::system_log;
    entry.content = std::move(content);
    entry.content_type = "Detected Speech"; // The wire's own constant for every line of this role.
    entry.action = action;
    entry.metadata = metadata;
    timeline(std::move(action), std::move(metadata), now);
    note(std::move(entry), now);
}

void ReportBuilder::ended(EndedBy who, std::string reason, Instant now)
{
    report_.ai_end = clock_.at(now);
    report_.total_time = report_.ai_end - report_.ai_start;
    report_.ended_by = who;
    report_.end_reason = reason;
    event("session_end", "AI session ended: " + reason,
        { { "reason", reason }, { "ended_by", std::string(to_string(who)) } }, now);
}

void ReportBuilder::post_prompt(std::string prompt, PostPromptAnswer answer, Instant now)
{
    system(std::move(prompt), now);
    CallLogEntry entry;
    entry.role = CallLogEntry::Role::assistant;
    entry.content = answer.raw;
    note(std::move(entry), now);
    report_.post_prompt_data = std::move(answer);
}

SessionReport ReportBuilder::report(Json::Object global_data) const
{
    SessionReport report = report_;
    report.global_data = std::move(global_data);
    return report;
}

} // namespace parley::agent
