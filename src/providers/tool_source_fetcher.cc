#include "providers/tool_source_fetcher.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "providers/mcp_link.h"
#include "providers/posting.h"
#include "swaig/functions.h"
#include "swaig/mcp.h"
#include "swaig/tool_call.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr int max_pages = 8; // Of one server's tools.

using Sources = std::vector<agent::FetchedTools>;

// Everybody is asked at once; it is over when the last has answered, or the time is.
class Fetch : public std::enable_shared_from_this<Fetch> {
public:
    Fetch(HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options, Log log,
        std::function<void(Sources)> done)
        : client_(client)
        , home_(home)
        , policy_(std::move(policy))
        , options_(options)
        , log_(std::move(log))
        , done_(std::move(done))
        , limit_(home)
    {
    }

    void start(agent::FetchTools wanted)
    {
        deadline_ = now() + wanted.limit;
        options_.total_timeout = std::min(options_.total_timeout, wanted.limit);
        sources_.resize(wanted.includes.size() + wanted.servers.size());
        open_ = sources_.size();
        std::size_t at = 0;
        for (const auto& include : wanted.includes)
            ask(include, at++);
        for (const auto& server : wanted.servers)
            ask(server, at++);
        const auto over = [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->finish("no answer in time");
        };
        limit_.set(open_ == 0 ? now() : deadline_, over);
    }

    void close()
    {
        done_ = nullptr;
        limit_.cancel();
        for (const auto& posting : postings_)
            posting->close();
        for (const auto& link : links_)
            link->close();
    }

private:
    void ask(const IncludeSpec& include, std::size_t at)
    {
        sources_[at] = { include.hook.url, {}, {}, "waiting" };
        auto posting = std::make_shared<Posting>(client_, home_, policy_, options_, log_);
        const auto judge = [this, at, include](const HttpResponse& response) -> Result<void> {
            const auto body = Json::parse(response.body);
            if (!body)
                return Error { ErrorKind::invalid_request, "the answer is not JSON: " + body.error().what };
            std::vector<std::string> warnings;
            auto tools = swaig::parse_functions(*body, warnings, include.hook);
            if (!tools)
                return tools.error();
            for (const auto& warning : warnings)
                log_.warning("include", { { "url", include.hook.url }, { "what", warning } });
            for (auto& tool : *tools) {
                if (tool.meta_data.is_object() && tool.meta_data.as_object().empty())
                    tool.meta_data = include.meta_data;
            }
            sources_[at].tools = std::move(*tools);
            return {};
        };
        posting->open(include.hook, Json(swaig::signature_request_body(include)).dump(), "include", judge,
            [this, at](const Result<void>& result) { answered(at, result ? "" : result.error().what); });
        postings_.push_back(std::move(posting));
    }

    void ask(const McpServerSpec& server, std::size_t at)
    {
        sources_[at] = { server.url, {}, {}, "waiting" };
        const McpTool where { server.url, "", server.headers };
        auto link = std::make_shared<McpLink>(client_, home_, policy_, where, deadline_, options_.max_reply_bytes);
        links_.push_back(link);
        link->initialize([this, at, server, raw = link.get()](const Result<Json>& facts) {
            if (!facts) {
                answered(at, facts.error().what);
                return;
            }
            const auto* able = facts->find("capabilities");
            const bool resources = server.resources && able != nullptr && able->find("resources") != nullptr;
            list_tools(at, *raw, "", 1, resources ? std::optional(server) : std::nullopt);
        });
    }

    // A page after the other; then the resources of a server that is asked for them.
    void list_tools(
        std::size_t at, McpLink& link, const std::string& cursor, int page, std::optional<McpServerSpec> resources)
    {
        Json::Object params;
        if (!cursor.empty())
            params["cursor"] = cursor;
        link.ask("tools/list", std::move(params), [this, at, &link, page, resources](const Result<Json>& result) {
            if (!result) {
                answered(at, result.error().what);
                return;
            }
            auto& tools = sources_[at].tools;
            for (auto& tool : swaig::mcp_tools(*result, link.where())) {
                if (tools.size() < swaig::max_functions)
                    tools.push_back(std::move(tool));
            }
            const auto next = result->string_or("nextCursor");
            if (!next.empty() && page < max_pages)
                list_tools(at, link, next, page + 1, resources);
            else if (resources)
                list_resources(at, link, *resources);
            else
                answered(at, "");
        });
    }

    void list_resources(std::size_t at, McpLink& link, const McpServerSpec& server)
    {
        link.ask("resources/list", {}, [this, at, &link, server](const Result<Json>& result) {
            if (!result) { // Its tools are there all the same.
                log_.warning("MCP resources", { { "url", server.url }, { "why", result.error().what } });
                answered(at, "");
                return;
            }
            read_resources(at, link, swaig::mcp_resources(*result, server.resource_variables), 0);
        });
    }

    void read_resources(std::size_t at, McpLink& link, std::vector<swaig::McpResource> resources, std::size_t next)
    {
        if (next == resources.size()) {
            answered(at, "");
            return;
        }
        Json::Object params { { "uri", resources[next].uri } };
        const auto then = [this, at, &link, resources = std::move(resources), next](const Result<Json>& result) {
            if (auto contents = result ? swaig::mcp_contents(*result) : Json(); !contents.is_null())
                sources_[at].global_data[resources[next].name] = std::move(contents);
            else
                log_.warning("MCP resource left out", { { "uri", resources[next].uri } });
            read_resources(at, link, resources, next + 1);
        };
        link.ask("resources/read", std::move(params), then);
    }

    void answered(std::size_t at, std::string error)
    {
        if (!error.empty())
            log_.warning("tools not fetched", { { "url", sources_[at].url }, { "why", error } });
        sources_[at].error = std::move(error);
        if (--open_ == 0)
            finish("");
    }

    void finish(const std::string& why)
    {
        const auto self = shared_from_this(); // Whoever is told may drop us.
        for (auto& source : sources_) {
            if (source.error != "waiting")
                continue;
            source.error = why;
            log_.warning("tools not fetched", { { "url", source.url }, { "why", why } });
        }
        const auto done = std::exchange(done_, nullptr);
        close();
        if (done)
            done(std::move(sources_));
    }

    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    WebhookOptions options_;
    Log log_;
    std::function<void(Sources)> done_;
    Timer limit_;
    Instant deadline_ {};
    Sources sources_;
    std::size_t open_ = 0;
    std::vector<std::shared_ptr<Posting>> postings_; // Each also held while its own callback runs,
    std::vector<std::shared_ptr<McpLink>> links_;    // as these are.
};

class FetchRun : public ToolRun {
public:
    explicit FetchRun(std::shared_ptr<Fetch> fetch)
        : fetch_(std::move(fetch))
    {
    }
    ~FetchRun() override { fetch_->close(); }

private:
    std::shared_ptr<Fetch> fetch_; // Held while its own callback runs, too.
};

} // namespace

ToolSourceFetcher::ToolSourceFetcher(
    HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options, Log log)
    : client_(client)
    , home_(home)
    , policy_(std::move(policy))
    , options_(options)
    , log_(std::move(log))
{
}

ToolSourceFetcher::~ToolSourceFetcher() = default;

std::unique_ptr<ToolRun> ToolSourceFetcher::open(
    agent::FetchTools wanted, std::function<void(std::vector<agent::FetchedTools>)> done)
{
    auto fetch = std::make_shared<Fetch>(client_, home_, policy_, options_, log_, std::move(done));
    fetch->start(std::move(wanted));
    return std::make_unique<FetchRun>(std::move(fetch));
}

} // namespace parley
