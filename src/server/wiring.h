#pragma once

#include "base/result.h"
#include "host/call_hub.h"
#include "host/route_table.h"
#include "net/outbound_policy.h"
#include "providers/offline_rules.h"
#include "rest/access_keys.h"
#include "server/configuration.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What the configuration means for the parts of the server: the same at the start and when it is read again.
namespace parley {

[[nodiscard]] RouteTable routes_of(const Configuration&);
[[nodiscard]] CallHub::Options hub_options(const Configuration&, ServerMetrics&);
[[nodiscard]] CallWorker::Options worker_options(const Configuration&, ServerMetrics&);
[[nodiscard]] std::vector<relay::Project> relay_projects(const Configuration&);
[[nodiscard]] RelayHost::Options relay_options(const Configuration&);
[[nodiscard]] SipHost::Options sip_options(const Configuration&);
[[nodiscard]] sip::SettingsChanged sip_settings(const Configuration&); // Of these, what changes while the server runs.
[[nodiscard]] Result<AccessKeys> access_keys_of(const Configuration&);

// What the providers of calls are made from. Shared by the workers; never changed.
struct ProviderPlan {
    std::map<ProjectId, OutboundPolicy> policies;
    std::map<ProjectId, std::string> signing_keys; // Empty: nothing is signed.
    OfflineRules rules;
    ModelConfiguration model;
};
[[nodiscard]] Result<std::shared_ptr<const ProviderPlan>> make_provider_plan(const Configuration&);

// Keys whose values differ and cannot change while the server runs, in the order of the file.
[[nodiscard]] std::vector<std::string> waiting_changes(const Configuration& running, const Configuration& next);
// Those values of `next` as they are in `running`.
void keep_waiting(const Configuration& running, Configuration& next);

} // namespace parley
