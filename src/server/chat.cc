#include "server/chat.h"

#include "base/yaml.h"
#include "net/http_client.h"
#include "providers/tool_source_fetcher.h"
#include "providers/tool_switch.h"
#include "providers/webhook_tool_caller.h"
#include "server/chat_session.h"
#include "server/language_models.h"
#include "swaig/ai_object.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t max_agent_bytes = 1024 * 1024;
constexpr std::size_t max_line_bytes = 64 * 1024; // A longer line is cut into pieces of this size.

Result<AiSpec> read_agent(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return Error { ErrorKind::not_found, file + " cannot be read" };
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.size() > max_agent_bytes)
        return Error { ErrorKind::limit_reached, file + " is longer than a megabyte" };
    auto document = parse_yaml(text);
    if (!document)
        return Error { ErrorKind::invalid_request, file + " " + document.error().what };
    if (!document->root.is_object())
        return Error { ErrorKind::invalid_request, file + " holds no object" };
    auto parsed = swaig::parse_ai_object(document->root.as_object());
    if (!parsed)
        return Error { parsed.error().kind, file + ": " + parsed.error().what };
    for (const std::string& warning : parsed->warnings)
        std::cerr << file << ": " << warning << std::endl;
    return std::move(parsed->spec);
}

Result<OutboundPolicy> policy_for(const Configuration& configuration, const std::string& project)
{
    if (project.empty())
        return OutboundPolicy::unrestricted();
    for (const ProjectConfiguration& each : configuration.projects)
        if (each.id.value == project)
            return OutboundPolicy::create(each.outbound_allow);
    return Error { ErrorKind::not_found, "--project: the configuration has no project \"" + project + "\"" };
}

Json to_json(const agent::AppendMessage& message)
{
    Json::Object row { { "role", std::string(to_string(message.role)) }, { "content", message.content } };
    if (!message.tool_call_id.empty())
        row["tool_call_id"] = message.tool_call_id;
    Json::Array calls;
    for (const LoggedToolCall& call : message.tool_calls)
        calls.push_back(Json::Object { { "id", call.id }, { "name", call.name }, { "arguments", call.arguments } });
    if (!calls.empty())
        row["tool_calls"] = std::move(calls);
    return row;
}

