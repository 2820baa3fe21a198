#include "server/commands.h"

#include "base/json.h"
#include "base/log.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "providers/offline_server.h"
#include "providers/speech_worker.h"
#include "server/caller.h"
#include "server/chat.h"
#include "server/configuration.h"
#include "server/doctor.h"
#include "server/language_models.h"
#include "server/replay.h"
#include "server/server.h"

#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

namespace parley {

namespace {

constexpr const char* version = "0.1.0";
// How long calls may take to end: a report has 30 s (`CallPolicy::report`), the line 5 s before (`CallPolicy::leg`).
constexpr Duration stop_patience = 35s;

// One line for programs that started us.
void tell(Json line)
{
    std::cout << line.dump() << std::endl;
}

int fail(const std::string& why)
{
    std::cerr << why << std::endl;
    return 1;
}

// Signals come to whoever waits for them, and to no other thread: to be made before any is started.
class Signals {
public:
    Signals()
    {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    int wait() const
    {
        int received = 0;
        sigwait(&signals_, &received);
        return received;
    }

private:
    sigset_t signals_ {};
};

// A file with a mistake changes nothing.
void reload(const std::string& file, Server& server, LogSink& sink, const Log& log)
{
    auto configuration = load_configuration(file);
    if (!configuration)
        return log.error("configuration not reloaded", { { "error", configuration.error().what } });
    const LogOptions logging = configuration->log;
    auto waiting = server.reload(std::move(*configuration));
    if (!waiting)
        return log.error("configuration not reloaded", { { "error", waiting.error().what } });
    sink.change(logging);
    for (const std::string& key : *waiting)
        log.warning("change waits for the next start", { { "key", key } });
    log.info("configuration reloaded");
}

int run(const ServeArguments& arguments)
{
    auto configuration = load_configuration(arguments.config);
    if (!configuration)
        return fail(configuration.error().what);
    if (arguments.check) {
        std::cout << arguments.config << " is a valid configuration" << std::endl;
        return 0;
    }
    const Signals signals;
    const auto sink = make_log_sink(configuration->log);
    const Log log(*sink);
    auto server = Server::start(std::move(*configuration), log);
    if (!server)
        return fail(server.error().what);
    const std::string sip = to_string((*server)->sip());
    const std::string relay = to_string((*server)->relay());
    const std::string rest = to_string((*server)->rest());
    const auto sip_tls = (*server)->sip_tls();
    log.info("server ready",
        { { "version", version }, { "sip", sip }, { "sip_tls", sip_tls ? to_string(*sip_tls) : "none" },
            { "relay", relay }, { "rest", rest } });
    Json::Object ready { { "event", "ready" }, { "sip", sip }, { "relay", relay }, { "rest", rest } };
    if (sip_tls)
        ready["sip_tls"] = to_string(*sip_tls);
    tell(std::move(ready));
    while (signals.wait() == SIGHUP)
        reload(arguments.config, **server, *sink, log);
    log.info("server stopping");
    std::atomic<bool> stopped { false };
    std::thread impatience([&] {
        for (int signal = signals.wait(); !stopped; signal = signals.wait())
            if (signal != SIGHUP)
                (*server)->hurry();
    });
    (*server)->stop(stop_patience);
    stopped = true;
    pthread_kill(impatience.native_handle(), SIGTERM); // It waits for a signal that did not come.
    impatience.join();
    server->reset();
    log.info("server stopped");
    return 0;
}

int run(const CallArguments& arguments)
{
    const auto options = parse_caller_arguments(arguments.rest);
    if (!options) {
        std::cerr << options.error().what << "\n\n" << caller_usage() << std::endl;
        return caller_usage_status;
    }
    return run_caller(*options);
}

int run(const ChatArguments& arguments)
{
    return run_chat(arguments);
}

int run(const DoctorArguments& arguments)
{
    return run_doctor(arguments);
}

int run(const ReplayArguments& arguments)
{
    return run_replay(arguments);
}

int run(const SpeechWorkerArguments& arguments)
{
    return run_speech_worker({ arguments.decoders, arguments.voices, arguments.fd });
}

int run(const OfflineModelArguments& arguments)
{
    const auto listen = parse_socket_address(arguments.listen);
    if (!listen)
        return fail("--listen: " + listen.error().what);
    auto rules = read_offline_rules("--rules", arguments.rules);
    if (!rules)
        return fail(rules.error().what);
    const Signals signals;
    const auto sink = make_log_sink({});
    LoopThread thread("model");
    std::unique_ptr<OfflineServer> server;
    std::string why;
    thread.call([&] {
        auto served = serve_offline_model(thread.loop(), *listen, std::move(*rules), {}, Log(*sink));
        if (served)
            server = std::move(*served);
        else
            why = served.error().what;
    });
    if (!server)
        return fail("offline model on " + arguments.listen + ": " + why);
    const std::string address = to_string(server->address());
    tell(Json::Object { { "event", "ready" }, { "address", address }, { "url", "http://" + address + "/v1" } });
    signals.wait();
    thread.call([&] { server.reset(); });
    return 0;
}

int run(const VersionArguments&)
{
    std::cout << "parley " << version << std::endl;
    return 0;
}

int run(const UsageAnswer& answer)
{
    (answer.exit_code == 0 ? std::cout : std::cerr) << answer.text;
    return answer.exit_code;
}

} // namespace

int run(const Arguments& arguments)
{
    return std::visit([](const auto& a) { return run(a); }, arguments);
}

} // namespace parley
