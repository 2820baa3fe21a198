#pragma once

#include "base/id.h"
#include "base/log.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "call/dial_policy.h"
#include "host/flight_recorder.h"
#include "relay/project_meters.h"
#include "server/configuration_rtp.h"
#include "server/configuration_sip_tls.h"
#include "server/configuration_sound.h"
#include "server/configuration_speech.h"
#include "sip/doorkeeper.h"
#include "sip/referrers.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What the operator decided: one YAML file, read once at start, typed from then on.
// Knows the file's shape and refuses everything else in it; opens no socket and no database. `examples/parley.yaml`
// explains each key.
namespace parley {

// Calls over a trunk to a number that is not routed itself.
struct TrunkRouteConfiguration {
    std::string trunk;
    ProjectId project;
    ContextName context;
};

// Port 0 in an address: chosen by the kernel and printed when ready.
struct SipConfiguration {
    SocketAddress listen { "127.0.0.1", 5060 }; // UDP and TCP.
    std::optional<SipTlsConfiguration> tls;
    std::string public_address; // Written into Contact and SDP instead of the local one; empty: the local one.
    std::vector<IpNetwork> local_networks;   // Callers there are told the local address all the same.
    std::string local_address;               // Which one, if we listen on all of them.
    std::vector<SocketAddress> name_servers; // Asked for the servers of calls; empty: those of the system.
    sip::AccessSettings access;              // Who may call and register. The key of its nonces is made at start.
    std::vector<TrunkRouteConfiguration> trunk_routes;
    Duration session_timer = 1'800s; // RFC 4028; zero: off.
    sip::Referrers refer = sip::Referrers::trusted;
};

struct RelayConfiguration {
    SocketAddress listen { "127.0.0.1", 8080 };
    std::string certificate; // PEM; empty: no TLS.
    std::string key;
    Duration offer_timeout = 5s; // A client that neither acknowledged nor commanded: the next is offered the call too.
    Duration command_timeout = 10s;   // One that acknowledged and commanded nothing: likewise.
    std::size_t connections = 10'000; // Of all projects; more are closed at once.
    Duration resume_within = 60s;     // How long a session waits for its client after the connection was lost.
    Duration unclaimed_wait = 30s;    // Nobody took an inbound call within this, however many were asked: SIP 480.
};

struct RestConfiguration {
    SocketAddress listen { "127.0.0.1", 8081 };
};

struct CustomerConfiguration {
    CustomerId id;
    std::string name;
    std::string detail;
    std::vector<std::string> access_keys;
};

struct ProjectConfiguration {
    ProjectId id;
    std::string token;
    CustomerId customer;
    std::string jwt_secret;                  // Verifies JSON Web Tokens of its programs; empty: none are taken.
    std::string signing_key;                 // Signs what is posted to its webhooks; empty: nothing is signed.
    std::vector<std::string> outbound_allow; // Private ranges that this project's URLs may reach.
    DialPolicy dial;                         // Whom its programs may call.
    relay::ProjectLimits limits;
};

// A dialled number or a SIP user name, and who gets its calls.
struct RouteConfiguration {
    std::string dialled;
    ProjectId project;
    ContextName context;
};

struct ModelConfiguration {
    enum class Provider : std::uint8_t {
        offline, // The rule file, in this process.
        openai,  // Any endpoint that speaks Chat Completions.
        bedrock, // Amazon Bedrock, by ConverseStream.
    };

    Provider provider = Provider::offline;
    std::string rules;                                       // offline: file of rules; empty: the built-in ones.
    std::string base_url;                                    // openai; bedrock: empty: the region's own.
    std::string api_key;                                     // openai; from the environment.
    std::string region;                                      // bedrock,
    std::string access_key, secret_key, session_token;       // and who asks; the last one of temporary keys.
    std::string model;                                       // Used when a prompt names none.
    std::vector<std::pair<std::string, std::string>> models; // A prompt's name -> the provider's.
    Duration connect_timeout = 5s;
    Duration first_token_timeout = 10s;
    Duration total_timeout = 60s;
};

struct AgentsConfiguration {
    std::string folder; // Of stored agents; empty: there are none.
};

struct LimitsConfiguration {
    std::size_t calls = 1'000;        // More: SIP 503 with Retry-After.
    std::size_t log_backlog = 5'000;  // More uncommitted messages: new AI sessions are refused.
    std::size_t call_commands = 64;   // Waiting commands of one call; more: 429.
    std::size_t session_events = 500; // Unacknowledged events of one client; more: 429, and at twice that it is closed.
};

struct Configuration {
    NodeId node_id { "parley" };
    int workers = 2;
    Duration drain = 10min; // When the server stops: how long calls may go on.
    LogOptions log;
    FlightOptions flight;
    std::string database = "parley.db";
    SipConfiguration sip;
    RtpConfiguration rtp;
    SoundConfiguration sound; // Read from the section `rtp` as well.
    RelayConfiguration relay;
    RestConfiguration rest;
    std::vector<CustomerConfiguration> customers;
    std::vector<ProjectConfiguration> projects;
    std::vector<RouteConfiguration> routes; // `numbers` and `users`.
    ModelConfiguration model;
    SpeechConfiguration speech;
    AgentsConfiguration agents;
    LimitsConfiguration limits;
};

// Every problem of the file at once, a line each: `parley.yaml line 3: sip.listen: "x" is no address:port`.
// `file` is only named in problems.
Result<Configuration> parse_configuration(std::string_view yaml, std::string_view file, const Environment&);

// Reads the file and the process environment.
Result<Configuration> load_configuration(const std::string& file);

} // namespace parley
