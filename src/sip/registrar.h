#pragma once

#include "base/time.h"
#include "sip/fields.h"
#include "sip/hop.h"
#include "sip/message.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

// Where registered users are (RFC 3261 10.3): contacts, how long they hold, and the way that leads to each.
// Knows who registered, not whether they may: the endpoint has asked for a password before it gives a request to this.
namespace parley::sip {

struct RegistrarSettings {
    Duration min_expires = 60s; // Shorter: 423 with Min-Expires.
    Duration max_expires = 1h;  // Longer becomes this. Also what a request without a wish gets.
    std::size_t max_bindings_per_user
        = 8;                           // More: the one that would expire first goes; phones that start anew leave some.
    std::size_t max_bindings = 50'000; // More: 503.
};

// One phone of a user.
struct Binding {
    std::string contact; // Its URI as registered: the Request-URI of calls to it.
    Hop hop; // Where the REGISTER came from, connection included: calls take that way back. Behind a NAT there
             // is no other.
    std::uint16_t q = 1'000; // Preference in thousandths.
    Instant expires;
    std::string call_id;
    std::uint32_t cseq = 0;
};

class Registrar {
public:
    explicit Registrar(const RegistrarSettings& settings)
        : settings_(settings)
    {
    }

    // For what is registered or refreshed from now on.
    void change(const RegistrarSettings& settings) { settings_ = settings; }

    // What to answer; fields beside those of every response.
    struct Answer {
        std::uint16_t status = 200;
        std::string what = {}; // Names the broken field of a 400.
        std::vector<Header> fields = {};
    };
    // `user` is who authenticated; `source` where the request came from.
    Answer handle(std::string_view user, const Request&, const Envelope&, const Hop& source, Instant now);

    // The user's phones, most preferred first, of those that still hold.
    [[nodiscard]] std::vector<Binding> lookup(std::string_view user, Instant now) const;

    // A registered phone sends from there, from that port.
    [[nodiscard]] bool is_way_of_a_phone(const Hop& source) const;

    // Forgets the bindings of all other users.
    void keep_only(const std::function<bool(const std::string& user)>&);

    // A connection closed: the phones behind it cannot be called until they register again.
    void flow_closed(FlowId);

    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] std::size_t bindings() const { return deadlines_.size(); }
    [[nodiscard]] std::size_t users() const { return users_.size(); }

private:
    struct Wanted {
        NameAddr contact;
        Duration expires;
        std::uint16_t q;
    };
    using Bindings = std::vector<Binding>;

    [[nodiscard]] Answer list(std::string_view user, Instant now) const;
    [[nodiscard]] Answer remove_all(std::string_view user, const Envelope&, Instant now);
    [[nodiscard]] Answer apply(
        std::string_view user, const std::vector<Wanted>&, const Envelope&, const Hop& source, Instant now);
    void note(std::string_view user, const Binding&);
    void forget(std::string_view user, const Binding&);
    void settle(std::string_view user);

    RegistrarSettings settings_;
    std::map<std::string, Bindings, std::less<>> users_;
    std::set<std::pair<Instant, std::string>> deadlines_; // One a binding: its time, and user and contact.
    std::unordered_map<std::string, std::size_t> ways_;   // Sources of bindings, counted.
};

} // namespace parley::sip
