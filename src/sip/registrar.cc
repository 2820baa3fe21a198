#include "sip/registrar.h"

#include <algorithm>

namespace parley::sip {
namespace {

constexpr std::uint64_t expires_limit = 0xFFFF'FFFF; // RFC 3261 20.19

std::string way_key(const Hop& hop)
{
    return std::string(via_name(hop.transport)) + ' ' + host_port(hop.address);
}

std::string deadline_key(std::string_view user, std::string_view contact)
{
    return std::string(user).append("\n").append(contact);
}

// RFC 3261 10.2.1.1: malformed values count as the default.
Duration read_expires(std::string_view text, Duration otherwise)
{
    const auto seconds = parse_number(trim(text), expires_limit);
    return seconds ? Duration(std::chrono::seconds(*seconds)) : otherwise;
}

// RFC 3261 25.1: 0 to 1 with up to three digits.
std::uint16_t read_q(const NameAddr& contact)
{
    const Parameter* parameter = find_parameter(contact.parameters, "q");
    if (parameter == nullptr || !parameter->value || parameter->value->empty())
        return 1'000;
    const std::string& text = *parameter->value;
    if (text.front() != '0')
        return 1'000;
    std::string digits = text.size() > 2 && text[1] == '.' ? text.substr(2, 3) : "";
    digits.resize(3, '0');
    return static_cast<std::uint16_t>(parse_number(digits, 999).value_or(1'000));
}

// RFC 3261 10.3: contacts are compared as URIs: the scheme, user, host and port; of what follows only the transport
// tells two phones apart.
bool same_contact(const Uri& a, const Uri& b)
{
    const auto transport = [](const Uri& uri) {
        const Parameter* parameter = find_parameter(uri.parameters, "transport");
        return parameter != nullptr ? lower(parameter->value.value_or("")) : std::string("udp");
    };
    return a.scheme == b.scheme && a.user == b.user && same_word(a.host, b.host) && a.port == b.port
        && transport(a) == transport(b);
}

std::vector<Binding>::iterator find_contact(std::vector<Binding>& bindings, const Uri& contact)
{
    return std::ranges::find_if(bindings, [&](const Binding& binding) {
        const auto uri = parse_uri(binding.contact);
        return uri && same_contact(*uri, contact);
    });
}

// RFC 3261 10.3 step 7: within one registration, a request that is not newer came late.
bool outdates(const Binding& binding, const Envelope& envelope)
{
    return binding.call_id == envelope.call_id && binding.cseq >= envelope.cseq.number;
}

std::int64_t seconds_left(const Binding& binding, Instant now)
{
    return std::chrono::duration_cast<std::chrono::seconds>(binding.expires - now).count();
}

} // namespace

Registrar::Answer Registrar::handle(
    std::string_view user, const Request& request, const Envelope& envelope, const Hop& source, Instant now)
{
    handle_timeout(now);
    const auto values = request.headers.list("Contact");
    if (!values)
        return { 400, "Contact", {} };
    if (values->empty())
        return list(user, now);
    const std::string* expires_field = request.headers.find("Expires");
    const Duration asked
        = expires_field != nullptr ? read_expires(*expires_field, settings_.max_expires) : settings_.max_expires;
    if (std::ranges::find(*values, "*") != values->end()) {
        if (values->size() != 1 || asked != 0s)
            return { 400, "Contact: * without Expires: 0", {} };
        return remove_all(user, envelope, now);
    }
    std::vector<Wanted> wanted;
    for (const std::string& value : *values) {
        auto contact = parse_name_addr(value);
        if (!contact || (contact->uri.scheme != "sip" && contact->uri.scheme != "sips"))
            return { 400, "Contact", {} };
        const Parameter* own = find_parameter(contact->parameters, "expires");
        const Duration expires = own != nullptr && own->value ? read_expires(*own->value, asked) : asked;
        if (expires > 0s && expires < settings_.min_expires) // RFC 3261 10.3 step 7
            return {
                423, {},
                { { "Min-Expires",
                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(settings_.min_expires).count()) } }
            };
        const std::uint16_t q = read_q(*contact);
        wanted.push_back({ std::move(*contact), std::min(expires, settings_.max_expires), q });
    }
    return apply(user, wanted, envelope, source, now);
}

// All of it is done, or nothing (RFC 3261 10.3).
Registrar::Answer Registrar::apply(
    std::string_view user, const std::vector<Wanted>& wanted, const Envelope& envelope, const Hop& source, Instant now)
{
    const auto had = users_.find(user);
    Bindings bindings = had == users_.end() ? Bindings {} : had->second;
    for (const Wanted& one : wanted)
        if (const auto old = find_contact(bindings, one.contact.uri); old != bindings.end() && outdates(*old, envelope))
            return { 500, {}, {} };
    for (const Wanted& one : wanted) {
        const auto found = find_contact(bindings, one.contact.uri);
        Binding binding { one.contact.uri.text, source, one.q, now + one.expires, envelope.call_id,
            envelope.cseq.number };
        if (one.expires == 0s) {
            if (found != bindings.end())
                bindings.erase(found);
        } else if (found != bindings.end()) {
            *found = std::move(binding);
        } else {
            bindings.push_back(std::move(binding));
        }
    }
    const std::size_t before = had == users_.end() ? 0 : had->second.size();
    while (bindings.size() > settings_.max_bindings_per_user)
        bindings.erase(std::ranges::min_element(bindings, {}, &Binding::expires));
    if (bindings.size() > before && deadlines_.size() + bindings.size() - before > settings_.max_bindings)
        return { 503, {}, {} };
    if (had != users_.end())
        for (const Binding& old : had->second)
            forget(user, old);
    Bindings& kept = users_[std::string(user)];
    kept = std::move(bindings);
    for (const Binding& binding : kept)
        note(user, binding);
    settle(user);
    return list(user, now);
}

Registrar::Answer Registrar::remove_all(std::string_view user, const Envelope& envelope, Instant now)
{
    const auto found = users_.find(user);
    if (found == users_.end())
        return list(user, now);
    for (const Binding& binding : found->second)
        if (outdates(binding, envelope))
            return { 500, {}, {} };
    for (const Binding& binding : found->second)
        forget(user, binding);
    users_.erase(found);
    return list(user, now);
}

Registrar::Answer Registrar::list(std::string_view user, Instant now) const
{
    Answer answer;
    for (const Binding& binding : lookup(user, now)) {
        std::string value = '<' + binding.contact + ">;expires=" + std::to_string(seconds_left(binding, now));
        if (binding.q < 1'000) {
            const std::string digits = std::to_string(1'000 + binding.q).substr(1);
            value += ";q=0." + digits;
        }
        answer.fields.push_back({ "Contact", std::move(value) });
    }
    return answer;
}

std::vector<Binding> Registrar::lookup(std::string_view user, Instant now) const
{
    const auto found = users_.find(user);
    if (found == users_.end())
        return {};
    std::vector<Binding> bindings;
    std::ranges::copy_if(
        found->second, std::back_inserter(bindings), [&](const Binding& one) { return one.expires > now; });
    std::ranges::stable_sort(bindings, std::greater {}, &Binding::q);
    return bindings;
}

bool Registrar::is_way_of_a_phone(const Hop& source) const
{
    return !ways_.empty() && ways_.contains(way_key(source));
}

void Registrar::flow_closed(FlowId flow)
{
    if (flow == no_flow)
        return;
    std::vector<std::string> emptied;
    for (auto& [user, bindings] : users_) {
        std::erase_if(bindings, [&, name = std::string_view(user)](const Binding& binding) {
            if (binding.hop.flow != flow)
                return false;
            forget(name, binding);
            return true;
        });
        if (bindings.empty())
            emptied.push_back(user);
    }
    for (const std::string& user : emptied)
        users_.erase(user);
}

void Registrar::handle_timeout(Instant now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const std::string key = deadlines_.begin()->second;
        const auto newline = key.find('\n');
        const std::string user = key.substr(0, newline);
        const std::string_view contact = std::string_view(key).substr(newline + 1);
        Bindings& bindings = users_.at(user);
        const auto found = std::ranges::find(bindings, contact, &Binding::contact);
        VERIFY(found != bindings.end());
        forget(user, *found);
        bindings.erase(found);
        settle(user);
    }
}

std::optional<Instant> Registrar::deadline() const
{
    return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

void Registrar::note(std::string_view user, const Binding& binding)
{
    deadlines_.emplace(binding.expires, deadline_key(user, binding.contact));
    ++ways_[way_key(binding.hop)];
}

void Registrar::forget(std::string_view user, const Binding& binding)
{
    deadlines_.erase({ binding.expires, deadline_key(user, binding.contact) });
    const auto way = ways_.find(way_key(binding.hop));
    VERIFY(way != ways_.end());
    if (--way->second == 0)
        ways_.erase(way);
}

void Registrar::keep_only(const std::function<bool(const std::string& user)>& is_kept)
{
    std::erase_if(users_, [&](const auto& entry) {
        const auto& [user, bindings] = entry;
        if (is_kept(user))
            return false;
        for (const Binding& binding : bindings)
            forget(user, binding);
        return true;
    });
}

void Registrar::settle(std::string_view user)
{
    const auto found = users_.find(user);
    if (found != users_.end() && found->second.empty())
        users_.erase(found);
}

} // namespace parley::sip
