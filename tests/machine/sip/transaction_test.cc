#include "sip/client_transaction.h"
#include "sip/server_transaction.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

// The four tables of RFC 3261 17 with RFC 6026, one row after the other.
namespace parley::sip {
namespace {

constexpr Instant origin {};
constexpr Timers timers {};
using A = ClientAction;
using S = ServerAction;
using C = ClientEvent;
using E = ServerEvent;

Instant at(std::int64_t ms)
{
    return origin + std::chrono::milliseconds(ms);
}

template <typename Machine, typename Event, typename Actions> Actions give(Machine& machine, Event event, Instant now)
{
    Actions out;
    machine.handle(event, now, out);
    return out;
}

ClientActions give(InviteClientTransaction& t, C event, std::int64_t ms)
{
    return give<InviteClientTransaction, C, ClientActions>(t, event, at(ms));
}
ClientActions give(NonInviteClientTransaction& t, C event, std::int64_t ms)
{
    return give<NonInviteClientTransaction, C, ClientActions>(t, event, at(ms));
}
ServerActions give(InviteServerTransaction& t, E event, std::int64_t ms)
{
    return give<InviteServerTransaction, E, ServerActions>(t, event, at(ms));
}
ServerActions give(NonInviteServerTransaction& t, E event, std::int64_t ms)
{
    return give<NonInviteServerTransaction, E, ServerActions>(t, event, at(ms));
}

// The moments at which a machine does something of its own accord until `until`, as (ms, action).
template <typename Action, typename Machine>
std::vector<std::pair<std::int64_t, Action>> run(Machine& machine, std::int64_t until)
{
    std::vector<std::pair<std::int64_t, Action>> seen;
    while (machine.deadline() && *machine.deadline() <= at(until)) {
        const Instant now = *machine.deadline();
        std::vector<Action> out;
        machine.handle_timeout(now, out);
        for (const Action action : out)
            seen.emplace_back(to_milliseconds(now - origin), action);
    }
    return seen;
}

template <typename Action> using Seen = std::vector<std::pair<std::int64_t, Action>>;

// INVITE client (figure 5 of RFC 3261, figure 8 of RFC 6026).

using Ict = InviteClientTransaction;
using IctState = Ict::State;

// A machine in each state, as it stands at 100 ms.
Ict invite_client(IctState state)
{
    Ict t(timers, origin);
    ClientActions out;
    switch (state) {
    case IctState::calling: break;
    case IctState::proceeding: t.handle(C::provisional, at(100), out); break;
    case IctState::completed: t.handle(C::failure, at(100), out); break;
    case IctState::accepted: t.handle(C::success, at(100), out); break;
    case IctState::terminated: t.handle(C::transport_error, at(100), out); break;
    }
    EXPECT_EQ(t.state(), state);
    return t;
}

struct ClientRow {
    int line;
    IctState before;
    C event;
    IctState after;
    ClientActions actions;
};

TEST(InviteClient, does_what_its_table_says)
{
    const std::vector<ClientRow> rows {
        { __LINE__, IctState::calling, C::provisional, IctState::proceeding, { A::deliver } },
        { __LINE__, IctState::calling, C::success, IctState::accepted, { A::deliver } },
        { __LINE__, IctState::calling, C::failure, IctState::completed, { A::send_ack, A::deliver } },
        { __LINE__, IctState::calling, C::transport_error, IctState::terminated, { A::report_transport_error } },
        { __LINE__, IctState::proceeding, C::provisional, IctState::proceeding, { A::deliver } },
        { __LINE__, IctState::proceeding, C::success, IctState::accepted, { A::deliver } },
        { __LINE__, IctState::proceeding, C::failure, IctState::completed, { A::send_ack, A::deliver } },
        { __LINE__, IctState::proceeding, C::transport_error, IctState::terminated, { A::report_transport_error } },
        { __LINE__, IctState::completed, C::provisional, IctState::completed, {} },
        { __LINE__, IctState::completed, C::success, IctState::completed, {} },
        { __LINE__, IctState::completed, C::failure, IctState::completed, { A::send_ack } },
        { __LINE__, IctState::completed, C::transport_error, IctState::terminated, { A::report_transport_error } },
        { __LINE__, IctState::accepted, C::provisional, IctState::accepted, {} },
        { __LINE__, IctState::accepted, C::success, IctState::accepted, { A::deliver } },
        { __LINE__, IctState::accepted, C::failure, IctState::accepted, {} },
        { __LINE__, IctState::accepted, C::transport_error, IctState::accepted, {} },
        { __LINE__, IctState::terminated, C::provisional, IctState::terminated, {} },
        { __LINE__, IctState::terminated, C::success, IctState::terminated, {} },
        { __LINE__, IctState::terminated, C::failure, IctState::terminated, {} },
        { __LINE__, IctState::terminated, C::transport_error, IctState::terminated, {} },
    };
    for (const ClientRow& row : rows) {
        Ict t = invite_client(row.before);
        EXPECT_EQ(give(t, row.event, 200), row.actions) << "row in line " << row.line;
        EXPECT_EQ(t.state(), row.after) << "row in line " << row.line;
        EXPECT_EQ(t.deadline().has_value(), row.after != IctState::terminated && row.after != IctState::proceeding)
            << "row in line " << row.line;
    }
}

TEST(InviteClient, timer_a_doubles_and_timer_b_ends_it)
{
    Ict t(timers, origin);
    EXPECT_EQ(run<A>(t, 100'000),
        (Seen<A> { { 500, A::send_request }, { 1'500, A::send_request }, { 3'500, A::send_request },
            { 7'500, A::send_request }, { 15'500, A::send_request }, { 31'500, A::send_request },
            { 32'000, A::report_timeout } }));
    EXPECT_TRUE(t.terminated());
}

TEST(InviteClient, a_provisional_response_stops_timers_a_and_b)
{
    Ict t = invite_client(IctState::proceeding);
    EXPECT_FALSE(t.deadline());
}

TEST(InviteClient, timer_d_ends_completed_and_timer_m_ends_accepted)
{
    for (const IctState state : { IctState::completed, IctState::accepted }) {
        Ict t = invite_client(state);
        EXPECT_EQ(t.deadline(), at(32'100));
        EXPECT_EQ(run<A>(t, 32'099), Seen<A> {});
        EXPECT_EQ(t.state(), state);
        EXPECT_EQ(run<A>(t, 32'100), Seen<A> {});
        EXPECT_TRUE(t.terminated());
    }
}

TEST(InviteClient, what_was_due_fires_before_an_event)
{
    Ict t(timers, origin);
    EXPECT_EQ(give(t, C::provisional, 500), (ClientActions { A::send_request, A::deliver }));
}

// Non-INVITE client (figure 6).

using Nct = NonInviteClientTransaction;
using NctState = Nct::State;

Nct plain_client(NctState state)
{
    Nct t(timers, origin);
    ClientActions out;
    switch (state) {
    case NctState::trying: break;
    case NctState::proceeding: t.handle(C::provisional, at(100), out); break;
    case NctState::completed: t.handle(C::success, at(100), out); break;
    case NctState::terminated: t.handle(C::transport_error, at(100), out); break;
    }
    EXPECT_EQ(t.state(), state);
    return t;
}

TEST(NonInviteClient, does_what_its_table_says)
{
    struct Row {
        int line;
        NctState before;
        C event;
        NctState after;
        ClientActions actions;
    };
    const std::vector<Row> rows {
        { __LINE__, NctState::trying, C::provisional, NctState::proceeding, { A::deliver } },
        { __LINE__, NctState::trying, C::success, NctState::completed, { A::deliver } },
        { __LINE__, NctState::trying, C::failure, NctState::completed, { A::deliver } },
        { __LINE__, NctState::trying, C::transport_error, NctState::terminated, { A::report_transport_error } },
        { __LINE__, NctState::proceeding, C::provisional, NctState::proceeding, { A::deliver } },
        { __LINE__, NctState::proceeding, C::success, NctState::completed, { A::deliver } },
        { __LINE__, NctState::proceeding, C::failure, NctState::completed, { A::deliver } },
        { __LINE__, NctState::proceeding, C::transport_error, NctState::terminated, { A::report_transport_error } },
        { __LINE__, NctState::completed, C::provisional, NctState::completed, {} },
        { __LINE__, NctState::completed, C::success, NctState::completed, {} },
        { __LINE__, NctState::completed, C::failure, NctState::completed, {} },
        { __LINE__, NctState::completed, C::transport_error, NctState::completed, {} },
        { __LINE__, NctState::terminated, C::success, NctState::terminated, {} },
    };
    for (const Row& row : rows) {
        Nct t = plain_client(row.before);
        EXPECT_EQ(give(t, row.event, 200), row.actions) << "row in line " << row.line;
        EXPECT_EQ(t.state(), row.after) << "row in line " << row.line;
        EXPECT_EQ(t.deadline().has_value(), row.after != NctState::terminated) << "row in line " << row.line;
    }
}

TEST(NonInviteClient, timer_e_doubles_up_to_t2_and_timer_f_ends_it)
{
    Nct t(timers, origin);
    EXPECT_EQ(run<A>(t, 100'000),
        (Seen<A> { { 500, A::send_request }, { 1'500, A::send_request }, { 3'500, A::send_request },
            { 7'500, A::send_request }, { 11'500, A::send_request }, { 15'500, A::send_request },
            { 19'500, A::send_request }, { 23'500, A::send_request }, { 27'500, A::send_request },
            { 31'500, A::send_request }, { 32'000, A::report_timeout } }));
    EXPECT_TRUE(t.terminated());
}

TEST(NonInviteClient, in_proceeding_timer_e_is_t2_and_timer_f_still_ends_it)
{
    Nct t = plain_client(NctState::proceeding);
    EXPECT_EQ(run<A>(t, 100'000),
        (Seen<A> { { 500, A::send_request }, { 4'500, A::send_request }, { 8'500, A::send_request },
            { 12'500, A::send_request }, { 16'500, A::send_request }, { 20'500, A::send_request },
            { 24'500, A::send_request }, { 28'500, A::send_request }, { 32'000, A::report_timeout } }));
}

TEST(NonInviteClient, timer_k_ends_completed)
{
    Nct t = plain_client(NctState::completed);
    EXPECT_EQ(t.deadline(), at(5'100));
    EXPECT_EQ(run<A>(t, 5'100), Seen<A> {});
    EXPECT_TRUE(t.terminated());
}

// INVITE server (figure 7, RFC 6026 figure 7).

using Ist = InviteServerTransaction;
using IstState = Ist::State;

Ist invite_server(IstState state)
{
    Ist t(timers);
    ServerActions out;
    switch (state) {
    case IstState::proceeding: t.handle(E::give_provisional, at(100), out); break;
    case IstState::completed: t.handle(E::give_failure, at(100), out); break;
    case IstState::confirmed:
        t.handle(E::give_failure, at(100), out);
        t.handle(E::ack, at(100), out);
        break;
    case IstState::accepted: t.handle(E::give_success, at(100), out); break;
    case IstState::terminated: t.handle(E::transport_error, at(100), out); break;
    }
    EXPECT_EQ(t.state(), state);
    return t;
}

TEST(InviteServer, does_what_its_table_says)
{
    struct Row {
        int line;
        IstState before;
        E event;
        IstState after;
        ServerActions actions;
    };
    const auto send = ServerActions { S::send_response };
    const std::vector<Row> rows {
        { __LINE__, IstState::proceeding, E::request, IstState::proceeding, send },
        { __LINE__, IstState::proceeding, E::ack, IstState::proceeding, {} },
        { __LINE__, IstState::proceeding, E::give_provisional, IstState::proceeding, send },
        { __LINE__, IstState::proceeding, E::give_success, IstState::accepted, send },
        { __LINE__, IstState::proceeding, E::give_failure, IstState::completed, send },
        { __LINE__, IstState::proceeding, E::transport_error, IstState::terminated, { S::report_transport_error } },
        { __LINE__, IstState::completed, E::request, IstState::completed, send },
        { __LINE__, IstState::completed, E::ack, IstState::confirmed, {} },
        { __LINE__, IstState::completed, E::give_provisional, IstState::completed, {} },
        { __LINE__, IstState::completed, E::give_success, IstState::completed, {} },
        { __LINE__, IstState::completed, E::give_failure, IstState::completed, {} },
        { __LINE__, IstState::completed, E::transport_error, IstState::terminated, { S::report_transport_error } },
        { __LINE__, IstState::confirmed, E::request, IstState::confirmed, {} },
        { __LINE__, IstState::confirmed, E::ack, IstState::confirmed, {} },
        { __LINE__, IstState::confirmed, E::give_failure, IstState::confirmed, {} },
        { __LINE__, IstState::confirmed, E::transport_error, IstState::confirmed, {} },
        { __LINE__, IstState::accepted, E::request, IstState::accepted, {} },
        { __LINE__, IstState::accepted, E::ack, IstState::accepted, { S::deliver_ack } },
        { __LINE__, IstState::accepted, E::give_provisional, IstState::accepted, {} },
        { __LINE__, IstState::accepted, E::give_success, IstState::accepted, send },
        { __LINE__, IstState::accepted, E::give_failure, IstState::accepted, {} },
        { __LINE__, IstState::accepted, E::transport_error, IstState::accepted, { S::report_transport_error } },
        { __LINE__, IstState::terminated, E::request, IstState::terminated, {} },
        { __LINE__, IstState::terminated, E::give_success, IstState::terminated, {} },
    };
    for (const Row& row : rows) {
        Ist t = invite_server(row.before);
        EXPECT_EQ(give(t, row.event, 200), row.actions) << "row in line " << row.line;
        EXPECT_EQ(t.state(), row.after) << "row in line " << row.line;
        EXPECT_EQ(t.deadline().has_value(), row.after != IstState::terminated && row.after != IstState::proceeding)
            << "row in line " << row.line;
    }
}

TEST(InviteServer, timer_g_doubles_up_to_t2_and_timer_h_ends_it)
{
    Ist t(timers);
    give(t, E::give_failure, 0);
    EXPECT_EQ(run<S>(t, 100'000),
        (Seen<S> { { 500, S::send_response }, { 1'500, S::send_response }, { 3'500, S::send_response },
            { 7'500, S::send_response }, { 11'500, S::send_response }, { 15'500, S::send_response },
            { 19'500, S::send_response }, { 23'500, S::send_response }, { 27'500, S::send_response },
            { 31'500, S::send_response }, { 32'000, S::report_timeout } }));
    EXPECT_TRUE(t.terminated());
}

TEST(InviteServer, timer_i_ends_confirmed_and_timer_l_ends_accepted)
{
    Ist confirmed = invite_server(IstState::confirmed);
    EXPECT_EQ(confirmed.deadline(), at(5'100));
    EXPECT_EQ(run<S>(confirmed, 5'100), Seen<S> {});
    EXPECT_TRUE(confirmed.terminated());

    Ist accepted = invite_server(IstState::accepted);
    EXPECT_EQ(accepted.deadline(), at(32'100));
    EXPECT_EQ(run<S>(accepted, 32'100), Seen<S> {});
    EXPECT_TRUE(accepted.terminated());
}

// Non-INVITE server (figure 8).

using Nst = NonInviteServerTransaction;
using NstState = Nst::State;

Nst plain_server(NstState state)
{
    Nst t(timers);
    ServerActions out;
    switch (state) {
    case NstState::trying: break;
    case NstState::proceeding: t.handle(E::give_provisional, at(100), out); break;
    case NstState::completed: t.handle(E::give_success, at(100), out); break;
    case NstState::terminated: t.handle(E::transport_error, at(100), out); break;
    }
    EXPECT_EQ(t.state(), state);
    return t;
}

TEST(NonInviteServer, does_what_its_table_says)
{
    struct Row {
        int line;
        NstState before;
        E event;
        NstState after;
        ServerActions actions;
    };
    const auto send = ServerActions { S::send_response };
    const std::vector<Row> rows {
        { __LINE__, NstState::trying, E::request, NstState::trying, {} },
        { __LINE__, NstState::trying, E::ack, NstState::trying, {} },
        { __LINE__, NstState::trying, E::give_provisional, NstState::proceeding, send },
        { __LINE__, NstState::trying, E::give_success, NstState::completed, send },
        { __LINE__, NstState::trying, E::give_failure, NstState::completed, send },
        { __LINE__, NstState::trying, E::transport_error, NstState::terminated, { S::report_transport_error } },
        { __LINE__, NstState::proceeding, E::request, NstState::proceeding, send },
        { __LINE__, NstState::proceeding, E::give_provisional, NstState::proceeding, send },
        { __LINE__, NstState::proceeding, E::give_success, NstState::completed, send },
        { __LINE__, NstState::proceeding, E::give_failure, NstState::completed, send },
        { __LINE__, NstState::proceeding, E::transport_error, NstState::terminated, { S::report_transport_error } },
        { __LINE__, NstState::completed, E::request, NstState::completed, send },
        { __LINE__, NstState::completed, E::give_provisional, NstState::completed, {} },
        { __LINE__, NstState::completed, E::give_success, NstState::completed, {} },
        { __LINE__, NstState::completed, E::give_failure, NstState::completed, {} },
        { __LINE__, NstState::completed, E::transport_error, NstState::terminated, { S::report_transport_error } },
        { __LINE__, NstState::terminated, E::request, NstState::terminated, {} },
    };
    for (const Row& row : rows) {
        Nst t = plain_server(row.before);
        EXPECT_EQ(give(t, row.event, 200), row.actions) << "row in line " << row.line;
        EXPECT_EQ(t.state(), row.after) << "row in line " << row.line;
        EXPECT_EQ(t.deadline().has_value(), row.after == NstState::completed) << "row in line " << row.line;
    }
}

TEST(NonInviteServer, timer_j_ends_completed)
{
    Nst t = plain_server(NstState::completed);
    EXPECT_EQ(t.deadline(), at(32'100));
    EXPECT_EQ(run<S>(t, 32'100), Seen<S> {});
    EXPECT_TRUE(t.terminated());
}

} // namespace
} // namespace parley::sip
