#include "swaig/report.h"

#include "base/sha256.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace parley::swaig {

namespace {

Json microseconds(WallTime time)
{
    return time.microseconds;
}

double seconds(Duration duration)
{
    return static_cast<double>(duration.count()) / 1e6;
}

double minutes(Duration duration)
{
    return seconds(duration) / 60;
}

void add_if_known(Json::Object& object, std::string_view key, const std::string& value)
{
    if (!value.empty())
        object[key] = value;
}

void add_latency(Json::Object& object, std::string_view key, std::optional<Duration> latency)
{
    if (latency)
        object[key] = to_milliseconds(*latency);
}

Json::Array tool_calls(const std::vector<ToolCall>& calls)
{
    Json::Array array;
    for (const auto& call : calls)
        array.emplace_back(Json::Object {
            { "id", call.id },
            { "type", "function" },
            { "function", Json::Object { { "name", call.name }, { "arguments", call.arguments } } },
        });
    return array;
}

Json::Object log_entry(const CallLogEntry& entry)
{
    Json::Object object { { "role", to_string(entry.role) } };
    add_if_known(object, "action", entry.action);
    object["content"] = entry.content;
    object["timestamp"] = microseconds(entry.timestamp);
    if (entry.confidence)
        object["confidence"] = *entry.confidence;
    add_if_known(object, "content_type", entry.content_type);
    add_if_known(object, "tool_call_id", entry.tool_call_id);
    add_if_known(object, "function_name", entry.function_name);
    add_latency(object, "latency", entry.latency);
    add_latency(object, "utterance_latency", entry.utterance_latency);
    add_latency(object, "audio_latency", entry.audio_latency);
    add_latency(object, "function_latency", entry.function_latency);
    add_latency(object, "execution_latency", entry.execution_latency);
    if (entry.start)
        object["start_timestamp"] = microseconds(*entry.start);
    if (entry.end)
        object["end_timestamp"] = microseconds(*entry.end);
    add_latency(object, "speaking_to_turn_detection", entry.speaking_to_turn_detection);
    add_latency(object, "speaking_to_final_event", entry.speaking_to_final_event);
    if (!entry.tool_calls.empty())
        object["tool_calls"] = tool_calls(entry.tool_calls);
    if (entry.barged) {
        object["barged"] = true;
        add_latency(object, "barge_elapsed_ms", entry.barge_elapsed);
        object["text_heard_approx"] = entry.text_heard;
        object["text_spoken_total"] = entry.text_spoken_total;
    }
    if (!entry.metadata.empty())
        object["metadata"] = entry.metadata;
    return object;
}

Json::Array log_array(const std::vector<CallLogEntry>& entries)
{
    Json::Array array;
    for (const auto& entry : entries)
        array.emplace_back(log_entry(entry));
    return array;
}

// Its own members first: metadata must not change what happened when.
Json::Object timeline_entry(const TimelineEntry& entry)
{
    Json::Object object { { "ts", microseconds(entry.timestamp) }, { "type", entry.type } };
    for (const auto& [key, value] : entry.metadata) {
        if (object.find(key) == nullptr)
            object[key] = value;
    }
    return object;
}

Json::Object swaig_entry(const SwaigLogEntry& entry)
{
    Json::Object object {
        { "command_name", entry.command_name },
        { "command_arg", entry.command_arg.empty() ? "null" : entry.command_arg },
        { "epoch_time", entry.time.microseconds / 1'000'000 },
        { "post_data", entry.post_data },
        { "url", entry.url },
    };
    if (!entry.post_response.is_null())
        object["post_response"] = entry.post_response;
    add_if_known(object, "error", entry.error);
    return object;
}

Json::Object round_trip(const ModelRoundTrip& trip)
{
    const auto rate = [&](Duration over) { return over > Duration::zero() ? trip.tokens / seconds(over) : 0.0; };
    return {
        { "response", trip.response },
        { "response_word_count", trip.response_word_count },
        { "answer_time", seconds(trip.answer_time) },
        { "token_time", seconds(trip.token_time) },
        { "tokens", trip.tokens },
        { "avg_tps", rate(trip.answer_time) },
        { "tps", rate(trip.token_time) },
    };
}

// An opaque tag of 32 hexadecimal digits by which receivers group reports of one model.
std::string model_tag(std::string_view model)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto digest = sha256(model);
    std::string tag;
    for (std::size_t i = 0; i < digest.size() / 2; ++i) {
        tag.push_back(digits[digest[i] >> 4]);
        tag.push_back(digits[digest[i] & 15]);
    }
    return tag;
}

