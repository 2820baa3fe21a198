#include "rest/access_keys.h"

namespace parley {

namespace {

constexpr std::string_view digest_prefix = "sha256:";

std::optional<unsigned> hexadecimal(char c)
{
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

std::optional<Sha256> digest_from(std::string_view digits)
{
    Sha256 digest {};
    if (digits.size() != digest.size() * 2)
        return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const auto high = hexadecimal(digits[i * 2]);
        const auto low = hexadecimal(digits[i * 2 + 1]);
        if (!high || !low)
            return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return digest;
}

} // namespace

Result<AccessKeys> AccessKeys::create(const std::vector<std::pair<CustomerId, std::string>>& keys)
{
    AccessKeys access;
    for (const auto& [customer, key] : keys) {
        const std::string_view text = key;
        std::optional<Sha256> digest = sha256(text);
        if (text.starts_with(digest_prefix))
            digest = digest_from(text.substr(digest_prefix.size()));
        // The key itself is never repeated in an error.
        if (text.empty() || !digest)
            return Error { ErrorKind::invalid_request,
                "access_keys: customer " + customer.value
                    + " has a key that is neither a text nor sha256: and 64 hexadecimal digits" };
        for (const auto& [other, owner] : access.keys_)
            if (same_digest(other, *digest) && owner != customer)
                return Error { ErrorKind::invalid_request,
                    "access_keys: customers " + owner.value + " and " + customer.value + " have the same key" };
        access.keys_.emplace_back(*digest, customer);
    }
    return access;
}

std::optional<CustomerId> AccessKeys::customer_of(std::string_view key) const
{
    const Sha256 digest = sha256(key);
    std::optional<CustomerId> customer;
    for (const auto& [other, owner] : keys_)
        if (same_digest(other, digest))
            customer = owner;
    return customer;
}

} // namespace parley
