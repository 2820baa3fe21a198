#pragma once

#include "host/commit_gate.h"
#include "net/event_loop.h"
#include "store/message_store.h"

#include <cstddef>
#include <functional>
#include <memory>

// One call's way to the log: rows go to the store, its answers come back to the call's thread, and what the call tells
// the outside passes a gate behind them.
namespace parley {

class CallLog {
public:
    // `failed` is told of each row that could not be stored, on the loop's thread.
    CallLog(MessageStore&, EventLoop&, std::function<void(const Error&)> failed);

    void append(Message);
    void put(AiCall);
    void put(Activeflow);

    // Runs `released` when all rows so far are durable.
    void pass(CommitGate::Released released) { gate_->gate.pass(std::move(released)); }

    [[nodiscard]] std::size_t store_backlog() const { return store_.backlog(); }

private:
    struct Gate {
        CommitGate gate;
        std::function<void(const Error&)> failed;
    };

    std::function<void(Result<Stored>)> awaited();

    MessageStore& store_;
    EventLoop& loop_;
    std::shared_ptr<Gate> gate_; // Watched by answers on their way.
};

} // namespace parley
