#pragma once

#include "base/time.h"
#include "sip/client_transaction.h"
#include "sip/fields.h"
#include "sip/hop.h"
#include "sip/message.h"
#include "sip/schedule.h"
#include "sip/server_transaction.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

// Every running transaction: finds the one a message belongs to (RFC 3261 17.1.3, 17.2.3), keeps what it has to send
// again, and tells its user what is new. Knows nothing of dialogs.
namespace parley::sip {

using TransactionId = std::uint64_t;
using LegNumber = std::uint64_t; // The user of a transaction; 0: nobody waits for its outcome.

struct Packet {
    std::string bytes;
    Hop destination;

    friend bool operator==(const Packet&, const Packet&) = default;
};

// What a client transaction reports without having received anything.
struct ClientNews {
    enum class Kind : std::uint8_t {
        timed_out,
        transport_error,
        gone, // Terminated; nothing follows.
    };
    TransactionId transaction = 0;
    LegNumber leg = 0;
    Kind kind = Kind::gone;
};

// What one step of the layer asks for.
struct LayerOutput {
    std::vector<Packet> packets;
    std::vector<ClientNews> news;
    std::size_t retransmissions = 0;
};

class TransactionLayer {
public:
    // `max_datagram`: a longer request over UDP is sent over TCP instead, and over UDP after all if that fails
    // (RFC 3261 18.1.1).
    explicit TransactionLayer(const Timers& timers, std::size_t max_datagram = max_message_bytes)
        : timers_(timers)
        , max_datagram_(max_datagram)
    {
    }

    // Client side. The topmost Via of the request carries its branch.
    TransactionId send(Request, Hop destination, LegNumber, Instant now, LayerOutput& out);

    // The user of the response, if it is new to one.
    struct Delivery {
        TransactionId transaction = 0;
        LegNumber leg = 0;
    };
    std::optional<Delivery> receive(const Response&, const Envelope&, Instant now, LayerOutput& out);

    // Ends a client transaction without a word (RFC 3261 9.1: a cancelled INVITE that gets no final response).
    void drop_client(TransactionId, LayerOutput& out);
    [[nodiscard]] bool is_open(TransactionId) const;

    // Server side. True: the request belongs to a transaction that needs no help with it.
    bool absorb(const Request&, const Envelope&, Instant now, LayerOutput& out);

    // RFC 3261 8.2.2.2: the same request arrived over another path.
    [[nodiscard]] bool is_merged(const Envelope&) const;

    TransactionId open_server(const Request&, const Envelope&, Hop response_destination);
    void respond(TransactionId, const Response&, Instant now, LayerOutput& out);

    // The INVITE that a CANCEL means (RFC 3261 9.2).
    [[nodiscard]] std::optional<TransactionId> find_cancelled(const Request& cancel, const Envelope&) const;

    // A message could not be sent there.
    void fail_transport(const Hop&, Instant now, LayerOutput& out);

    // The connection is gone: requests that got no response over it will get none. What was answered provisionally may
    // still be answered over another connection (RFC 3261 18.2.2), and so may we.
    void lose_flow(const Hop&, Instant now, LayerOutput& out);

    void handle_timeout(Instant now, LayerOutput& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return schedule_.next(); }
    [[nodiscard]] std::size_t size() const { return clients_.size() + servers_.size(); }
    [[nodiscard]] std::size_t kept_bytes() const { return kept_bytes_; } // Messages that may have to be sent again.

private:
    struct Client {
        std::variant<InviteClientTransaction, NonInviteClientTransaction> machine;
        std::string key;
        Request request; // Without its body.
        std::string bytes;
        Hop destination;
        LegNumber leg = 0;
        std::string datagram = {}; // The request as it would go over UDP, if TCP was only chosen for its length.
    };
    struct Server {
        std::variant<InviteServerTransaction, NonInviteServerTransaction> machine;
        std::string key;
        std::string merge_key; // Empty within a dialog.
        std::string bytes;     // The latest response; empty before the first.
        Hop destination;
    };

    bool step_client(TransactionId, ClientEvent, const Response*, Instant now, LayerOutput& out);
    bool step_server(TransactionId, ServerEvent, Instant now, LayerOutput& out);
    bool act(const ClientActions&, TransactionId, const Client&, const Response*, LayerOutput& out);
    static bool act(const ServerActions&, const Server&, bool first, LayerOutput& out);
    bool fall_back_to_udp(TransactionId, Instant now, LayerOutput& out);
    void settle_client(TransactionId, LayerOutput& out);
    void settle_server(TransactionId);

    const Timers timers_;
    const std::size_t max_datagram_;
    TransactionId last_ = 0;
    std::size_t kept_bytes_ = 0;
    std::map<TransactionId, Client> clients_;
    std::map<TransactionId, Server> servers_;
    std::unordered_map<std::string, TransactionId> client_keys_;
    std::unordered_map<std::string, TransactionId> server_keys_;
    std::unordered_map<std::string, TransactionId> merge_keys_;
    Schedule schedule_;
};

} // namespace parley::sip
