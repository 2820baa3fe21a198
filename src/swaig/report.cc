#include "swaig/report.h"

#include "agent/log_json.h"
#include "base/hashes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_set>

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

// Lines that tell what happened: their content is for people, `metadata` for programs.
Json::Object event_entry(const CallLogEntry& entry)
{
    Json::Object object { { "role", to_string(entry.role) }, { "action", entry.action } };
    add_if_known(object, "lang", entry.language);
    object["timestamp"] = microseconds(entry.timestamp);
    object["tokens"] = 0;
    object["content_type"] = entry.content_type;
    object["content"] = entry.content;
    if (!entry.metadata.empty())
        object["metadata"] = entry.metadata;
    return object;
}

void add_user(Json::Object& object, const CallLogEntry& entry)
{
    if (entry.confidence)
        object["confidence"] = *entry.confidence;
    add_if_known(object, "content_type", entry.content_type);
}

void add_times(Json::Object& object, const CallLogEntry& entry)
{
    add_latency(object, "latency", entry.latency);
    add_latency(object, "utterance_latency", entry.utterance_latency);
    add_latency(object, "audio_latency", entry.audio_latency);
    add_latency(object, "acoustic_latency", entry.acoustic_latency);
    add_latency(object, "eos_to_push_latency", entry.eos_to_push_latency);
    if (entry.acoustic_latency && entry.eos_to_push_latency && entry.audio_latency) // What is neither words nor model.
        add_latency(object, "poll", *entry.acoustic_latency - *entry.eos_to_push_latency - *entry.audio_latency);
    add_latency(object, "function_latency", entry.function_latency);
    add_latency(object, "execution_latency", entry.execution_latency);
    if (entry.start)
        object["start_timestamp"] = microseconds(*entry.start);
    if (entry.end)
        object["end_timestamp"] = microseconds(*entry.end);
    add_latency(object, "speaking_to_turn_detection", entry.speaking_to_turn_detection);
    if (entry.speaking_to_turn_detection && entry.speaking_to_final_event)
        add_latency(object, "turn_detection_to_final_event",
            std::max(Duration(0), *entry.speaking_to_final_event - *entry.speaking_to_turn_detection));
    add_latency(object, "speaking_to_final_event", entry.speaking_to_final_event);
}

void add_merged(Json::Object& object, const CallLogEntry& entry)
{
    if (entry.barge_count > 0)
        object["barge_count"] = entry.barge_count;
    if (entry.merge_count > 0) {
        object["merged"] = true;
        object["merge_count"] = entry.merge_count;
    }
    add_if_known(object, "original", entry.original);
}