Json::Object answer_object(const PostPromptAnswer& answer)
{
    Json::Object object { { "parsed", answer.parsed }, { "raw", answer.raw } };
    add_if_known(object, "substituted", answer.substituted);
    return object;
}

// Ends of the call that did not happen (yet) are 0, as receivers expect.
void add_dates(Json::Object& body, const SessionReport& report)
{
    const auto or_zero = [](const std::optional<WallTime>& time) { return time ? microseconds(*time) : Json(0); };
    body["call_start_date"] = microseconds(report.call_start);
    body["call_answer_date"] = or_zero(report.call_answer);
    body["call_end_date"] = or_zero(report.call_end);
    body["ai_start_date"] = microseconds(report.ai_start);
    body["ai_end_date"] = microseconds(report.ai_end);
}

void add_totals(Json::Object& body, const SessionReport& report)
{
    const auto whole_minutes = static_cast<std::int64_t>(std::max(1.0, std::ceil(minutes(report.total_time))));
    const auto per_minute
        = [&](std::int64_t count) { return static_cast<double>(count) / static_cast<double>(whole_minutes); };
    body["total_minutes"] = whole_minutes;
    body["total_input_tokens"] = report.input_tokens;
    body["total_output_tokens"] = report.output_tokens;
    body["total_wire_input_tokens"] = report.input_tokens;
    body["total_wire_input_tokens_per_minute"] = per_minute(report.input_tokens);
    body["total_wire_output_tokens"] = report.output_tokens;
    body["total_wire_output_tokens_per_minute"] = per_minute(report.output_tokens);
    body["total_tts_chars"] = report.voice_characters;
    body["total_tts_chars_per_min"] = per_minute(report.voice_characters);
    body["total_asr_minutes"] = minutes(report.speech_time);
    body["total_asr_cost_factor"] = 1.0;
}

} // namespace

Json::Array call_log_json(const std::vector<CallLogEntry>& entries)
{
    return log_array(entries);
}

Json::Object report_body(const SessionReport& report)
{
    Json::Object body;
    add_if_known(body, "project_id", report.project_id);
    add_if_known(body, "space_id", report.space_id);
    body["content_type"] = "text/json";
    body["content_disposition"] = "agent.summary";
    body["conversation_type"] = "voice";
    body["call_id"] = report.call_id.value;
    body["app_name"] = report.app_name;
    body["ai_session_id"] = report.session.value;
    if (!report.times.empty())
        body["ai_id_tag"] = model_tag(report.model);
    add_if_known(body, "conversation_id", report.conversation_id);
    body["action"] = "post_conversation";
    body["call_log"] = log_array(report.call_log);
    body["raw_call_log"] = log_array(report.raw_call_log);
    if (!report.call_timeline.empty()) {
        Json::Array timeline;
        for (const auto& entry : report.call_timeline)
            timeline.emplace_back(timeline_entry(entry));
        body["call_timeline"] = std::move(timeline);
    }
    add_dates(body, report);
    body["call_ended_by"] = to_string(report.ended_by);
    add_if_known(body, "caller_id_name", report.caller_id_name);
    add_if_known(body, "caller_id_number", report.caller_id_number);
    if (!report.times.empty()) {
        Json::Array times;
        for (const auto& trip : report.times)
            times.emplace_back(round_trip(trip));
        body["times"] = std::move(times);
    }
    body["post_prompt_data"] = answer_object(report.post_prompt_data);
    body["global_data"] = report.global_data;
    Json::Array swaig_log;
    for (const auto& entry : report.swaig_log)
        swaig_log.emplace_back(swaig_entry(entry));
    body["swaig_log"] = std::move(swaig_log);
    add_totals(body, report);
    return body;
}

} // namespace parley::swaig
