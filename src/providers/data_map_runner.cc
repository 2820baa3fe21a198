#include "providers/data_map_runner.h"

#include "expand/data_map.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "swaig/tool_call.h"

#include <optional>
#include <utility>

namespace parley {
namespace {

constexpr const char* generic_error = "The function could not be carried out.";

expand::DataMapContext context_of(ToolRequest& request, const Json::Object& post_data)
{
    auto found = swaig::find_json_objects(request.call.arguments);
    expand::DataMapContext context;
    context.post_data = post_data;
    context.args = found.objects.empty() ? Json(Json::Object {}) : std::move(found.objects.front());
    context.prompt_variables = std::move(request.prompt_variables);
    context.global_data = std::move(request.global_data);
    context.meta_data = std::move(request.meta_data);
    context.time.now = wall_now();
    if (!request.time_zone.empty())
        context.time.zone = std::move(request.time_zone);
    return context;
}

HttpClientRequest http_request(const expand::DataMapRequest& asked)
{
    HttpClientRequest request;
    request.method = asked.method;
    request.url = asked.url;
    for (const auto& [name, value] : asked.headers)
        request.headers.add(name, value);
    request.body = asked.body;
    if (!asked.user.empty())
        request.basic_auth = { asked.user, asked.password };
    return request;
}

// One call of one tool. On the home loop.
class DataMapCall : public std::enable_shared_from_this<DataMapCall> {
public:
    using Done = std::function<void(Result<ToolReply>)>;

    DataMapCall(HttpClient& client, EventLoop& home, OutboundPolicy policy, DataMapRunnerOptions options, Log log,
        ToolRequest request, Done done)
        : client_(client)
        , home_(home)
        , policy_(std::move(policy))
        , options_(options)
        , log_(std::move(log))
        , post_data_(swaig::tool_request_body(request))
        , map_(std::move(request.tool.data_map), context_of(request, post_data_))
        , done_(std::move(done))
        , pause_(home)
    {
    }

    void start()
    {
        wait(Duration {}, [](DataMapCall& self) { self.tell(expand::DataMapStarted {}); });
    }

    // `done` is not called any more.
    void close()
    {
        closed_ = true;
        exchange_ = {};
        pause_.cancel();
    }

private:
    void tell(const expand::DataMapEvent& event)
    {
        expand::DataMapCommands commands;
        map_.handle(event, commands);
        for (auto& command : commands)
            std::visit([this](auto& c) { carry_out(c); }, command);
    }

    void carry_out(expand::DataMapTrace& trace)
    {
        if (reply_.debug_events.size() >= DataMapRunner::max_debug_events || trace.members.empty())
            return;
        std::string name = trace.members.begin()->first;
        // Events of one member are that member; of others it names the event.
        Json value
            = trace.members.size() == 1 ? std::move(trace.members.begin()->second) : Json(std::move(trace.members));
        reply_.debug_events.emplace_back(std::move(name), std::move(value));
    }

    void carry_out(expand::DataMapRequest& request)
    {
        wait(request.after, [request = std::move(request)](DataMapCall& self) { self.send(request); });
    }

    void carry_out(expand::DataMapDone& done)
    {
        wait(done.after,
            [output = std::move(done.output)](DataMapCall& self) mutable { self.finish(std::move(output)); });
    }

    template <typename Task> void wait(Duration time, Task task)
    {
        pause_.set(now() + time, [weak = weak_from_this(), task = std::move(task)]() mutable {
            if (const auto self = weak.lock(); self && !self->closed_)
                task(*self);
        });
    }

    void send(const expand::DataMapRequest& asked)
    {
        HttpClientRequest request = http_request(asked);
        request.policy = policy_;
        request.follow_redirects = true; // 307 and 308 keep method and body; each hop is asked for again.
        request.connect_timeout = options_.connect_timeout;
        request.total_timeout = options_.request_timeout;
        request.max_response_bytes = options_.max_reply_bytes;
        HttpClientCallbacks callbacks;
        callbacks.on_done = [weak = weak_from_this()](Result<HttpResponse> done) {
            if (const auto self = weak.lock(); self && !self->closed_)
                self->answered(std::move(done));
        };
        exchange_ = client_.start(std::move(request), std::move(callbacks), home_);
    }

    void answered(Result<HttpResponse> done)
    {
        if (done) {
            log_.debug("data_map webhook answered", { { "status", done->status } });
            tell(expand::RequestAnswered { done->status, std::move(done->body) });
        } else {
            log_.warning("data_map webhook failed", { { "why", done.error().what } });
            tell(expand::RequestFailed { std::move(done.error()) });
        }
    }

    void finish(Result<Json> output)
    {
        const auto self = shared_from_this(); // Whoever is told may drop us.
        close();
        if (output) {
            auto parsed = swaig::parse_tool_reply(output->dump());
            if (parsed) {
                parsed->debug_events = std::move(reply_.debug_events);
                parsed->post_data = std::move(post_data_);
                done_(std::move(*parsed));
                return;
            }
            output = parsed.error();
            reply_.debug_events.emplace_back(
                "error", Json::Object { { "error", "ai: data_map" }, { "message", output.error().what } });
        }
        log_.warning("data_map gave no output", { { "why", output.error().what } });
        reply_.response = generic_error;
        reply_.post_data = std::move(post_data_);
        done_(std::move(reply_));
    }

    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    DataMapRunnerOptions options_;
    Log log_;

    Json::Object post_data_; // For the report.
    expand::DataMap map_;
    Done done_;
    ToolReply reply_;
    HttpExchange exchange_;
    Timer pause_;
    bool closed_ = false;
};

class DataMapRun : public ToolRun {
public:
    explicit DataMapRun(std::shared_ptr<DataMapCall> call)
        : call_(std::move(call))
    {
    }
    ~DataMapRun() override { call_->close(); }

private:
    std::shared_ptr<DataMapCall> call_; // Held while its own callback runs, too.
};

} // namespace

DataMapRunner::DataMapRunner(
    HttpClient& client, EventLoop& home, OutboundPolicy policy, DataMapRunnerOptions options, Log log)
    : client_(client)
    , home_(home)
    , policy_(std::move(policy))
    , options_(options)
    , log_(std::move(log))
{
}

DataMapRunner::~DataMapRunner() = default;

std::unique_ptr<ToolRun> DataMapRunner::open(ToolRequest request, std::function<void(Result<ToolReply>)> done)
{
    auto log = log_.with({ { "tool", request.tool.name } });
    auto call = std::make_shared<DataMapCall>(
        client_, home_, policy_, options_, std::move(log), std::move(request), std::move(done));
    call->start();
    return std::make_unique<DataMapRun>(std::move(call));
}

} // namespace parley