Json::Object log_entry(const CallLogEntry& entry)
{
    if (entry.role == CallLogEntry::Role::system_log)
        return event_entry(entry);
    Json::Object object { { "role", to_string(entry.role) }, { "content", entry.content },
        { "timestamp", microseconds(entry.timestamp) } };
    if (entry.instruction) {
        add_if_known(object, "lang", entry.language);
        object["tokens"] = entry.content.size() / 4;
        object["visible_count"] = entry.visible_count;
    }
    add_user(object, entry);
    add_if_known(object, "tool_call_id", entry.tool_call_id);
    add_if_known(object, "function_name", entry.function_name);
    add_times(object, entry);
    add_merged(object, entry);
    add_if_known(object, "pronounced", entry.pronounced);
    if (!entry.tool_calls.empty())
        object["tool_calls"] = tool_calls(entry.tool_calls);
    if (entry.barged) {
        object["barged"] = true;
        add_latency(object, "barge_elapsed_ms", entry.barge_elapsed);
        object["text_heard_approx"] = entry.text_heard;
        object["text_spoken_total"] = entry.text_spoken_total;
    }
    for (const auto& [key, value] : entry.metadata) {
        if (object.find(key) == nullptr)
            object[key] = value;
    }
    return object;
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
    if (!report.fetch) // It has only begun.
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

void add_logs(Json::Object& body, const SessionReport& report)
{
    body["call_log"] = call_log_json(report.call_log);
    body["raw_call_log"] = call_log_json(report.raw_call_log);
    if (!report.call_timeline.empty()) {
        Json::Array timeline;
        for (const auto& entry : report.call_timeline)
            timeline.emplace_back(timeline_entry(entry));
        body["call_timeline"] = std::move(timeline);
    }
    if (!report.previous_contexts.empty()) {
        Json::Array contexts;
        for (const auto& context : report.previous_contexts)
            contexts.emplace_back(call_log_json(context));
        body["previous_contexts"] = std::move(contexts);
    }
    if (report.hard_timeout)
        body["hard_timeout"] = true;
}

void add_results(Json::Object& body, const SessionReport& report)
{
    body["post_prompt_data"] = answer_object(report.post_prompt_data);
    body["global_data"] = report.global_data;
    Json::Array swaig_log;
    for (const auto& entry : report.swaig_log)
        swaig_log.emplace_back(agent::json_of(entry));
    body["swaig_log"] = std::move(swaig_log);
    add_totals(body, report);
    add_if_known(body, "conversation_summary", report.conversation_summary);
}

// ---- What goes when it is too long, one after the other -----------------------------------------------------------

template <typename What> void each_tool_call(Json::Object& body, const What& what)
{
    if (auto* log = body.find("swaig_log")) {
        for (auto& entry : log->as_array())
            what(entry.as_object());
    }
}

// Each post to a tool may repeat the whole log so far.
void drop_logs_of_tools(Json::Object& body)
{
    each_tool_call(body, [](Json::Object& entry) {
        if (auto* post = entry.find("post_data"); post != nullptr && post->is_object()) {
            for (const auto key : { "call_log", "raw_call_log", "SWMLVars", "SWMLCall" })
                post->as_object().erase(key);
        }
    });
}

void drop_timeline(Json::Object& body)
{
    body.erase("call_timeline");
}

void drop_bodies_of_tools(Json::Object& body)
{
    each_tool_call(body, [](Json::Object& entry) {
        for (const auto key : { "post_data", "post_response", "delayed_post_response" })
            entry.erase(key);
    });
}

void drop_texts_of_rounds(Json::Object& body)
{
    if (auto* times = body.find("times")) {
        for (auto& trip : times->as_array())
            trip["response"] = "";
    }
}

// What stands in `call_log` too, letter by letter.
void drop_duplicates(Json::Object& body)
{
    const auto& log = body.find("call_log")->as_array();
    auto& raw = body.find("raw_call_log")->as_array();
    std::unordered_set<std::string> known;
    for (const auto& entry : log)
        known.insert(entry.dump());
    std::erase_if(raw, [&](const Json& entry) { return known.contains(entry.dump()); });
}

void drop_what_was_left(Json::Object& body)
{
    body["raw_call_log"] = Json::Array {};
    body.erase("previous_contexts");
}

// Nothing is left but who, when and how much.
void drop_log(Json::Object& body)
{
    body["call_log"] = Json::Array {};
    body["swaig_log"] = Json::Array {};
    body.erase("times");
}

void drop_data(Json::Object& body)
{
    body["global_data"] = Json::Object {};
    body["post_prompt_data"] = answer_object({});
    body.erase("conversation_summary");
    body.erase("SWMLVars");
    body.erase("SWMLCall");
}

constexpr std::array shorter { drop_logs_of_tools, drop_timeline, drop_bodies_of_tools, drop_texts_of_rounds,
    drop_duplicates, drop_what_was_left, drop_log, drop_data };

} // namespace

Json::Array call_log_json(const std::vector<CallLogEntry>& entries)
{
    Json::Array array;
    for (const auto& entry : entries)
        array.emplace_back(log_entry(entry));
    return array;
}

Json::Object report_body(const SessionReport& report)
{
    Json::Object body;
    add_if_known(body, "project_id", report.project_id);
    add_if_known(body, "space_id", report.space_id);
    body["content_type"] = "text/json";
    body["content_disposition"] = report.fetch ? "agent.load_conversation" : "agent.summary";
    body["conversation_type"] = "voice";
    body["call_id"] = report.call_id.value;
    body["app_name"] = report.app_name;
    body["ai_session_id"] = report.session.value;
    if (!report.times.empty())
        body["ai_id_tag"] = md5_hex(report.model); // By which receivers group reports of one model.
    add_if_known(body, "conversation_id", report.conversation_id);
    body["action"] = report.fetch ? "fetch_conversation" : "post_conversation";
    if (!report.fetch)
        add_logs(body, report);
    add_dates(body, report);
    if (!report.fetch)
        body["call_ended_by"] = to_string(report.ended_by);
    add_if_known(body, "caller_id_name", report.caller_id_name);
    add_if_known(body, "caller_id_number", report.caller_id_number);
    if (!report.times.empty()) {
        Json::Array times;
        for (const auto& trip : report.times)
            times.emplace_back(round_trip(trip));
        body["times"] = std::move(times);
    }
    if (!report.swml_vars.empty())
        body["SWMLVars"] = report.swml_vars;
    if (!report.swml_call.empty())
        body["SWMLCall"] = report.swml_call;
    if (!report.fetch)
        add_results(body, report);
    return body;
}

std::string fetched_summary(std::string_view body)
{
    const auto answer = Json::parse(body);
    if (!answer)
        return {};
    const auto* summary = answer->find("conversation_summary");
    if (summary == nullptr || summary->is_null())
        return {};
    return summary->is_string() ? summary->as_string() : summary->dump();
}

std::string report_text(const SessionReport& report, std::size_t limit)
{
    Json::Object body = report_body(report);
    std::string text = Json(body).dump();
    for (const auto drop : shorter) {
        if (text.size() <= limit)
            break;
        drop(body);
        text = Json(body).dump();
    }
    return text;
}

} // namespace parley::swaig
