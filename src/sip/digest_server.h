#pragma once

#include "base/time.h"
#include "sip/digest.h"
#include "sip/message.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Asks who somebody is and looks at the answer (RFC 7616 3.3, 3.4; RFC 8760).
// A nonce carries its time and a keyed hash over it and over the address that it was given to: nothing is kept for a
// stranger, and who shows a nonce of ours has received it, so its wrong password is its own and nobody's who spoofed
// its address. Nobody learns which users exist: unknown ones are hashed and refused like the others.
namespace parley::sip {

// A user's secret; the hash of an algorithm may be missing when the configuration holds hashes instead of a password.
struct DigestSecret {
    std::string ha1_md5;
    std::string ha1_sha256;
};
using DigestUsers = std::map<std::string, DigestSecret, std::less<>>;

[[nodiscard]] DigestSecret make_secret(std::string_view user, std::string_view realm, std::string_view password);

struct DigestServerSettings {
    std::string realm = "parley";
    std::string key = {}; // Of the nonces' hash: random, at least 16 bytes.
    Duration nonce_life = 5min;
    std::size_t max_nonces = 20'000; // In use at once; the oldest ones then count as outlived.
};

struct DigestVerdict {
    enum class Kind : std::uint8_t {
        absent,   // No credentials that mean us; challenge.
        accepted, // `user` it is.
        stale,    // Right, with a nonce that has had its time: challenge again, with stale=true.
        wrong,    // And the nonce was given to this address: refuse, and count it.
    };
    Kind kind = Kind::absent;
    std::string user = {};
};

class DigestServer {
public:
    // An algorithm that not every user has a hash for is not offered to anybody: what is asked must not depend on whom.
    DigestServer(DigestServerSettings, DigestUsers);

    // With another realm, who shows the old one is asked anew.
    void change(std::string realm, DigestUsers);

    // Values of WWW-Authenticate, the stronger algorithm first.
    [[nodiscard]] std::vector<std::string> challenges(std::string_view source_ip, bool stale, Instant now);

    // Looks at the Authorization fields of `headers`.
    [[nodiscard]] DigestVerdict check(const Request&, std::string_view source_ip, Instant now);

    [[nodiscard]] bool knows(std::string_view user) const { return users_.contains(user); }
    [[nodiscard]] std::size_t nonces_in_use() const { return counts_.size(); }

private:
    // Which counts of a nonce came: the highest, and of the 64 below it those that did.
    struct Counts {
        std::uint32_t highest = 0;
        std::uint64_t seen = 0;
    };
    struct Nonce {
        bool ours = false; // And given to this address.
        Instant issued = {};
    };

    [[nodiscard]] std::string seal(std::string_view stamp, std::string_view source_ip) const;
    [[nodiscard]] Nonce read_nonce(std::string_view nonce, std::string_view source_ip) const;
    [[nodiscard]] bool take_count(const DigestCredentials&, Instant issued);
    void forget_old(Instant now);

    DigestServerSettings settings_;
    DigestUsers users_;
    DigestSecret nobody_;                     // What unknown users are compared with.
    std::vector<DigestAlgorithm> algorithms_; // Offered, in order.
    std::uint32_t serial_ = 0;
    std::unordered_map<std::string, Counts> counts_; // By nonce,
    std::multimap<Instant, std::string> by_age_;     // which are listed here by their time of issue.
    Instant oldest_ = Instant::min();                // What was issued no later has had its time.
};

} // namespace parley::sip
