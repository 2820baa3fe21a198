#pragma once

#include "base/result.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

// Holds back what a call tells the outside until the log rows appended before it are durable: a `200`, an event or a
// listed row follows the commit. Order is kept. Knows neither rows nor messages, only how many.
namespace parley {

class CommitGate {
public:
    // Called when everything appended before is durable, or with the error that kept a row from being stored.
    using Released = std::function<void(const Result<void>&)>;

    // A row was handed to the store; its answer will come.
    void appended() { ++appended_; }

    // The store's next answer; it answers in order.
    void answered(const Result<void>& outcome);

    // Runs `released` now if nothing is on its way, else when the rows before it are durable.
    void pass(Released released);

    [[nodiscard]] bool idle() const { return waiting_.empty() && appended_ == answered_; }

private:
    struct Waiting {
        std::uint64_t after; // The number of rows that must have been answered.
        Released released;
    };

    void release();

    std::uint64_t appended_ = 0;
    std::uint64_t answered_ = 0;
    std::optional<Error> failure_; // Since the last release.
    std::deque<Waiting> waiting_;
};

} // namespace parley
