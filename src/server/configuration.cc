#include "server/configuration.h"

#include "net/address.h"
#include "server/configuration_sip_access.h"
#include "server/configuration_values.h"
#include "server/yaml_section.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace parley {

namespace {

constexpr std::int64_t max_workers = 64;
constexpr std::size_t shortest_jwt_secret = 32; // RFC 7518 3.2

class Reader {
public:
    Reader(YamlProblems& problems, const Environment& environment)
        : problems_(problems)
        , environment_(environment)
    {
    }

    Configuration read(const Json& root)
    {
        YamlSection all(problems_, &root, "");
        all.text("node_id", read_.node_id.value);
        if (read_.node_id.empty())
            all.problem("node_id", "must not be empty");
        read_.workers = read_whole(all, "workers", 1, max_workers, read_.workers);
        all.duration("drain", 0ms, 24h, read_.drain);
        log(all.section("log"));
        YamlSection database = all.section("database");
        database.text("path", read_.database);
        database.finish();
        YamlSection sip_section = all.section("sip");
        sip(sip_section);
        YamlSection rtp = all.section("rtp");
        read_.rtp = read_rtp(rtp);
        read_sound(rtp, read_.sound);
        rtp.finish();
        public_address(sip_section);
        relay(all.section("relay"));
        YamlSection rest = all.section("rest");
        read_listen(rest, read_.rest.listen);
        rest.finish();
        for (YamlSection& each : all.sections("customers"))
            customer(each);
        YamlSection agents = all.section("agents");
        agents.text("folder", read_.agents.folder);
        agents.finish();
        limits(all.section("limits"));
        for (YamlSection& each : all.sections("projects"))
            project(each);
        check_trunk_routes(sip_section, read_);
        sip_section.finish();
        for (YamlSection& each : all.sections("numbers"))
            route(each, "number");
        for (YamlSection& each : all.sections("users"))
            route(each, "user");
        model(all.section("model"));
        YamlSection speech = all.section("speech");
        read_speech(speech, environment_, read_.speech);
        if (read_.projects.empty() && !all.has("projects"))
            all.problem("projects", "is missing: no RELAY client could connect");
        all.finish();
        return std::move(read_);
    }

private:
    void log(YamlSection in)
    {
        auto level = static_cast<std::size_t>(read_.log.level);
        in.choice("level", { "debug", "info", "warning", "error" }, level);
        read_.log.level = static_cast<LogLevel>(level);
        std::size_t format = 0;
        in.choice("format", { "text", "json" }, format);
        read_.log.format = format == 0 ? LogOptions::Format::text : LogOptions::Format::json;
        in.boolean("pii", read_.log.pii);
        in.text("file", read_.log.file);
        in.text("flight_directory", read_.flight.directory);
        bool whole = false;
        in.boolean("flight_content", whole);
        read_.flight.content = whole ? FlightRecorder::Content::whole : FlightRecorder::Content::names;
        in.boolean("flight_all", read_.flight.of_every_call);
        in.finish();
    }

    void sip(YamlSection& in)
    {
        read_listen(in, read_.sip.listen);
        read_address(in, "public_address", read_.sip.public_address);
        read_sip_tls(in, read_.sip.tls);
        read_sip_access(in, environment_, read_.sip);
        read_name_servers(in, "name_servers", read_.sip.name_servers);
        in.duration_or_off("session_timer", 90s, 24h, read_.sip.session_timer);
        auto refer = static_cast<std::size_t>(read_.sip.refer);
        in.choice("refer", { "refuse", "trusted", "accept" }, refer);
        read_.sip.refer = static_cast<sip::Referrers>(refer);
    }

