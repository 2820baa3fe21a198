#include "host/call_log.h"

namespace parley {

CallLog::CallLog(MessageStore& store, EventLoop& loop, std::function<void(const Error&)> failed)
    : store_(store)
    , loop_(loop)
    , gate_(std::make_shared<Gate>())
{
    gate_->failed = std::move(failed);
}

void CallLog::append(Message message)
{
    store_.append(std::move(message), awaited());
}
void CallLog::put(AiCall call)
{
    store_.put(std::move(call), awaited());
}
void CallLog::put(Activeflow flow)
{
    store_.put(std::move(flow), awaited());
}

std::function<void(Result<Stored>)> CallLog::awaited()
{
    gate_->gate.appended();
    return [&loop = loop_, watched = std::weak_ptr<Gate>(gate_)](Result<Stored> stored) {
        loop.post([watched, stored = std::move(stored)] {
            const auto gate = watched.lock();
            if (!gate)
                return;
            if (!stored)
                gate->failed(stored.error());
            gate->gate.answered(stored ? Result<void>() : Result<void>(stored.error()));
        });
    };
}

} // namespace parley
