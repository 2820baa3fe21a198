#include "sip/client_transaction.h"

#include <algorithm>

namespace parley::sip {

InviteClientTransaction::InviteClientTransaction(const Timers& timers, Instant now, Transport transport)
    : timers_(timers)
    , transport_(transport)
    , interval_(timers.t1)
{
    if (!is_reliable(transport_)) // RFC 3261 17.1.1.2
        due_.set(Timer::a, now + interval_);
    due_.set(Timer::b, now + timers_.transaction_timeout());
}

void InviteClientTransaction::handle(ClientEvent event, Instant now, ClientActions& out)
{
    handle_timeout(now, out);
    switch (state_) {
    case State::calling:
    case State::proceeding: on_response(event, now, out); break;
    case State::completed:
        if (event == ClientEvent::failure) {
            out.push_back(ClientAction::send_ack);
        } else if (event == ClientEvent::transport_error) {
            out.push_back(ClientAction::report_transport_error);
            terminate();
        }
        break;
    case State::accepted:
        if (event == ClientEvent::success)
            out.push_back(ClientAction::deliver);
        break;
    case State::terminated: break;
    }
}

void InviteClientTransaction::on_response(ClientEvent event, Instant now, ClientActions& out)
{
    switch (event) {
    case ClientEvent::provisional:
        out.push_back(ClientAction::deliver);
        state_ = State::proceeding;
        due_.clear_all(); // RFC 3261 17.1.1.2: neither retransmissions nor timer B once somebody answered.
        break;
    case ClientEvent::success:
        out.push_back(ClientAction::deliver);
        state_ = State::accepted;
        due_.clear_all();
        due_.set(Timer::m, now + timers_.transaction_timeout());
        break;
    case ClientEvent::failure:
        out.push_back(ClientAction::send_ack);
        out.push_back(ClientAction::deliver);
        state_ = State::completed;
        due_.clear_all();
        due_.set(Timer::d, now + timers_.wait_for_response_retransmits());
        if (is_reliable(transport_)) // Timer D is zero.
            terminate();
        break;
    case ClientEvent::transport_error:
        out.push_back(ClientAction::report_transport_error);
        terminate();
        break;
    }
}

void InviteClientTransaction::handle_timeout(Instant now, ClientActions& out)
{
    while (const auto fired = due_.take_due(now)) {
        switch (fired->timer) {
        case Timer::a:
            out.push_back(ClientAction::send_request);
            interval_ *= 2; // RFC 3261 17.1.1.2
            due_.set(Timer::a, fired->when + interval_);
            break;
        case Timer::b:
            out.push_back(ClientAction::report_timeout);
            terminate();
            break;
        case Timer::d:
        case Timer::m: terminate(); break;
        case Timer::count: break;
        }
    }
}

void InviteClientTransaction::terminate()
{
    state_ = State::terminated;
    due_.clear_all();
}

NonInviteClientTransaction::NonInviteClientTransaction(const Timers& timers, Instant now, Transport transport)
    : timers_(timers)
    , transport_(transport)
    , interval_(timers.t1)
{
    if (!is_reliable(transport_)) // RFC 3261 17.1.2.2
        due_.set(Timer::e, now + interval_);
    due_.set(Timer::f, now + timers_.transaction_timeout());
}

void NonInviteClientTransaction::handle(ClientEvent event, Instant now, ClientActions& out)
{
    handle_timeout(now, out);
    switch (state_) {
    case State::trying:
    case State::proceeding: on_unfinished(event, now, out); break;
    case State::completed:
    case State::terminated: break;
    }
}

void NonInviteClientTransaction::on_unfinished(ClientEvent event, Instant now, ClientActions& out)
{
    switch (event) {
    case ClientEvent::provisional:
        out.push_back(ClientAction::deliver);
        state_ = State::proceeding;
        break;
    case ClientEvent::success:
    case ClientEvent::failure:
        out.push_back(ClientAction::deliver);
        state_ = State::completed;
        due_.clear_all();
        due_.set(Timer::k, now + timers_.t4);
        if (is_reliable(transport_)) // Timer K is zero.
            terminate();
        break;
    case ClientEvent::transport_error:
        out.push_back(ClientAction::report_transport_error);
        terminate();
        break;
    }
}

void NonInviteClientTransaction::handle_timeout(Instant now, ClientActions& out)
{
    while (const auto fired = due_.take_due(now)) {
        switch (fired->timer) {
        case Timer::e:
            out.push_back(ClientAction::send_request);
            // RFC 3261 17.1.2.2: once in Proceeding, the interval is T2.
            interval_ = state_ == State::proceeding ? timers_.t2 : std::min(2 * interval_, timers_.t2);
            due_.set(Timer::e, fired->when + interval_);
            break;
        case Timer::f:
            out.push_back(ClientAction::report_timeout);
            terminate();
            break;
        case Timer::k: terminate(); break;
        case Timer::count: break;
        }
    }
}

void NonInviteClientTransaction::terminate()
{
    state_ = State::terminated;
    due_.clear_all();
}

} // namespace parley::sip