    // What callers are told to send to has to be an address of this machine, not all of them.
    void public_address(YamlSection& in)
    {
        const std::string& told = read_.sip.public_address;
        if (is_any_address(told))
            in.problem("public_address", "\"" + told + "\" is no address that a caller could send to");
        if (!told.empty())
            return;
        if (read_.sip.tls && is_any_address(read_.sip.tls->listen.ip))
            in.problem("public_address", "is missing: sip.tls takes all addresses, so callers have to be told one");
        if (is_any_address(read_.sip.listen.ip))
            in.problem("public_address", "is missing: sip.listen takes all addresses, so callers have to be told one");
        else if (is_any_address(read_.rtp.address))
            in.problem("public_address", "is missing: rtp.address takes all addresses, so callers have to be told one");
    }

    void relay(YamlSection in)
    {
        read_listen(in, read_.relay.listen);
        in.text("certificate", read_.relay.certificate);
        in.text("key", read_.relay.key);
        if (read_.relay.certificate.empty() != read_.relay.key.empty())
            in.problem(read_.relay.key.empty() ? "key" : "certificate", "is missing: TLS needs both files");
        in.duration("offer_timeout", 100ms, 60s, read_.relay.offer_timeout);
        in.duration("command_timeout", 100ms, 60s, read_.relay.command_timeout);
        in.duration("unclaimed_wait", 100ms, 60s, read_.relay.unclaimed_wait);
        read_.relay.connections = read_whole(in, "connections", 1, 1'000'000, read_.relay.connections);
        in.duration("resume_within", 1s, 600s, read_.relay.resume_within);
        in.finish();
    }

    void customer(YamlSection& in)
    {
        CustomerConfiguration customer;
        std::string id;
        in.text("id", id);
        in.required("id", id);
        customer.id.value = canonical_uuid(id);
        if (!id.empty() && customer.id.empty())
            in.problem("id", "\"" + id + "\" is no UUID");
        for (const auto& other : read_.customers)
            if (!customer.id.empty() && other.id == customer.id)
                in.problem("id", "stands twice");
        in.text("name", customer.name);
        in.text("detail", customer.detail);
        in.texts("access_keys", customer.access_keys);
        std::string key;
        read_secret(in, environment_, "access_key", key);
        if (!key.empty())
            customer.access_keys.push_back(key);
        for (const std::string& access_key : customer.access_keys) {
            if (access_key.empty())
                in.problem("access_keys", "must not hold an empty key");
            for (const auto& other : read_.customers)
                for (const std::string& taken : other.access_keys)
                    if (taken == access_key)
                        in.problem("access_keys", "holds a key of another customer");
        }
        in.finish();
        read_.customers.push_back(std::move(customer));
    }

    void project(YamlSection& in)
    {
        ProjectConfiguration project;
        in.text("id", project.id.value);
        in.required("id", project.id.value);
        for (const auto& other : read_.projects)
            if (!project.id.empty() && other.id == project.id)
                in.problem("id", "stands twice");
        read_secret(in, environment_, "token", project.token);
        if (!in.has("token_env"))
            in.required("token", project.token);
        std::string customer;
        in.text("customer", customer);
        in.required("customer", customer);
        project.customer.value = canonical_uuid(customer);
        bool known = customer.empty();
        for (const auto& each : read_.customers)
            known = known || each.id == project.customer;
        if (!known)
            in.problem("customer", "\"" + customer + "\" is the id of no customer");
        in.texts("outbound_allow", project.outbound_allow);
        for (const std::string& range : project.outbound_allow)
            if (!IpNetwork::parse(range))
                in.problem("outbound_allow", "\"" + range + "\" is no IP address and no range like 10.0.0.0/8");
        read_dial(in.section("dial"), project.dial);
        read_secret(in, environment_, "signing_key", project.signing_key);
        read_secret(in, environment_, "jwt_secret", project.jwt_secret);
        if (!project.jwt_secret.empty() && project.jwt_secret.size() < shortest_jwt_secret)
            in.problem("jwt_secret", "must have at least 32 bytes");
        project.limits.events = read_.limits.session_events;
        read_project_limits(in.section("limits"), project.limits);
        in.finish();
        read_.projects.push_back(std::move(project));
    }

