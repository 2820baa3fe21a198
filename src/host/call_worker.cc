#include "host/call_worker.h"

namespace parley {

struct CallWorker::Inside {
    Inside(EventLoop& loop, Options options, MessageStore& store, CallOutside& call_outside, const MakeProviders& make)
        : drain(loop, options.port_drain)
        , pacer(loop)
        , providers(make(loop))
        , services { loop, pacer, store, *providers.stt, *providers.tts, *providers.model,
            [this](const ProjectId& project) -> ToolCaller& { return *providers.tools.at(project); },
            [this](const ProjectId& project) -> ReportPoster& { return *providers.reports.at(project); },
            providers.sounds, std::move(options.media), options.policy, options.log_backlog,
            std::move(options.space_id), std::move(options.flight), *options.metrics }
        , outside(call_outside)
    {
        services.media.drain = &drain;
    }

    media::PortDrain drain;
    media::Pacer pacer;
    WorkerProviders providers;
    CallServices services;
    CallOutside& outside;
    std::unordered_map<CallId, std::unique_ptr<CallHost>> calls;
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

void CallWorker::start(CallFacts facts, CustomerId customer)
{
    thread_.loop().post([this, facts = std::move(facts), customer = std::move(customer)]() mutable {
        const CallId id = facts.id;
        const LegIncoming incoming { facts.leg, facts.device.from, facts.device.to, facts.device.from_name };
        const Log call_log = log_.with({ { "call", id } });
        auto& call = inside_->calls[id];
        call = std::make_unique<CallHost>(
            inside_->services, inside_->outside, std::move(facts), std::move(customer), call_log);
        call->handle(incoming);
    });
}

void CallWorker::dial(CallFacts facts, CustomerId customer, CallDialled dialled, sip::DialRoute route)
{
    thread_.loop().post([this, facts = std::move(facts), customer = std::move(customer), dialled = std::move(dialled),
                            route = std::move(route)]() mutable {
        const CallId id = facts.id;
        const Log call_log = log_.with({ { "call", id } });
        auto& call = inside_->calls[id];
        call = std::make_unique<CallHost>(
            inside_->services, inside_->outside, std::move(facts), std::move(customer), call_log);
        call->dial(std::move(dialled), std::move(route));
    });
}

void CallWorker::to_call(const CallId& id, UniqueFunction<void(CallHost&)> task)
{
    thread_.loop().post([this, id, task = std::move(task)]() mutable {
        if (const auto found = inside_->calls.find(id); found != inside_->calls.end())
            task(*found->second);
    });
}

void CallWorker::remove(const CallId& id)
{
    thread_.loop().post([this, id] { inside_->calls.erase(id); });
}

} // namespace parley
