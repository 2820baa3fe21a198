#include "sip/server_transaction.h"

#include <algorithm>

namespace parley::sip {

InviteServerTransaction::InviteServerTransaction(const Timers& timers, Transport transport)
    : timers_(timers)
    , transport_(transport)
    , interval_(timers.t1)
{
}

void InviteServerTransaction::handle(ServerEvent event, Instant now, ServerActions& out)
{
    handle_timeout(now, out);
    switch (state_) {
    case State::proceeding: on_proceeding(event, now, out); break;
    case State::completed: on_completed(event, now, out); break;
    case State::accepted: on_accepted(event, out); break;
    case State::confirmed:
    case State::terminated: break;
    }
}

void InviteServerTransaction::on_proceeding(ServerEvent event, Instant now, ServerActions& out)
{
    switch (event) {
    case ServerEvent::request:
    case ServerEvent::give_provisional: out.push_back(ServerAction::send_response); break;
    case ServerEvent::ack: break;
    case ServerEvent::give_success:
        out.push_back(ServerAction::send_response);
        state_ = State::accepted;
        due_.set(Timer::l, now + timers_.transaction_timeout());
        break;
    case ServerEvent::give_failure:
        out.push_back(ServerAction::send_response);
        state_ = State::completed;
        if (!is_reliable(transport_)) // RFC 3261 17.2.1
            due_.set(Timer::g, now + interval_);
        due_.set(Timer::h, now + timers_.transaction_timeout());
        break;
    case ServerEvent::transport_error:
        out.push_back(ServerAction::report_transport_error);
        terminate();
        break;
    }
}

void InviteServerTransaction::on_completed(ServerEvent event, Instant now, ServerActions& out)
{
    switch (event) {
    case ServerEvent::request: out.push_back(ServerAction::send_response); break;
    case ServerEvent::ack:
        state_ = State::confirmed;
        due_.clear_all();
        due_.set(Timer::i, now + timers_.t4);
        if (is_reliable(transport_)) // Timer I is zero.
            terminate();
        break;
    case ServerEvent::transport_error:
        out.push_back(ServerAction::report_transport_error);
        terminate();
        break;
    case ServerEvent::give_provisional:
    case ServerEvent::give_success:
    case ServerEvent::give_failure: break;
    }
}

void InviteServerTransaction::on_accepted(ServerEvent event, ServerActions& out)
{
    switch (event) {
    case ServerEvent::give_success: out.push_back(ServerAction::send_response); break;
    case ServerEvent::ack: out.push_back(ServerAction::deliver_ack); break;
    case ServerEvent::transport_error: out.push_back(ServerAction::report_transport_error); break;
    case ServerEvent::request: // RFC 6026 7.1: absorbed; the user repeats its 2xx by itself.
    case ServerEvent::give_provisional:
    case ServerEvent::give_failure: break;
    }
}

void InviteServerTransaction::handle_timeout(Instant now, ServerActions& out)
{
    while (const auto fired = due_.take_due(now)) {
        switch (fired->timer) {
        case Timer::g:
            out.push_back(ServerAction::send_response);
            interval_ = std::min(2 * interval_, timers_.t2);
            due_.set(Timer::g, fired->when + interval_);
            break;
        case Timer::h:
            out.push_back(ServerAction::report_timeout);
            terminate();
            break;
        case Timer::i:
        case Timer::l: terminate(); break;
        case Timer::count: break;
        }
    }
}

void InviteServerTransaction::terminate()
{
    state_ = State::terminated;
    due_.clear_all();
}

NonInviteServerTransaction::NonInviteServerTransaction(const Timers& timers, Transport transport)
    : timers_(timers)
    , transport_(transport)
{
}

void NonInviteServerTransaction::handle(ServerEvent event, Instant now, ServerActions& out)
{
    handle_timeout(now, out);
    switch (state_) {
    case State::trying:
    case State::proceeding: on_unfinished(event, now, out); break;
    case State::completed:
        if (event == ServerEvent::request) {
            out.push_back(ServerAction::send_response);
        } else if (event == ServerEvent::transport_error) {
            out.push_back(ServerAction::report_transport_error);
            terminate();
        }
        break;
    case State::terminated: break;
    }
}

void NonInviteServerTransaction::on_unfinished(ServerEvent event, Instant now, ServerActions& out)
{
    switch (event) {
    case ServerEvent::request:
        if (state_ == State::proceeding)
            out.push_back(ServerAction::send_response);
        break;
    case ServerEvent::give_provisional:
        out.push_back(ServerAction::send_response);
        state_ = State::proceeding;
        break;
    case ServerEvent::give_success:
    case ServerEvent::give_failure:
        out.push_back(ServerAction::send_response);
        state_ = State::completed;
        due_.set(Timer::j, now + timers_.transaction_timeout());
        if (is_reliable(transport_)) // Timer J is zero.
            terminate();
        break;
    case ServerEvent::transport_error:
        out.push_back(ServerAction::report_transport_error);
        terminate();
        break;
    case ServerEvent::ack: break;
    }
}

void NonInviteServerTransaction::handle_timeout(Instant now, ServerActions&)
{
    while (const auto fired = due_.take_due(now)) {
        switch (fired->timer) {
        case Timer::j: terminate(); break;
        case Timer::count: break;
        }
    }
}

void NonInviteServerTransaction::terminate()
{
    state_ = State::terminated;
    due_.clear_all();
}

} // namespace parley::sip
