#include "sip/digest_server.h"

#include "base/error.h"
#include "base/hashes.h"
#include "sip/scan.h"
#include "sip/uri.h"

#include <algorithm>
#include <charconv>

namespace parley::sip {
namespace {

constexpr std::size_t stamp_size = 16 + 8; // Time and serial number, in hexadecimal digits.
constexpr std::size_t seal_size = 32;      // 128 bits of the keyed hash.
constexpr std::size_t max_credentials = 4; // Authorization fields that are looked at.
constexpr std::uint32_t window = 64;

std::string hex(std::uint64_t number, std::size_t width)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text(width, '0');
    for (std::size_t i = 0; i < width; ++i)
        text[width - 1 - i] = digits[(number >> (4 * i)) & 0x0F];
    return text;
}

// Whom a request is for. The rest of a Request-URI may be rewritten on the way here by a proxy, the user that was
// dialled may not.
std::string dialled(std::string_view uri)
{
    const auto parsed = parse_uri(uri);
    return parsed ? parsed->user : std::string();
}

const std::string& hash_of(const DigestSecret& secret, DigestAlgorithm algorithm)
{
    return algorithm == DigestAlgorithm::md5 ? secret.ha1_md5 : secret.ha1_sha256;
}

} // namespace

DigestSecret make_secret(std::string_view user, std::string_view realm, std::string_view password)
{
    return { digest_ha1(DigestAlgorithm::md5, user, realm, password),
        digest_ha1(DigestAlgorithm::sha256, user, realm, password) };
}

DigestServer::DigestServer(DigestServerSettings settings, DigestUsers users)
    : settings_(std::move(settings))
{
    VERIFY(settings_.key.size() >= 16);
    change(settings_.realm, std::move(users));
}

void DigestServer::change(std::string realm, DigestUsers users)
{
    settings_.realm = std::move(realm);
    nobody_ = make_secret("nobody", settings_.realm, settings_.key);
    users_ = std::move(users);
    algorithms_.clear();
    for (const DigestAlgorithm algorithm : { DigestAlgorithm::sha256, DigestAlgorithm::md5 })
        if (std::ranges::none_of(users_, [&](const auto& user) { return hash_of(user.second, algorithm).empty(); }))
            algorithms_.push_back(algorithm);
}

std::vector<std::string> DigestServer::challenges(std::string_view source_ip, bool stale, Instant now)
{
    const std::string stamp = hex(static_cast<std::uint64_t>(now.time_since_epoch().count()), 16) + hex(serial_++, 8);
    DigestChallenge challenge;
    challenge.realm = settings_.realm;
    challenge.nonce = stamp + seal(stamp, source_ip);
    challenge.qop_auth = true;
    challenge.stale = stale;
    std::vector<std::string> values;
    for (const DigestAlgorithm algorithm : algorithms_) {
        challenge.algorithm = algorithm;
        values.push_back(write(challenge));
    }
    return values;
}

DigestVerdict DigestServer::check(const Request& request, std::string_view source_ip, Instant now)
{
    forget_old(now);
    std::size_t looked_at = 0;
    for (const Header& header : request.headers.fields()) {
        if (!same_word(header.name, "Authorization") || ++looked_at > max_credentials)
            continue;
        const auto credentials = parse_credentials(header.value);
        if (!credentials || credentials->realm != settings_.realm
            || std::ranges::find(algorithms_, credentials->algorithm) == algorithms_.end())
            continue; // For somebody else, or no answer to what we asked.
        const auto user = users_.find(credentials->username);
        const std::string& ha1 = hash_of(user == users_.end() ? nobody_ : user->second, credentials->algorithm);
        const bool same = same_secret(digest_response(*credentials, ha1, request.method), credentials->response);
        const bool right = same && user != users_.end() && dialled(credentials->uri) == dialled(request.uri);
        const Nonce nonce = read_nonce(credentials->nonce, source_ip);
        if (!right && nonce.ours)
            return { DigestVerdict::Kind::wrong, credentials->username };
        if (!right)
            return {};
        const bool fresh = nonce.ours && now - nonce.issued <= settings_.nonce_life && nonce.issued > oldest_;
        if (!fresh || !take_count(*credentials, nonce.issued))
            return { DigestVerdict::Kind::stale, credentials->username };
        return { DigestVerdict::Kind::accepted, credentials->username };
    }
    return {};
}

std::string DigestServer::seal(std::string_view stamp, std::string_view source_ip) const
{
    std::string text(stamp);
    text.append(" ").append(source_ip).append(" ").append(settings_.realm);
    return hmac_sha256_hex(settings_.key, text).substr(0, seal_size);
}

DigestServer::Nonce DigestServer::read_nonce(std::string_view nonce, std::string_view source_ip) const
{
    if (nonce.size() != stamp_size + seal_size)
        return {};
    const std::string_view stamp = nonce.substr(0, stamp_size);
    if (!same_secret(seal(stamp, source_ip), nonce.substr(stamp_size)))
        return {};
    std::uint64_t ticks = 0;
    const std::string_view time = stamp.substr(0, 16);
    const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), ticks, 16);
    VERIFY(error == std::errc() && end == time.data() + time.size()); // We sealed it.
    return { true, Instant(Duration(static_cast<std::int64_t>(ticks))) };
}

// RFC 7616 3.4: each count once. Requests overtake each other, so the last 64 are told apart; without qop there is no
// count, and the nonce serves for one request.
bool DigestServer::take_count(const DigestCredentials& credentials, Instant issued)
{
    const std::uint32_t count = credentials.qop_auth ? credentials.nonce_count : 1;
    if (count == 0)
        return false;
    const auto [found, is_new] = counts_.try_emplace(credentials.nonce);
    Counts& counts = found->second;
    if (is_new) {
        by_age_.emplace(issued, credentials.nonce);
        counts = { count, 1 };
    } else if (!credentials.qop_auth) {
        return false;
    } else if (count > counts.highest) {
        const std::uint32_t shift = count - counts.highest;
        counts.seen = shift >= window ? 1 : (counts.seen << shift) | 1;
        counts.highest = count;
    } else {
        const std::uint32_t back = counts.highest - count;
        const std::uint64_t bit = back < window ? std::uint64_t { 1 } << back : 0;
        if (bit == 0 || (counts.seen & bit) != 0)
            return false;
        counts.seen |= bit;
    }
    if (counts_.size() > settings_.max_nonces) { // What is forgotten must not come back.
        oldest_ = std::max(oldest_, by_age_.begin()->first);
        while (!by_age_.empty() && by_age_.begin()->first <= oldest_) {
            counts_.erase(by_age_.begin()->second);
            by_age_.erase(by_age_.begin());
        }
    }
    return true;
}

void DigestServer::forget_old(Instant now)
{
    while (!by_age_.empty() && now - by_age_.begin()->first > settings_.nonce_life) {
        counts_.erase(by_age_.begin()->second);
        by_age_.erase(by_age_.begin());
    }
}

} // namespace parley::sip