    void route(YamlSection& in, std::string_view what)
    {
        RouteConfiguration route;
        in.text(what, route.dialled);
        in.required(what, route.dialled);
        for (const auto& other : read_.routes)
            if (!route.dialled.empty() && other.dialled == route.dialled)
                in.problem(what, "\"" + route.dialled + "\" is routed twice");
        in.text("project", route.project.value);
        in.required("project", route.project.value);
        bool known = route.project.empty();
        for (const auto& each : read_.projects)
            known = known || each.id == route.project;
        if (!known)
            in.problem("project", "\"" + route.project.value + "\" is the id of no project");
        in.text("context", route.context.value);
        in.required("context", route.context.value);
        in.finish();
        read_.routes.push_back(std::move(route));
    }

    void model(YamlSection in)
    {
        using Provider = ModelConfiguration::Provider;
        ModelConfiguration& model = read_.model;
        std::size_t provider = 0;
        in.choice("provider", { "offline", "openai", "bedrock" }, provider);
        model.provider = std::array { Provider::offline, Provider::openai, Provider::bedrock }[provider];
        in.text("rules", model.rules);
        in.text("base_url", model.base_url);
        read_secret(in, environment_, "api_key", model.api_key);
        in.text("region", model.region);
        read_secret(in, environment_, "access_key", model.access_key);
        read_secret(in, environment_, "secret_key", model.secret_key);
        read_secret(in, environment_, "session_token", model.session_token);
        in.text("model", model.model);
        in.map("models", model.models);
        in.duration("connect_timeout", 100ms, 60s, model.connect_timeout);
        in.duration("first_token_timeout", 100ms, 120s, model.first_token_timeout);
        in.duration("total_timeout", 1s, 600s, model.total_timeout);
        const bool remote = model.provider != Provider::offline;
        const bool default_url = model.provider == Provider::bedrock && model.base_url.empty();
        if (remote && !default_url && !model.base_url.starts_with("http://") && !model.base_url.starts_with("https://"))
            in.problem("base_url", "must be an http:// or https:// URL");
        if (remote && model.model.empty())
            in.problem("model", "is missing");
        if (remote && !model.rules.empty())
            in.problem("rules", "is for the offline provider alone");
        if (model.provider == Provider::bedrock) {
            in.required("region", model.region);
            in.required("access_key", model.access_key);
            in.required("secret_key", model.secret_key);
        }
        in.finish();
    }

    void limits(YamlSection in)
    {
        read_.limits.calls = read_whole(in, "calls", 1, 100'000, read_.limits.calls);
        read_.limits.log_backlog = read_whole(in, "log_backlog", 1, 10'000, read_.limits.log_backlog);
        read_.limits.call_commands = read_whole(in, "call_commands", 1, 10'000, read_.limits.call_commands);
        read_.limits.session_events = read_whole(in, "session_events", 1, 100'000, read_.limits.session_events);
        in.finish();
    }

    YamlProblems& problems_;
    const Environment& environment_;
    Configuration read_;
};

} // namespace

Result<Configuration> parse_configuration(std::string_view yaml, std::string_view file, const Environment& environment)
{
    auto document = parse_yaml(yaml);
    if (!document)
        return Error { ErrorKind::invalid_request, std::string(file) + " " + document.error().what };
    YamlProblems problems(*document, file);
    Configuration configuration = Reader(problems, environment).read(document->root);
    if (!problems.empty())
        return Error { ErrorKind::invalid_request, problems.text() };
    return configuration;
}

Result<Configuration> load_configuration(const std::string& file)
{
    std::ifstream in(file);
    if (!in)
        return Error { ErrorKind::not_found, file + " cannot be read: " + std::strerror(errno) };
    std::ostringstream text;
    text << in.rdbuf();
    return parse_configuration(text.str(), file, [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    });
}

} // namespace parley
