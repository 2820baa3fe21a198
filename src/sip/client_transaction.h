#pragma once

#include "base/time.h"
#include "sip/hop.h"
#include "sip/timer_table.h"
#include "sip/timers.h"

#include <cstdint>
#include <optional>
#include <vector>

// The two client transactions (RFC 3261 17.1, RFC 6026 7.2), as nothing but their tables: they know classes of
// responses and time. Whoever owns one keeps the bytes and the destination, and sends the request once when creating
// it. Over a reliable transport nothing is sent again, and nothing waits for what might come again.
namespace parley::sip {

enum class ClientEvent : std::uint8_t {
    provisional,     // 1xx received.
    success,         // 2xx received.
    failure,         // 300 to 699 received.
    transport_error, // The request could not be sent.
};

enum class ClientAction : std::uint8_t {
    send_request,           // Once more.
    send_ack,               // For the failure just received (17.1.1.3).
    deliver,                // The response just received goes to the user of the transaction.
    report_timeout,         // As if 408 had come (8.1.3.1).
    report_transport_error, // As if 503 had come (8.1.3.1).
};

using ClientActions = std::vector<ClientAction>;

class InviteClientTransaction {
public:
    enum class State : std::uint8_t {
        calling,    // No response yet.
        proceeding, // A provisional response came.
        completed,  // A failure came; its retransmissions are acknowledged.
        accepted,   // A 2xx came; more may come from other forks (RFC 6026).
        terminated,
    };
    enum class Timer : std::uint8_t {
        a, // Send the INVITE again.
        b, // Nobody answers.
        d, // No more retransmissions of the failure.
        m, // No more retransmissions of the 2xx, nor other forks.
        count,
    };

    InviteClientTransaction(const Timers&, Instant now, Transport = Transport::udp);

    void handle(ClientEvent, Instant now, ClientActions& out);
    void handle_timeout(Instant now, ClientActions& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return due_.next(); }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool terminated() const { return state_ == State::terminated; }
    [[nodiscard]] bool unanswered() const { return state_ == State::calling; }

private:
    void on_response(ClientEvent, Instant now, ClientActions& out);
    void terminate();

    const Timers timers_;
    const Transport transport_;
    State state_ = State::calling;
    Duration interval_; // Timer A doubles.
    TimerTable<Timer> due_;
};

class NonInviteClientTransaction {
public:
    enum class State : std::uint8_t {
        trying,     // No response yet.
        proceeding, // A provisional response came.
        completed,  // A final response came; its retransmissions are absorbed.
        terminated,
    };
    enum class Timer : std::uint8_t {
        e, // Send the request again.
        f, // Nobody answers.
        k, // No more retransmissions of the response.
        count,
    };

    NonInviteClientTransaction(const Timers&, Instant now, Transport = Transport::udp);

    void handle(ClientEvent, Instant now, ClientActions& out);
    void handle_timeout(Instant now, ClientActions& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return due_.next(); }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool terminated() const { return state_ == State::terminated; }
    [[nodiscard]] bool unanswered() const { return state_ == State::trying; }

private:
    void on_unfinished(ClientEvent, Instant now, ClientActions& out);
    void terminate();

    const Timers timers_;
    const Transport transport_;
    State state_ = State::trying;
    Duration interval_; // Timer E doubles up to T2.
    TimerTable<Timer> due_;
};

} // namespace parley::sip
