#pragma once

#include "base/time.h"
#include "sip/hop.h"
#include "sip/timer_table.h"
#include "sip/timers.h"

#include <cstdint>
#include <optional>
#include <vector>

// The two server transactions (RFC 3261 17.2, RFC 6026 7.1), as nothing but their tables. Whoever owns one
// keeps the latest response that was given to it and where it goes. An INVITE is answered with 100 when the owner
// creates its transaction. Over a reliable transport nothing is sent again, and nothing waits for what might come
// again.
namespace parley::sip {

enum class ServerEvent : std::uint8_t {
    request,          // The request was received again.
    ack,              // Its ACK was received (INVITE only).
    give_provisional, // The user answers 1xx.
    give_success,     // The user answers 2xx, or the same 2xx once more.
    give_failure,     // The user answers 300 to 699.
    transport_error,  // The response could not be sent.
};

enum class ServerAction : std::uint8_t {
    send_response,          // The latest one that the user gave.
    deliver_ack,            // To the user: the ACK belongs to its 2xx (RFC 6026 7.1).
    report_timeout,         // The failure was never acknowledged.
    report_transport_error, // To the user.
};

using ServerActions = std::vector<ServerAction>;

class InviteServerTransaction {
public:
    enum class State : std::uint8_t {
        proceeding, // No final response yet.
        completed,  // A failure was sent and is repeated until its ACK.
        confirmed,  // The ACK came; more of them are absorbed.
        accepted,   // A 2xx was sent; the user repeats it (RFC 6026).
        terminated,
    };
    enum class Timer : std::uint8_t {
        g, // Send the failure again.
        h, // The ACK does not come.
        i, // No more retransmissions of the ACK.
        l, // No more retransmissions of the INVITE.
        count,
    };

    explicit InviteServerTransaction(const Timers&, Transport = Transport::udp);

    void handle(ServerEvent, Instant now, ServerActions& out);
    void handle_timeout(Instant now, ServerActions& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return due_.next(); }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool terminated() const { return state_ == State::terminated; }

private:
    void on_proceeding(ServerEvent, Instant now, ServerActions& out);
    void on_completed(ServerEvent, Instant now, ServerActions& out);
    void on_accepted(ServerEvent, ServerActions& out);
    void terminate();

    const Timers timers_;
    const Transport transport_;
    State state_ = State::proceeding;
    Duration interval_; // Timer G doubles up to T2.
    TimerTable<Timer> due_;
};

class NonInviteServerTransaction {
public:
    enum class State : std::uint8_t {
        trying,     // Nothing was answered yet.
        proceeding, // A provisional response was sent.
        completed,  // The final response was sent and is repeated on request.
        terminated,
    };
    enum class Timer : std::uint8_t {
        j, // No more retransmissions of the request.
        count,
    };

    explicit NonInviteServerTransaction(const Timers&, Transport = Transport::udp);

    void handle(ServerEvent, Instant now, ServerActions& out);
    void handle_timeout(Instant now, ServerActions& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return due_.next(); }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool terminated() const { return state_ == State::terminated; }

private:
    void on_unfinished(ServerEvent, Instant now, ServerActions& out);
    void terminate();

    const Timers timers_;
    const Transport transport_;
    State state_ = State::trying;
    TimerTable<Timer> due_;
};

} // namespace parley::sip
