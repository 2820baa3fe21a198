#include "sip/digest_client.h"

#include "sip/scan.h"

#include <algorithm>
#include <cstdio>

namespace parley::sip {

bool DigestClient::take_challenges(const Response& response, std::size_t answered)
{
    struct Offer {
        DigestChallenge challenge;
        bool of_proxy;
    };
    std::vector<Offer> offers; // The first of each realm that we understand: servers name the strongest first.
    for (const Header& header : response.headers.fields()) {
        const bool of_proxy = header.name == "Proxy-Authenticate";
        if (!of_proxy && header.name != "WWW-Authenticate")
            continue;
        auto challenge = parse_challenge(header.value);
        if (!challenge)
            continue;
        const auto same = std::ranges::find_if(offers, [&](const Offer& offer) {
            return offer.of_proxy == of_proxy && offer.challenge.realm == challenge->realm;
        });
        if (same == offers.end())
            offers.push_back({ std::move(*challenge), of_proxy });
        else if (same->challenge.algorithm == DigestAlgorithm::md5) // RFC 8760 2.4 wants order; not everybody keeps it.
            same->challenge = std::move(*challenge);
    }
    if (offers.empty() || answered >= max_challenges)
        return false;
    for (Offer& offer : offers) {
        const auto known = std::ranges::find_if(known_, [&](const Known& one) {
            return one.of_proxy == offer.of_proxy && one.challenge.realm == offer.challenge.realm;
        });
        if (known == known_.end()) {
            if (known_.size() == max_realms)
                return false;
            known_.push_back({ std::move(offer.challenge), offer.of_proxy, 0 });
            continue;
        }
        if (answered > 0 && !offer.challenge.stale) // What was remembered from earlier requests may just be old.
            return false;
        *known = { std::move(offer.challenge), offer.of_proxy, 0 };
    }
    return true;
}

void DigestClient::authorize(Request& request, IdSource& ids)
{
    Headers headers;
    for (const Header& header : request.headers.fields())
        if (header.name != "Authorization" && header.name != "Proxy-Authorization")
            headers.add(header.name, header.value);
    for (Known& known : known_)
        headers.add(known.of_proxy ? "Proxy-Authorization" : "Authorization", write(answer(known, request, ids)));
    request.headers = std::move(headers);
}

DigestCredentials DigestClient::answer(Known& known, const Request& request, IdSource& ids) const
{
    const DigestChallenge& challenge = known.challenge;
    DigestCredentials credentials;
    credentials.username = account_.username;
    credentials.realm = challenge.realm;
    credentials.nonce = challenge.nonce;
    credentials.uri = request.uri;
    credentials.algorithm = challenge.algorithm;
    credentials.opaque = challenge.opaque;
    credentials.qop_auth = challenge.qop_auth;
    ++known.count;
    if (challenge.qop_auth) {
        char digits[9];
        std::snprintf(digits, sizeof digits, "%08x", known.count);
        credentials.nonce_count = known.count;
        credentials.nonce_count_digits = digits;
        credentials.cnonce = ids.token(16);
    }
    const std::string ha1 = digest_ha1(challenge.algorithm, account_.username, challenge.realm, account_.password);
    credentials.response = digest_response(credentials, ha1, request.method);
    return credentials;
}

} // namespace parley::sip
