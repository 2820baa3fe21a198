#include "host/call_worker.h"

namespace parley {

// What the calls of one time share. A newer one takes its place for calls that begin then; those that are up keep
// theirs.
struct CallWorker::Generation {
    Generation(EventLoop& loop, media::Pacer& pacer, media::PortDrain& drain, Options options, MessageStore& store,
        const MakeProviders& make)
        : providers(make(loop))
        , services { loop, pacer, store, *providers.stt, *providers.tts, *providers.model,
            [this](const ProjectId& project) -> ToolCaller& { return *providers.tools.at(project); },
            [this](const ProjectId& project) -> ReportPoster& { return *providers.reports.at(project); },
            providers.sounds, std::move(options.media), options.policy, options.log_backlog,
            std::move(options.space_id), std::move(options.flight), *options.metrics,
            [this](const ProjectId& project) {
                const auto sources = providers.tool_sources.find(project);
                return sources == providers.tool_sources.end() ? nullptr : sources->second.get();
            } }
    {
        services.media.drain = &drain;
    }

    WorkerProviders providers;
    CallServices services;
};

struct CallWorker::Inside {
    // The host goes before what it uses.
    struct Held {
        std::shared_ptr<Generation> generation;
        std::unique_ptr<CallHost> host;
    };

    Inside(EventLoop& worker_loop, Options options, MessageStore& message_store, CallOutside& call_outside,
        const MakeProviders& make)
        : loop(worker_loop)
        , store(message_store)
        , drain(loop, options.port_drain)
        , pacer(loop)
        , generation(std::make_shared<Generation>(loop, pacer, drain, std::move(options), store, make))
        , outside(call_outside)
    {
    }

    CallHost& add(CallFacts facts, CustomerId customer, const Log& log)
    {
        const CallId id = facts.id;
        Held& held = calls[id];
        held.generation = generation;
        held.host = std::make_unique<CallHost>(
            generation->services, outside, std::move(facts), std::move(customer), log.with({ { "call", id } }));
        return *held.host;
    }

    EventLoop& loop;
    MessageStore& store;
    media::PortDrain drain;
    media::Pacer pacer;
    std::shared_ptr<Generation> generation;
    CallOutside& outside;
    std::unordered_map<CallId, Held> calls;
};

CallWorker::CallWorker(Options options, MessageStore& store, CallOutside& outside, const MakeProviders& make, Log log)
    : log_(std::move(log))
    , thread_(options.name)
{
    thread_.loop().on_broken_invariant([worker_log = log_](const BrokenInvariant& invariant) {
        worker_log.error("worker task broke an invariant", { { "what", invariant.what } });
    });
    thread_.call([&] { inside_ = std::make_unique<Inside>(thread_.loop(), std::move(options), store, outside, make); });
}

CallWorker::~CallWorker()
{
    drop_calls();
    thread_.join();
    inside_.reset();
}

void CallWorker::drop_calls()
{
    thread_.call([this] { inside_->calls.clear(); });
}

void CallWorker::renew(Options options, MakeProviders make)
{
    thread_.loop().post([this, options = std::move(options), make = std::move(make)]() mutable {
        Inside& in = *inside_;
        in.generation = std::make_shared<Generation>(in.loop, in.pacer, in.drain, std::move(options), in.store, make);
    });
}

void CallWorker::start(CallFacts facts, CustomerId customer)
{
    thread_.loop().post([this, facts = std::move(facts), customer = std::move(customer)]() mutable {
        const LegIncoming incoming { facts.leg, facts.device.from, facts.device.to, facts.device.from_name };
        inside_->add(std::move(facts), std::move(customer), log_).handle(incoming);
    });
}

void CallWorker::dial(CallFacts facts, CustomerId customer, CallDialled dialled, sip::DialRoute route)
{
    thread_.loop().post([this, facts = std::move(facts), customer = std::move(customer), dialled = std::move(dialled),
                            route = std::move(route)]() mutable {
        inside_->add(std::move(facts), std::move(customer), log_).dial(std::move(dialled), std::move(route));
    });
}

void CallWorker::to_call(const CallId& id, UniqueFunction<void(CallHost&)> task)
{
    thread_.loop().post([this, id, task = std::move(task)]() mutable {
        if (const auto found = inside_->calls.find(id); found != inside_->calls.end())
            task(*found->second.host);
    });
}

void CallWorker::remove(const CallId& id)
{
    thread_.loop().post([this, id] {
        const auto found = inside_->calls.find(id);
        if (found == inside_->calls.end())
            return;
        // What the call posted to be destroyed, and what that posts, still uses its providers.
        std::shared_ptr<Generation> used = found->second.generation;
        inside_->calls.erase(found);
        EventLoop& loop = inside_->loop;
        loop.post([&loop, used = std::move(used)]() mutable { loop.post([used = std::move(used)] {}); });
    });
}

} // namespace parley
