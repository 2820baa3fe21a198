#include "swaig/bedrock_object.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace parley::swaig {

namespace {

struct BedrockVoice {
    std::string_view id, language, code;
};

constexpr std::array<BedrockVoice, 5> voices { {
    { "matthew", "English", "en-US" }, // The first is the default.
    { "tiffany", "English", "en-US" },
    { "amy", "British English", "en-GB" },
    { "lupe", "Spanish", "es-US" },
    { "carlos", "Spanish", "es-US" },
} };

// What of the object, of its functions and of its prompt is taken over.
constexpr std::array taken { "global_data", "post_prompt", "post_prompt_url" };
constexpr std::array taken_of_swaig { "functions", "defaults" };
constexpr std::array not_of_prompt { "voice_id", "contexts", "steps", "model" };

constexpr std::string_view hard_stop_prompt
    = "The time limit for this call has been reached. Please wrap up the conversation.";

const Json* given(const Json::Object& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

template <std::size_t N> void copy(const Json::Object& from, const std::array<const char*, N>& keys, Json::Object& to)
{
    for (const auto* key : keys) {
        if (const auto* value = given(from, key))
            to[key] = *value;
    }
}

const BedrockVoice& voice_of(const Json* prompt)
{
    const std::string id = prompt == nullptr ? "" : prompt->string_or("voice_id");
    const auto found = std::ranges::find(voices, std::string_view(id), &BedrockVoice::id);
    return found == voices.end() ? voices.front() : *found;
}

Json::Object params_of(const Json::Object& bedrock)
{
    Json::Object params;
    if (const auto* own = given(bedrock, "params"); own != nullptr && own->is_object())
        params = own->as_object();
    for (const auto* key : { "app_name", "conversation_id" }) {
        if (const auto* value = given(bedrock, key); value != nullptr && params.find(key) == nullptr)
            params[key] = *value;
    }
    if (given(params, "app_name") == nullptr)
        params["app_name"] = "bedrock";
    if (given(params, "hard_stop_prompt") == nullptr)
        params["hard_stop_prompt"] = hard_stop_prompt;
    const auto* greeting = given(bedrock, "greeting_prompt");
    if (greeting != nullptr && greeting->string_or("role") == "assistant"
        && given(params, "static_greeting") == nullptr)
        params["static_greeting"] = greeting->string_or("text");
    return params;
}

} // namespace

Json::Object ai_of_bedrock(const Json::Object& bedrock)
{
    Json::Object ai;
    const auto* prompt = given(bedrock, "prompt");
    if (prompt != nullptr) {
        Json own = *prompt;
        if (own.is_object()) {
            for (const auto* key : not_of_prompt)
                own.as_object().erase(key);
        }
        ai["prompt"] = std::move(own);
    }
    copy(bedrock, taken, ai);
    if (const auto* swaig = given(bedrock, "SWAIG"); swaig != nullptr && swaig->is_object()) {
        Json::Object own;
        copy(swaig->as_object(), taken_of_swaig, own);
        ai["SWAIG"] = std::move(own);
    }
    ai["params"] = params_of(bedrock);
    const auto& voice = voice_of(prompt);
    ai["languages"]
        = Json::Array { Json::Object { { "name", voice.language }, { "code", voice.code }, { "voice", voice.id } } };
    return ai;
}

Result<ParsedAi> parse_bedrock_object(const Json::Object& bedrock)
{
    auto parsed = parse_ai_object(ai_of_bedrock(bedrock));
    if (!parsed)
        return parsed;
    const auto* prompt = given(bedrock, "prompt");
    const std::string asked = prompt == nullptr ? "" : prompt->string_or("voice_id");
    if (!asked.empty() && asked != voice_of(prompt).id)
        parsed->warnings.push_back(
            "prompt.voice_id: " + asked + " is not known, " + std::string(voices.front().id) + " speaks");
    return parsed;
}

} // namespace parley::swaig
