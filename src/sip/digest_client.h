#pragma once

#include "base/id.h"
#include "sip/digest.h"
#include "sip/message.h"

#include <optional>
#include <string>
#include <vector>

// Answers the challenges of servers and proxies with one account's password (RFC 3261 22.2, 22.3).
// Remembers the challenge, so that what follows carries credentials from the start. A server that challenges an answer
// again for the same realm, without saying that the nonce was stale, has refused the password: it is not tried again.
namespace parley::sip {

struct DigestAccount {
    std::string username;
    std::string password;

    friend bool operator==(const DigestAccount&, const DigestAccount&) = default;
};

class DigestClient {
public:
    explicit DigestClient(DigestAccount account)
        : account_(std::move(account))
    {
    }

    // `response` is 401 or 407. False: there is no challenge in it that we can answer, or the account is refused.
    // `answered`: how many responses to this request were challenges already.
    [[nodiscard]] bool take_challenges(const Response&, std::size_t answered);

    // Adds credentials for every realm that has challenged us, in place of those that the request holds.
    void authorize(Request&, IdSource&);

    [[nodiscard]] bool has_challenge() const { return !known_.empty(); }

private:
    struct Known {
        DigestChallenge challenge;
        bool of_proxy = false;
        std::uint32_t count = 0;
    };

    [[nodiscard]] DigestCredentials answer(Known&, const Request&, IdSource&) const;

    DigestAccount account_;
    std::vector<Known> known_; // One a realm and kind.
};

inline constexpr std::size_t max_realms = 4;     // Realms on one way; challenges of further ones are not answered.
inline constexpr std::size_t max_challenges = 4; // To one request; the next one is its refusal.

} // namespace parley::sip
