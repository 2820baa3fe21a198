#include "providers/mcp_tool_caller.h"

#include "net/clock.h"
#include "providers/mcp_link.h"
#include "swaig/mcp.h"

#include <utility>

namespace parley {

namespace {

class McpRun : public ToolRun {
public:
    explicit McpRun(std::shared_ptr<McpLink> link)
        : link_(std::move(link))
    {
    }
    ~McpRun() override { link_->close(); }

private:
    std::shared_ptr<McpLink> link_; // Held while its own callback runs, too.
};

// What the report tells of it, however it ended.
Json::Object facts_of(const McpTool& tool, const Result<Json>& answer)
{
    Json::Object facts { { "mcp_url", tool.url }, { "mcp_tool", tool.name } };
    if (answer)
        facts["mcp_response"] = *answer;
    else
        facts["mcp_error"] = answer.error().what;
    return facts;
}

ToolReply reply_of(const McpTool& tool, Result<Json> answer)
{
    ToolReply reply;
    reply.url = tool.url;
    reply.mcp = facts_of(tool, answer);
    const auto failed = [&](std::string what) { return Json(Json::Object { { "error", std::move(what) } }).dump(); };
    if (!answer) {
        reply.response = failed(answer.error().what);
        return reply;
    }
    const auto text = swaig::mcp_text(*answer);
    reply.response = swaig::mcp_failed(*answer) ? failed(text) : text;
    if (swaig::mcp_failed(*answer))
        reply.mcp["mcp_error"] = text;
    return reply;
}

} // namespace

McpToolCaller::McpToolCaller(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options,
    std::unique_ptr<ToolCaller> others, Log log)
    : client_(client)
    , home_(home)
    , policy_(std::move(policy))
    , options_(options)
    , others_(std::move(others))
    , log_(std::move(log))
{
}

McpToolCaller::~McpToolCaller() = default;

std::unique_ptr<ToolRun> McpToolCaller::open(ToolRequest request, std::function<void(Result<ToolReply>)> done)
{
    if (request.tool.mcp.name.empty())
        return others_->open(std::move(request), std::move(done));
    auto link = std::make_shared<McpLink>(
        client_, home_, policy_, request.tool.mcp, now() + options_.total_timeout, options_.max_reply_bytes);
    const auto arguments = Json::parse(request.call.arguments);
    const Json::Object params { { "name", request.tool.mcp.name },
        { "arguments", arguments ? *arguments : Json(Json::Object {}) } };
    const auto finish = [tool = request.tool.mcp, done = std::move(done), log = log_](Result<Json> answer) {
        if (!answer)
            log.warning("MCP tool failed", { { "tool", tool.name }, { "why", answer.error().what } });
        done(reply_of(tool, std::move(answer)));
    };
    // A server that forgot the session is greeted again; the call was not run.
    const auto again = [raw = link.get(), params, finish](Result<Json> answer) {
        if (answer || answer.error().kind != ErrorKind::not_found) {
            finish(std::move(answer));
            return;
        }
        raw->initialize([raw, params, finish](Result<Json> greeted) {
            if (greeted)
                raw->ask("tools/call", params, finish);
            else
                finish(std::move(greeted));
        });
    };
    link->ask("tools/call", params, again);
    return std::make_unique<McpRun>(std::move(link));
}

} // namespace parley