// The terminal's side: standard input and signals in, until the session says that it is over.
class Terminal {
public:
    Terminal()
    {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        signal_fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
        over_fd_ = ::eventfd(0, EFD_CLOEXEC);
    }
    ~Terminal()
    {
        ::close(signal_fd_);
        ::close(over_fd_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] bool ready() const { return signal_fd_ >= 0 && over_fd_ >= 0; }

    // From any thread.
    void over() const { ::eventfd_write(over_fd_, 1); }

    // `line` for each line, `end` once: at the end of the input or at the first signal. A second signal ends the wait.
    void run(const std::function<void(std::string)>& line, const std::function<void()>& end);

private:
    bool read_input(const std::function<void(std::string)>& line);

    int signal_fd_ = -1;
    int over_fd_ = -1;
    std::string pending_;
};

void Terminal::run(const std::function<void(std::string)>& line, const std::function<void()>& end)
{
    bool open = true;
    pollfd watched[] { { over_fd_, POLLIN, 0 }, { signal_fd_, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    while (true) {
        if (::poll(watched, open ? 3 : 2, -1) < 0 && errno != EINTR)
            return;
        if (watched[0].revents != 0)
            return;
        const bool signalled = watched[1].revents != 0;
        if (signalled) {
            if (!open)
                return;
            signalfd_siginfo taken {};
            if (::read(signal_fd_, &taken, sizeof taken) < 0)
                return;
        }
        if (open && (signalled || (watched[2].revents != 0 && !read_input(line)))) {
            open = false;
            end();
        }
    }
}

// False: the input has ended.
bool Terminal::read_input(const std::function<void(std::string)>& line)
{
    char bytes[4096];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    for (const char c : std::string_view(bytes, static_cast<std::size_t>(count))) {
        if (c != '\n')
            pending_ += c;
        if (c == '\n' || pending_.size() >= max_line_bytes)
            line(std::exchange(pending_, {}));
    }
    if (count == 0 && !pending_.empty())
        line(std::exchange(pending_, {}));
    return count > 0;
}

int fail(const std::string& why)
{
    std::cerr << why << std::endl;
    return 1;
}

ChatSession::Listener printer(bool messages, const Terminal& terminal, std::optional<agent::Finished>& finished)
{
    ChatSession::Listener print;
    print.spoken = [messages](const std::string& sentence) {
        if (!messages)
            std::cout << "agent: " << sentence << std::endl;
    };
    print.tool_called = [messages](const ToolCall& call) {
        if (!messages)
            std::cout << "tool: " << call.name << " " << call.arguments << std::endl;
    };
    print.logged = [messages](const agent::AppendMessage& message) {
        if (messages)
            std::cout << to_json(message).dump() << std::endl;
    };
    print.finished = [&terminal, &finished](const agent::Finished& how) {
        finished = how;
        terminal.over();
    };
    return print;
}

} // namespace

int run_chat(const ChatArguments& arguments)
{
    Configuration configuration;
    if (!arguments.config.empty()) {
        auto loaded = load_configuration(arguments.config);
        if (!loaded)
            return fail(loaded.error().what);
        configuration = std::move(*loaded);
    }
    auto spec = read_agent(arguments.agent);
    if (!spec)
        return fail(spec.error().what);
    auto policy = policy_for(configuration, arguments.project);
    if (!policy)
        return fail(policy.error().what);
    auto rules = read_offline_rules("model.rules", configuration.model.rules);
    if (!rules)
        return fail(rules.error().what);

    Terminal terminal;
    if (!terminal.ready())
        return fail("the terminal cannot be watched");
    LogOptions logging;
    logging.level = LogLevel::warning;
    const auto sink = make_log_sink(logging);
    const Log log(*sink);

    std::optional<agent::Finished> finished; // Written on the chat's thread, read when that is over.
    LoopThread outbound("outbound");
    LoopThread home("chat");
    std::unique_ptr<HttpClient> client;
    outbound.call([&] { client = std::make_unique<HttpClient>(outbound.loop()); });
    std::unique_ptr<LanguageModel> model;
    std::unique_ptr<ToolCaller> tools;
    std::unique_ptr<ToolFetcher> sources;
    std::unique_ptr<ReportPoster> reports;
    std::unique_ptr<ChatSession> session;
    home.call([&] {
        EventLoop& loop = home.loop();
        model = make_language_model(configuration.model, *rules, *client, loop, log);
        tools = make_tool_caller(*client, loop, *policy, "", log);
        sources = std::make_unique<ToolSourceFetcher>(*client, loop, *policy, WebhookOptions {}, log);
        reports = std::make_unique<ReportPoster>(*client, loop, *policy, WebhookOptions {}, log);
        session = std::make_unique<ChatSession>(ChatServices { loop, *model, *tools, *reports, *sources },
            std::move(*spec), log, printer(arguments.messages, terminal, finished));
        session->start();
    });
    terminal.run(
        [&](std::string line) {
            home.loop().post([&session, line = std::move(line)]() mutable {
                if (!session->say(std::move(line)))
                    std::cerr << "too many lines wait: one was not taken" << std::endl;
            });
        },
        [&] { home.loop().post([&session] { session->leave(); }); });

    home.call([&] { session.reset(); });
    home.call([&] { // After what the session retired.
        reports.reset();
        tools.reset();
        model.reset();
    });
    home.join();
    outbound.call([&] { client.reset(); });
    outbound.join();
    if (!finished)
        return fail("interrupted");
    return finished->reason == agent::FinishReason::error ? fail(finished->what) : 0;
}

} // namespace parley
