#include "server/wiring.h"

#include "server/language_models.h"

namespace parley {

namespace {

std::optional<SipTls> sip_tls_of(const std::optional<SipTlsConfiguration>& told)
{
    if (!told)
        return {};
    return SipTls { told->listen, { told->certificate, told->key },
        { told->ca, told->verify ? TlsTrust::Peer::verified : TlsTrust::Peer::anyone } };
}

// The values that the server reads at its start alone, of both. Certificates change by their content; whether there is
// one does not.
template <typename A, typename B, typename Visit> void for_each_waiting(A& a, B& b, Visit visit)
{
    visit("node_id", a.node_id, b.node_id);
    visit("workers", a.workers, b.workers);
    visit("drain", a.drain, b.drain);
    visit("log.file", a.log.file, b.log.file);
    visit("log.format", a.log.format, b.log.format);
    visit("database", a.database, b.database);
    visit("sip.listen", a.sip.listen, b.sip.listen);
    visit("sip.public_address", a.sip.public_address, b.sip.public_address);
    visit("sip.local_address", a.sip.local_address, b.sip.local_address);
    visit("sip.name_servers", a.sip.name_servers, b.sip.name_servers);
    visit("sip.session_timer", a.sip.session_timer, b.sip.session_timer);
    visit("sip.local_networks", a.sip.local_networks, b.sip.local_networks);
    visit("rtp.address", a.rtp.address, b.rtp.address);
    visit("rtp.port_drain", a.rtp.port_drain, b.rtp.port_drain);
    visit("relay.listen", a.relay.listen, b.relay.listen);
    visit("relay.connections", a.relay.connections, b.relay.connections);
    visit("relay.offer_timeout", a.relay.offer_timeout, b.relay.offer_timeout);
    visit("relay.command_timeout", a.relay.command_timeout, b.relay.command_timeout);
    visit("relay.unclaimed_wait", a.relay.unclaimed_wait, b.relay.unclaimed_wait);
    visit("relay.resume_within", a.relay.resume_within, b.relay.resume_within);
    visit("rest.listen", a.rest.listen, b.rest.listen);
    visit("speech", a.speech, b.speech);
    visit("limits.call_commands", a.limits.call_commands, b.limits.call_commands);
    visit("limits.session_events", a.limits.session_events, b.limits.session_events);
}

bool has_tls(const Configuration& configuration)
{
    return !configuration.relay.certificate.empty();
}

} // namespace

RouteTable routes_of(const Configuration& configuration)
{
    std::map<ProjectId, CustomerId> owners;
    for (const ProjectConfiguration& project : configuration.projects)
        owners.emplace(project.id, project.customer);
    RouteTable routes;
    for (const RouteConfiguration& route : configuration.routes)
        routes.add(route.dialled, { route.project, owners.at(route.project), route.context });
    for (const TrunkRouteConfiguration& route : configuration.sip.trunk_routes)
        routes.add_trunk(route.trunk, { route.project, owners.at(route.project), route.context });
    return routes;
}

CallHub::Options hub_options(const Configuration& configuration, ServerMetrics& metrics)
{
    CallHub::Options options { configuration.node_id, configuration.limits.calls, {}, &metrics };
    for (const ProjectConfiguration& project : configuration.projects)
        options.dialing.emplace(project.id, DialingProject { project.customer, project.dial });
    return options;
}

CallWorker::Options worker_options(const Configuration& configuration, ServerMetrics& metrics)
{
    CallWorker::Options options;
    options.metrics = &metrics;
    options.media.bind_ip = configuration.rtp.address;
    options.media.advertised_ip = configuration.sip.public_address;
    options.media.first_port = configuration.rtp.first_port;
    options.media.last_port = configuration.rtp.last_port;
    options.media.sound = configuration.sound.preferences;
    options.media.inband_digits = configuration.sound.inband_digits;
    options.media.lost_after = configuration.rtp.timeout;
    options.media.lost_after_on_hold = configuration.rtp.timeout_on_hold;
    options.media.srtp = configuration.rtp.srtp;
    options.media.voice_activity.echo_floor = configuration.rtp.echo_floor;
    options.port_drain = configuration.rtp.port_drain;
    options.log_backlog = configuration.limits.log_backlog;
    options.space_id = std::string(nil_uuid);
    options.flight = configuration.flight;
    return options;
}

std::vector<relay::Project> relay_projects(const Configuration& configuration)
{
    std::vector<relay::Project> projects;
    for (const ProjectConfiguration& project : configuration.projects)
        projects.push_back({ project.id, project.token, project.jwt_secret, project.limits });
    return projects;
}

RelayHost::Options relay_options(const Configuration& configuration)
{
    RelayHost::Options options;
    options.listen = configuration.relay.listen;
    if (has_tls(configuration))
        options.tls = TlsIdentity { configuration.relay.certificate, configuration.relay.key };
    options.node = configuration.node_id;
    options.space_id = std::string(nil_uuid);
    options.policy.max_pending_commands = configuration.limits.call_commands;
    options.policy.max_unacknowledged = configuration.limits.session_events;
    options.policy.resume_within = configuration.relay.resume_within;
    options.max_connections = configuration.relay.connections;
    options.offers = { configuration.relay.offer_timeout, configuration.relay.unclaimed_wait,
        configuration.relay.command_timeout };
    options.projects = relay_projects(configuration);
    return options;
}

SipHost::Options sip_options(const Configuration& configuration)
{
    SipHost::Options options;
    options.listen = configuration.sip.listen;
    options.public_ip = configuration.sip.public_address;
    options.tls = sip_tls_of(configuration.sip.tls);
    options.session_timer = configuration.sip.session_timer;
    options.referrers = configuration.sip.refer;
    options.max_legs = configuration.limits.calls * 2;
    options.sound = configuration.sound.preferences;
    options.local_networks = configuration.sip.local_networks;
    options.local_ip = configuration.sip.local_address;
    options.locator.dns.servers = configuration.sip.name_servers;
    options.access = configuration.sip.access;
    options.srtp = configuration.rtp.srtp;
    options.keys_over = configuration.rtp.srtp_keys_over_any ? sip::KeysOver::any : sip::KeysOver::tls;
    return options;
}

sip::SettingsChanged sip_settings(const Configuration& configuration)
{
    const SipHost::Options options = sip_options(configuration);
    return { options.access, options.max_legs, options.sound, options.srtp, options.keys_over, options.referrers };
}

Result<AccessKeys> access_keys_of(const Configuration& configuration)
{
    std::vector<std::pair<CustomerId, std::string>> keys;
    for (const CustomerConfiguration& customer : configuration.customers)
        for (const std::string& key : customer.access_keys)
            keys.emplace_back(customer.id, key);
    return AccessKeys::create(keys);
}

Result<std::shared_ptr<const ProviderPlan>> make_provider_plan(const Configuration& configuration)
{
    auto plan = std::make_shared<ProviderPlan>();
    for (const ProjectConfiguration& project : configuration.projects) {
        auto policy = OutboundPolicy::create(project.outbound_allow);
        if (!policy)
            return policy.error();
        plan->policies.emplace(project.id, std::move(*policy));
        plan->signing_keys.emplace(project.id, project.signing_key);
    }
    auto rules = read_offline_rules("model.rules", configuration.model.rules);
    if (!rules)
        return rules.error();
    plan->rules = std::move(*rules);
    plan->model = configuration.model;
    return std::shared_ptr<const ProviderPlan>(std::move(plan));
}

std::vector<std::string> waiting_changes(const Configuration& running, const Configuration& next)
{
    std::vector<std::string> keys;
    for_each_waiting(running, next, [&](const char* key, const auto& now, const auto& then) {
        if (!(now == then))
            keys.emplace_back(key);
    });
    if (running.sip.tls.has_value() != next.sip.tls.has_value()
        || (next.sip.tls && running.sip.tls->listen != next.sip.tls->listen))
        keys.emplace_back("sip.tls");
    if (has_tls(running) != has_tls(next))
        keys.emplace_back("relay.certificate");
    return keys;
}

void keep_waiting(const Configuration& running, Configuration& next)
{
    for_each_waiting(running, next, [](const char*, const auto& now, auto& then) { then = now; });
    if (running.sip.tls.has_value() != next.sip.tls.has_value())
        next.sip.tls = running.sip.tls;
    else if (next.sip.tls)
        next.sip.tls->listen = running.sip.tls->listen;
    if (has_tls(running) != has_tls(next)) {
        next.relay.certificate = running.relay.certificate;
        next.relay.key = running.relay.key;
    }
}

} // namespace parley
