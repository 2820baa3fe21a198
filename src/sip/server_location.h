#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "sip/hop.h"
#include "sip/uri.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Where a request to a URI is sent (RFC 3263): asks for NAPTR, SRV and address records and makes an ordered list of
// hops of the answers. Knows no name service; whoever runs it puts its questions to one, and bounds how long that may
// take.
namespace parley::sip {

// What a name service is asked for. Names are lower case and end without a dot.
struct DnsQuestion {
    enum class Kind : std::uint8_t {
        naptr,
        srv,
        addresses, // A and AAAA
    };
    Kind kind = Kind::addresses;
    std::string name;

    friend auto operator<=>(const DnsQuestion&, const DnsQuestion&) = default;
};

// RFC 3403.
struct NaptrRecord {
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    std::string flags;   // "s": `replacement` has SRV records.
    std::string service; // "SIP+D2U", "SIP+D2T", "SIPS+D2T"
    std::string replacement;
};

// RFC 2782.
struct SrvRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target; // "." or empty: the service is not there.
};

// In the order of the service; empty if the name has none, or if the service could not tell.
using NaptrRecords = std::vector<NaptrRecord>;
using SrvRecords = std::vector<SrvRecord>;
using Addresses = std::vector<std::string>; // Numeric.
using DnsRecords = std::variant<NaptrRecords, SrvRecords, Addresses>;

// What a name may make us ask and keep; records beyond are left out.
inline constexpr std::size_t max_naptr_records = 8;
inline constexpr std::size_t max_srv_records = 16; // Of one name.
inline constexpr std::size_t max_addresses = 8;    // Of one name.
inline constexpr std::size_t max_hops = 16;

class ServerLocation {
public:
    // `ids`: where the order among records of one priority comes from (RFC 2782: by weight).
    // A URI that is no SIP or names a transport that we do not speak is `invalid_request`.
    [[nodiscard]] static Result<ServerLocation> of(const Uri&, IdSource ids);

    // Each is answered once, in any order; answers may bring more.
    [[nodiscard]] std::vector<DnsQuestion> take_questions();
    void answer(const DnsQuestion&, DnsRecords);

    // Everything that was asked is answered.
    [[nodiscard]] bool done() const { return open_.empty(); }

    // Best first. None: the name leads nowhere.
    [[nodiscard]] Hops hops() const;

private:
    // Where one SRV record, or the name itself, leads.
    struct Place {
        Transport transport = Transport::udp;
        std::string name;
        std::uint16_t port = 0;
    };
    // A name with SRV records, or none.
    struct Service {
        Transport transport = Transport::udp;
        std::string name;
        std::optional<std::vector<Place>> places = {}; // Once answered.
    };

    explicit ServerLocation(IdSource ids)
        : ids_(std::move(ids))
    {
    }
    void ask(DnsQuestion::Kind, const std::string& name);
    void ask_services(const std::vector<Transport>&);
    void on(const DnsQuestion&, const NaptrRecords&);
    void on(const DnsQuestion&, SrvRecords);
    void on(const DnsQuestion&, const Addresses&);
    void conclude_services();
    [[nodiscard]] std::vector<Place> in_order(Transport, SrvRecords);

    IdSource ids_;
    std::string host_;
    bool secure_ = false;
    std::optional<std::uint16_t> port_;
    std::optional<Transport> transport_; // Named by the URI.
    std::vector<DnsQuestion> questions_; // Not taken yet.
    std::map<DnsQuestion, bool> open_;   // Not answered yet.
    std::vector<Service> services_;      // Best first.
    std::vector<Place> places_;          // Best first.
    std::map<std::string, Addresses> addresses_;
};

// Hops that failed of late go to the end of each list for a while: a call does not wait for a dead server twice.
class FailedHops {
public:
    static constexpr Duration pause = 2min;
    static constexpr std::size_t most = 256; // Remembered; beyond: the oldest is forgotten.

    void failed(const Hop&, Instant now);
    void worked(const Hop&);
    void put_last(Hops&, Instant now) const; // Otherwise in the order they had.

private:
    struct Failure {
        Hop hop;
        Instant until;
    };
    [[nodiscard]] bool is_paused(const Hop&, Instant now) const;

    std::vector<Failure> failures_; // The oldest first.
};

} // namespace parley::sip
