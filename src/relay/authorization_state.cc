#include "relay/authorization_state.h"

#include "base/base64.h"
#include "base/hmac.h"
#include "base/json.h"

#include <algorithm>

namespace parley::relay {

namespace {

constexpr std::size_t max_payload = 16 * 1024;

std::string payload_of(const AuthorizationState& state, bool with_contexts)
{
    Json::Array contexts;
    if (with_contexts) {
        for (const auto& context : state.contexts)
            contexts.push_back(context.value);
    }
    return Json(Json::Object {
                    { "project", state.project.value },
                    { "protocol", state.protocol },
                    { "contexts", std::move(contexts) },
                    { "received", static_cast<std::int64_t>(state.received) },
                    { "written", state.written.microseconds },
                })
        .dump();
}

std::string signature(std::string_view payload, std::string_view key)
{
    const Sha256 digest = hmac_sha256(key, payload);
    return { reinterpret_cast<const char*>(digest.data()), digest.size() };
}

std::optional<AuthorizationState> parse(std::string_view payload)
{
    const auto json = Json::parse(payload);
    if (!json)
        return std::nullopt;
    const auto* contexts = json->find("contexts");
    const auto* received = json->find("received");
    const auto* written = json->find("written");
    if (contexts == nullptr || !contexts->is_array() || received == nullptr || !received->is_integer()
        || written == nullptr || !written->is_integer())
        return std::nullopt;
    AuthorizationState state;
    state.project.value = json->string_or("project");
    state.protocol = json->string_or("protocol");
    for (const auto& context : contexts->as_array()) {
        if (context.is_string())
            state.contexts.insert(ContextName { context.as_string() });
    }
    state.received = static_cast<std::uint64_t>(received->as_integer());
    state.written = { written->as_integer() };
    return state;
}

} // namespace

std::string seal(const AuthorizationState& state, std::string_view key)
{
    auto payload = payload_of(state, true);
    if (payload.size() > max_payload)
        payload = payload_of(state, false);
    return base64_encode(payload) + ":" + base64_encode(signature(payload, key));
}

std::optional<AuthorizationState> unseal(std::string_view text, std::string_view key, WallTime now, Duration life)
{
    const auto colon = text.find(':');
    if (text.size() > max_authorization_state || colon == std::string_view::npos)
        return std::nullopt;
    const auto payload = base64_decode(text.substr(0, colon));
    const auto given = base64_decode(text.substr(colon + 1));
    Sha256 digest {};
    if (!payload || !given || given->size() != digest.size())
        return std::nullopt;
    std::ranges::copy(*given, reinterpret_cast<char*>(digest.data()));
    if (!same_digest(digest, hmac_sha256(key, *payload)))
        return std::nullopt;
    auto state = parse(*payload);
    if (!state || state->written + life < now)
        return std::nullopt;
    return state;
}

} // namespace parley::relay
