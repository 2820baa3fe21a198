#pragma once

#include "sdp/codecs.h"
#include "sdp/offer_answer.h"
#include "sip/doorkeeper.h"
#include "sip/hop.h"
#include "sip/keys.h"
#include "sip/referrers.h"

#include <string>

// What the endpoint and its carrier say to each other about trunks, and where a call to somebody goes.
namespace parley::sip {

// Events.

// What counts from now on for whatever begins; calls that are up go on as they began. Users who are not among these
// lose their registrations; so do we at trunks that are not, and we register anew where server or account changed.
struct SettingsChanged {
    AccessSettings access; // The key of its nonces stays what it was.
    std::size_t max_legs = 2'000;
    sdp::SoundPreferences sound = {};
    sdp::SrtpPolicy srtp = sdp::SrtpPolicy::off;
    KeysOver keys_over = KeysOver::tls;
    Referrers referrers = Referrers::trusted;
};

// Looks up the trunks' servers and registers where that is wanted.
struct StartTrunks { };

// Takes the registrations back; their states are told.
struct StopTrunks { };

// The answer to `LocateTrunk`; no hops: the name does not resolve.
struct TrunkLocated {
    std::string trunk;
    Hops hops;
    std::string uri = {}; // What was asked for; empty: what the trunk's server is now.
};

// Commands.

// Where is this server (RFC 3263)?
struct LocateTrunk {
    std::string trunk;
    std::string uri;
};

// `RegistrationChanged` comes as it is.

// One way to dial: the target of `DialSipLeg`.
struct DialRoute {
    std::string uri;         // For `DialLeg::to`.
    Hops servers = {};       // Empty: the carrier looks up the host of `uri` (RFC 3263).
    std::string trunk = {};  // For `DialSipLeg::trunk`; empty: none.
    bool registered = false; // To the phone of a user.

    friend bool operator==(const DialRoute&, const DialRoute&) = default;
};

} // namespace parley::sip
