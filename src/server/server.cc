#include "server/server.h"
#include "server/agent_folder.h"

#include "databases/sqlite_store.h"
#include "host/call_door.h"
#include "host/call_hub.h"
#include "host/rest_host.h"
#include "net/http_client.h"
#include "providers/embedded_speech.h"
#include "providers/sound_library.h"
#include "providers/tool_source_fetcher.h"
#include "providers/tool_switch.h"
#include "providers/webhook_tool_caller.h"
#include "server/language_models.h"
#include "server/open_files.h"
#include "server/prometheus_metrics.h"
#include "server/server_readings.h"
#include "server/speech_providers.h"
#include "server/wiring.h"

#include <atomic>
#include <chrono>
#include <climits>
#include <functional>
#include <future>
#include <thread>
#include <unistd.h>

namespace parley {

namespace {

constexpr Duration client_patience = 2s;
constexpr Duration voices_wait = 30s; // For the first process of speech to speak; it takes a fraction of a second.

// The program itself: the speech workers are other runs of it.
std::string own_path()
{
    char path[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "parley";
}

// `key`: where the configuration asked for it.
Error about(std::string_view key, const Error& error)
{
    return { error.kind, std::string(key) + ": " + error.what };
}

// Runs `make` on the loop's thread and waits for what it made.
template <typename Make> auto on_loop(LoopThread& thread, Make make)
{
    std::optional<decltype(make())> made;
    thread.call([&] { made.emplace(make()); });
    return std::move(*made);
}

class WiredServer final : public Server {
public:
    WiredServer(Configuration configuration, Log log)
        : configuration_(std::move(configuration))
        , log_(std::move(log))
    {
    }
    ~WiredServer() override { take_apart(); }

    Result<void> wire();
    void stop(Duration patience) override;
    Result<std::vector<std::string>> reload(Configuration) override;
    void hurry() override { ++hurries_; }

    SocketAddress sip() const override { return sip_->local(); }
    std::optional<SocketAddress> sip_tls() const override { return sip_->local_tls(); }
    SocketAddress relay() const override { return relay_->local(); }
    SocketAddress rest() const override { return rest_->local(); }

private:
    Result<void> open_store();
    Result<void> open_providers();
    Result<void> open_embedded_speech();
    Result<void> open_doors();
    void open_workers();
    Result<void> store_customers(const Configuration&);
    [[nodiscard]] Result<swaig::StoredAgents> load_agents(const Configuration&) const;
    Result<void> renew_certificates(const Configuration&);
    CallWorker::MakeProviders make_providers();
    WorkerProviders providers_of(const std::shared_ptr<const ProviderPlan>&, EventLoop& home);
    std::optional<Error> health() const;
    void scrape(std::function<void(HttpResponse)>);
    bool wait(const std::function<bool()>& is_true, Duration patience) const;
    void take_apart();

    Configuration configuration_;
    Log log_;
    std::shared_ptr<const ProviderPlan> plan_;
    std::atomic<std::size_t> max_log_backlog_ { 0 };
    PrometheusMetrics metrics_;
    std::atomic<bool> stopping_ { false };
    std::atomic<int> hurries_ { 0 };
    LoadedAgents agents_;

    // In the order of construction; `take_apart` goes backwards.
    LoopThread outbound_ { "outbound" };
    LoopThread signal_ { "signal" };
    LoopThread api_ { "api" };
    LoopThread files_ { "sound-files" };
    std::unique_ptr<MessageStore> store_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<SpeechProviders> providers_;
    std::unique_ptr<EmbeddedSpeech> speech_; // Null: only others hear and speak.
    std::unique_ptr<SoundLibrary> sounds_;
    std::unique_ptr<CallHub> hub_;
    std::vector<std::unique_ptr<CallWorker>> workers_;
    std::unique_ptr<SipHost> sip_;
    std::unique_ptr<RelayHost> relay_;
    std::unique_ptr<HubCallDoor> calls_;
    std::unique_ptr<RestHost> rest_;
};

Result<void> WiredServer::wire()
{
    for (LoopThread* thread : { &outbound_, &signal_, &api_, &files_ })
        thread->loop().on_broken_invariant([log = log_](const BrokenInvariant& invariant) {
            log.error("task broke an invariant", { { "what", invariant.what } });
        });
    auto plan = make_provider_plan(configuration_);
    if (!plan)
        return plan.error();
    plan_ = std::move(*plan);
    max_log_backlog_ = configuration_.limits.log_backlog;
    auto agents = load_agents(configuration_);
    if (!agents)
        return agents.error();
    agents_.renew(std::move(*agents));
    raise_open_files(configuration_, log_);
    if (auto opened = open_store(); !opened)
        return opened;
    if (auto opened = open_providers(); !opened)
        return opened;
    hub_ = std::make_unique<CallHub>(
        signal_.loop(), hub_options(configuration_, metrics_), routes_of(configuration_), log_);
    open_workers();
    return open_doors();
}

Result<void> WiredServer::open_store()
{
    SqliteOptions options;
    options.log = log_;
    auto store = SqliteStore::create(configuration_.database, options);
    if (!store)
        return store.error();
    store_ = std::move(*store);
    return store_customers(configuration_);
}

Result<void> WiredServer::store_customers(const Configuration& configuration)
{
    for (const CustomerConfiguration& customer : configuration.customers) {
        std::promise<Result<void>> stored;
        store_->put(Customer { customer.id, customer.name, customer.detail, {} },
            [&](Result<Stored> answer) { stored.set_value(answer ? Result<void>() : Result<void>(answer.error())); });
        if (auto outcome = stored.get_future().get(); !outcome)
            return Error { outcome.error().kind, configuration_.database + ": " + outcome.error().what };
    }
    return {};
}

// A file that holds no agent is left out; the server runs without it.
Result<swaig::StoredAgents> WiredServer::load_agents(const Configuration& configuration) const
{
    auto folder = read_agent_folder(configuration.agents.folder);
    if (!folder)
        return about("agents.folder", folder.error());
    for (const std::string& problem : folder->problems)
        log_.warning("agent not loaded", { { "problem", problem } });
    if (!configuration.agents.folder.empty())
        log_.info("agents loaded", { { "agents", folder->agents.size() } });
    return std::move(folder->agents);
}

Result<void> WiredServer::open_providers()
{
    client_ = on_loop(outbound_, [&] { return std::make_unique<HttpClient>(outbound_.loop()); });
    sounds_ = std::make_unique<SoundLibrary>(files_.loop(), *client_, SoundLibraryOptions {}, log_);
    providers_ = std::make_unique<SpeechProviders>(configuration_.speech, log_);
    return providers_->need_embedded() ? open_embedded_speech() : Result<void>();
}

Result<void> WiredServer::open_embedded_speech()
{
    EmbeddedSpeechOptions options;
    options.command = { own_path(), "speech-worker" };
    options.decoders = configuration_.speech.workers;
    options.voice_names = configuration_.speech.voices;
    auto speech = on_loop(outbound_, [&] { return EmbeddedSpeech::create(outbound_.loop(), options, log_); });
    if (!speech)
        return Error { speech.error().kind, "embedded speech: " + speech.error().what };
    speech_ = std::move(*speech);
    // The first call must not wait for its first word. Shared: the worker may become ready after we gave up.
    auto warm = std::make_shared<std::promise<void>>();
    auto warmed = warm->get_future();
    outbound_.call([&] { speech_->when_voices_are_warm([warm] { warm->set_value(); }); });
    if (warmed.wait_for(voices_wait) != std::future_status::ready)
        return Error { ErrorKind::unavailable, "embedded speech: the voices were not ready in time" };
    return {};
}

// Runs on the workers' threads, later: by the plan of now.
CallWorker::MakeProviders WiredServer::make_providers()
{
    return [this, plan = plan_](EventLoop& home) { return providers_of(plan, home); };
}

WorkerProviders WiredServer::providers_of(const std::shared_ptr<const ProviderPlan>& plan, EventLoop& home)
{
    WorkerProviders made;
    made.stt = providers_->speech_to_text(home, *client_, speech_.get());
    made.tts = providers_->text_to_speech(home, *client_, speech_.get());
    made.model = make_language_model(plan->model, plan->rules, *client_, home, log_);
    for (const auto& [project, policy] : plan->policies) {
        const Log log = log_.with({ { "project", project } });
        WebhookOptions options;
        options.signing_key = plan->signing_keys.at(project);
        made.tools[project] = make_tool_caller(*client_, home, policy, options.signing_key, log);
        made.tool_sources[project] = std::make_unique<ToolSourceFetcher>(*client_, home, policy, options, log);
        made.reports[project] = std::make_unique<ReportPoster>(*client_, home, policy, options, log);
    }
    made.sounds = [this, plan, &home](const ProjectId& project, const std::string& url, FileAnswer answer) {
        sounds_->fetch(project, url, plan->policies.at(project), home, std::move(answer));
    };
    return made;
}

void WiredServer::open_workers()
{
    CallWorker::Options options = worker_options(configuration_, metrics_);
    for (int i = 0; i < configuration_.workers; ++i) {
        options.name = "worker-" + std::to_string(i);
        workers_.push_back(std::make_unique<CallWorker>(options, *store_, *hub_, make_providers(), log_));
    }
}

Result<void> WiredServer::open_doors()
{
    auto keys = access_keys_of(configuration_);
    if (!keys)
        return keys.error();

    auto relay = on_loop(signal_, [&] {
        RelayHost::Listener listener { [this](const CallId& call, const RequestKey& request, CallCommand command) {
                                          hub_->forward(call, request, std::move(command));
                                      },
            [this](const CallId& call) { hub_->nobody_there(call); },
            [this](relay::ForwardDial order) { hub_->dial(std::move(order)); },
            [this](const CallId& call) { hub_->abandoned(call); },
            [this](const std::string& owner) { hub_->owner_gone(owner); } };
        auto options = relay_options(configuration_);
        options.agents = &agents_;
        return RelayHost::create(signal_.loop(), std::move(options), std::move(listener), log_);
    });
    if (!relay)
        return about("relay.listen", relay.error());
    relay_ = std::move(*relay);

    std::vector<CallWorker*> workers;
    for (const auto& worker : workers_)
        workers.push_back(worker.get());
    // The first datagram comes after the hub is ready for it.
    auto sip = on_loop(signal_, [&]() -> Result<void> {
        auto host = SipHost::create(signal_.loop(), sip_options(configuration_), log_,
            [this](const sip::Command& command) { hub_->on_sip(command); });
        if (!host)
            return Error { host.error().kind, "sip." + host.error().what }; // It names the key.
        sip_ = std::move(*host);
        hub_->attach(*sip_, *relay_, std::move(workers));
        sip_->handle(sip::StartTrunks {});
        return {};
    });
    if (!sip)
        return sip.error();

    signal_.call([this] {
        HubCallDoor::Hooks hooks { [this](const CallId& call, const RequestKey& request, CallCommand command) {
                                      hub_->forward(call, request, std::move(command));
                                  },
            [this](relay::ForwardDial order) { hub_->dial(std::move(order)); },
            [this](const CallId& call) { hub_->abandoned(call); } };
        calls_ = std::make_unique<HubCallDoor>(signal_.loop(), *relay_, std::move(hooks));
    });
    auto rest = on_loop(api_, [&] {
        return RestHost::create(
            api_.loop(), configuration_.rest.listen, *store_, *calls_, std::move(*keys), [this] { return health(); },
            [this](std::function<void(HttpResponse)> tell) { scrape(std::move(tell)); }, log_);
    });
    if (!rest)
        return about("rest.listen", rest.error());
    rest_ = std::move(*rest);
    return {};
}

// What the signal thread owns is read there.
void WiredServer::scrape(std::function<void(HttpResponse)> tell)
{
    signal_.loop().post([this, tell = std::move(tell)] {
        const auto number = [](auto count) { return static_cast<double>(count); };
        std::vector<Reading> readings {
            { "calls", "Calls that are up.", number(hub_->calls()) },
            { "relay_connections", "Connections of RELAY clients.", number(relay_->connections()) },
            { "log_backlog", "Messages that wait for the database.", number(store_->backlog()) },
        };
        read_sip(sip_->endpoint(), readings);
        read_speech(providers_->figures(), readings);
        tell({ 200, { { "Content-Type", metrics_content_type } }, metrics_.page(readings) });
    });
}

std::optional<Error> WiredServer::health() const
{
    if (stopping_)
        return Error { ErrorKind::unavailable, "the server stops" };
    if (store_->backlog() > max_log_backlog_)
        return Error { ErrorKind::unavailable, "too many messages wait for the database" };
    return std::nullopt;
}

// What may fail comes first, so that a failure changes nothing.
Result<std::vector<std::string>> WiredServer::reload(Configuration next)
{
    auto waiting = waiting_changes(configuration_, next);
    keep_waiting(configuration_, next);
    auto plan = make_provider_plan(next);
    if (!plan)
        return plan.error();
    auto keys = access_keys_of(next);
    if (!keys)
        return keys.error();
    auto agents = load_agents(next);
    if (!agents)
        return agents.error();
    if (auto renewed = renew_certificates(next); !renewed)
        return renewed.error();
    if (auto stored = store_customers(next); !stored)
        return stored.error();
    agents_.renew(std::move(*agents));
    plan_ = std::move(*plan);
    max_log_backlog_ = next.limits.log_backlog;
    for (const auto& worker : workers_)
        worker->renew(worker_options(next, metrics_), make_providers());
    signal_.call([&] {
        hub_->renew(hub_options(next, metrics_), routes_of(next));
        relay_->renew(relay_projects(next));
        sip_->handle(sip_settings(next));
    });
    api_.call([&] { rest_->renew(std::move(*keys)); });
    configuration_ = std::move(next);
    return waiting;
}

Result<void> WiredServer::renew_certificates(const Configuration& next)
{
    return on_loop(signal_, [&]() -> Result<void> {
        if (next.sip.tls) {
            const TlsIdentity identity { next.sip.tls->certificate, next.sip.tls->key };
            if (auto renewed = sip_->set_identity(identity); !renewed)
                return about("sip.tls", renewed.error());
        }
        if (next.relay.certificate.empty())
            return {};
        auto renewed = relay_->set_identity({ next.relay.certificate, next.relay.key });
        return renewed ? Result<void>() : Result<void>(about("relay.certificate", renewed.error()));
    });
}

void WiredServer::stop(Duration patience)
{
    stopping_ = true;
    std::promise<void> over;
    auto ended = over.get_future();
    const auto is_over = [&] { return ended.wait_for(0s) == std::future_status::ready; };
    signal_.loop().post([this, &over] {
        sip_->handle(sip::StopTrunks {}); // Providers send their calls elsewhere from now on.
        hub_->drain([&over] { over.set_value(); });
        relay_->drain(); // Clients without calls go elsewhere now.
    });
    if (!wait(is_over, configuration_.drain)) {
        log_.info("calls are ended");
        signal_.loop().post([this] { hub_->end_calls(); });
        if (!wait(is_over, patience)) {
            log_.warning("calls cut off");
            signal_.call([this] { hub_->drain([] {}); }); // `over` is out of reach from here on.
        }
    }
    signal_.call([this] { relay_->stop(); });
    // Clients are told to leave; most do so at once.
    wait([this] { return on_loop(signal_, [this] { return relay_->connections(); }) == 0; }, client_patience);
}

// False: it did not come true in time, or somebody was in a hurry meanwhile.
bool WiredServer::wait(const std::function<bool()>& is_true, Duration patience) const
{
    const int hurries = hurries_;
    const auto last = std::chrono::steady_clock::now() + patience;
    while (!is_true()) {
        if (hurries_ != hurries || std::chrono::steady_clock::now() >= last)
            return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

void WiredServer::take_apart()
{
    stopping_ = true;
    if (rest_)
        api_.call([this] { rest_.reset(); });
    // What calls still say goes nowhere: the signal thread ends first, then the workers.
    if (sip_ || relay_)
        signal_.call([this] {
            calls_.reset();
            relay_.reset();
            sip_.reset();
        });
    signal_.join();
    for (const auto& worker : workers_)
        worker->drop_calls();
    if (sounds_)
        files_.call([this] { sounds_.reset(); }); // It answers to the workers' loops.
    store_.reset(); // Writes what is queued; its answers find loops, but nobody who waits.
    workers_.clear();
    if (speech_)
        outbound_.call([this] { speech_.reset(); });
    if (client_)
        outbound_.call([this] { client_.reset(); });
    files_.join();
    api_.join();
    outbound_.join();
}

} // namespace

Result<std::unique_ptr<Server>> Server::start(Configuration configuration, Log log)
{
    auto server = std::make_unique<WiredServer>(std::move(configuration), std::move(log));
    if (auto wired = server->wire(); !wired)
        return wired.error();
    return std::unique_ptr<Server>(std::move(server));
}

} // namespace parley
