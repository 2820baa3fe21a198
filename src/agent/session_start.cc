// Before the first word: functions of others, the startup hook; then the opening.
#include "agent/ai_session_machine.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::size_t max_tools = 256; // Of all sources together.

} // namespace

// The user may speak meanwhile; he is answered when everything is there.
void AiSession::Machine::begin(Instant now, Commands& out)
{
    for (const auto& tool : spec_.tools)
        meta_.seed(tool.meta_data_token, tool.meta_data);
    for (const auto& hook : spec_.hooks)
        meta_.seed(hook.meta_data_token, hook.meta_data);
    preparing_ = true;
    if (spec_.includes.empty() && spec_.mcp_servers.empty()) {
        call_startup_hook(now, out);
        return;
    }
    FetchTools wanted { spec_.includes, spec_.mcp_servers, fetch_wait };
    for (auto& server : wanted.servers) {
        for (auto& [name, value] : server.headers)
            value = filled_in(value, now);
        for (auto& [name, value] : server.resource_variables) {
            if (value.is_string())
                value = Json(filled_in(value.as_string(), now));
        }
    }
    start(Timer::prepare, now + fetch_wait + 1s); // Its carrier is to have answered before.
    out.emplace_back(std::move(wanted));
}

void AiSession::Machine::on(const ToolsFetched& fetched, Instant now, Commands& out)
{
    if (!timers_[static_cast<std::size_t>(Timer::prepare)])
        return; // Too late.
    stop(Timer::prepare);
    for (const auto& source : fetched.sources) {
        for (const auto& tool : source.tools)
            add_tool(tool, source.url);
        if (!source.global_data.empty())
            merge_global_data(source.global_data, out);
        log_.info("functions of others",
            { { "url", source.url }, { "functions", source.tools.size() }, { "error", source.error } });
    }
    call_startup_hook(now, out);
}

// What the program declares itself comes first.
void AiSession::Machine::add_tool(const ToolSpec& tool, const std::string& url)
{
    const bool is_hook = is_hook_name(tool.name);
    auto& into = is_hook ? spec_.hooks : spec_.tools;
    if (std::ranges::find(into, tool.name, &ToolSpec::name) != into.end() || into.size() >= max_tools) {
        log_.warning("function left out", { { "function", tool.name }, { "url", url } });
        return;
    }
    meta_.seed(tool.meta_data_token, tool.meta_data);
    into.push_back(tool);
}

void AiSession::Machine::prepare_due(Instant now, Commands& out)
{
    log_.warning("functions of others were not fetched in time", {});
    call_startup_hook(now, out);
}

void AiSession::Machine::call_startup_hook(Instant now, Commands& out)
{
    if (!call_hook(Hook::startup, "", now, out))
        prepared(now, out);
}

void AiSession::Machine::prepared(Instant now, Commands& out)
{
    preparing_ = false;
    start_polling(now);
    if (phase_ != Phase::talking)
        return;
    start_steps(now, out);
    start_clocks(now);
    start_background(out);
    if (asking_ != Asking::idle)
        try_ask(now, out); // The user was sooner.
    else if (spec_.greeting.initial_sleep > 0ms)
        start(Timer::opening, now + spec_.greeting.initial_sleep);
    else
        open_conversation(now, out);
}

} // namespace parley::agent
