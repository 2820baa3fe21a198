#pragma once

#include "sip/digest_server.h"
#include "sip/hop.h"
#include "sip/registration.h"

#include <string>

// What the endpoint and its carrier say to each other about trunks, and where a call to somebody goes.
namespace parley::sip {

// Events.

// These are the phones' accounts from now on. Who is not among them loses their registrations.
struct UsersChanged {
    DigestUsers users;
};

// Looks up the trunks' servers and registers where that is wanted.
struct StartTrunks { };

// Takes the registrations back; their states are told.
struct StopTrunks { };

// The answer to `LocateTrunk`; no hops: the name does not resolve.
struct TrunkLocated {
    std::string trunk;
    Hops hops;
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
