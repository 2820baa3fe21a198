#include "providers/webhook_tool_caller.h"

#include "providers/posting.h"
#include "swaig/tool_call.h"

#include <optional>

namespace parley {
namespace {

class WebhookRun : public ToolRun {
public:
    explicit WebhookRun(std::shared_ptr<Posting> posting)
        : posting_(std::move(posting))
    {
    }
    ~WebhookRun() override { posting_->close(); }

private:
    std::shared_ptr<Posting> posting_; // Held while its own callback runs, too.
};

// What came back, for the report: the JSON if it is some.
Json recorded(const std::string& body)
{
    auto json = Json::parse(body);
    return json ? std::move(*json) : Json(valid_utf8(body));
}

// Web servers answer their error pages with 200, too; "no JSON" alone would hide what happened.
Result<ToolReply> read_reply(const HttpResponse& response)
{
    if (response.body.find_first_not_of(" \t\r\n") == std::string::npos)
        return Error { ErrorKind::invalid_request, "the reply is empty" };
    auto reply = swaig::parse_tool_reply(response.body);
    if (reply)
        return reply;
    const auto type = response.headers.find("Content-Type").value_or("");
    const std::string page = type.find("html") != std::string_view::npos ? "the reply is an HTML page; " : "";
    return Error { reply.error().kind, page + reply.error().what };
}

} // namespace

WebhookToolCaller::WebhookToolCaller(
    HttpClient& client, EventLoop& home, OutboundPolicy policy, WebhookOptions options, Log log)
    : client_(client)
    , home_(home)
    , policy_(std::move(policy))
    , options_(options)
    , log_(std::move(log))
{
}

WebhookToolCaller::~WebhookToolCaller() = default;

std::unique_ptr<ToolRun> WebhookToolCaller::open(ToolRequest request, std::function<void(Result<ToolReply>)> done)
{
    auto posting
        = std::make_shared<Posting>(client_, home_, policy_, options_, log_.with({ { "tool", request.tool.name } }));
    struct Answer {
        std::string url;
        Json post_data;
        std::optional<ToolReply> reply;
        Json response;
    };
    // Between the judge, who reads the reply, and the end, which hands it on.
    auto answer = std::make_shared<Answer>();
    answer->url = request.tool.hook.url;
    answer->post_data = swaig::tool_request_body(request);
    const auto judge = [answer](const HttpResponse& response) -> Result<void> {
        auto reply = read_reply(response);
        if (!reply)
            return reply.error();
        answer->reply = std::move(*reply);
        answer->response = recorded(response.body);
        return {};
    };
    const auto finish = [answer, done = std::move(done)](const Result<void>& result) {
        if (!result) {
            done(result.error());
            return;
        }
        auto reply = std::move(*answer->reply);
        reply.url = std::move(answer->url);
        reply.post_data = std::move(answer->post_data);
        reply.post_response = std::move(answer->response);
        done(std::move(reply));
    };
    posting->open(request.tool.hook, answer->post_data.dump(), "tool " + request.tool.name, judge, finish);
    return std::make_unique<WebhookRun>(std::move(posting));
}

} // namespace parley
