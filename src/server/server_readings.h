#pragma once

#include "providers/provider_statistics.h"
#include "server/prometheus_metrics.h"
#include "sip/sip_endpoint.h"

#include <vector>

// What the parts of the server count by themselves, as readings for a scrape.
namespace parley {

void read_sip(const sip::SipEndpoint&, std::vector<Reading>& out);
void read_speech(const ProviderFigures&, std::vector<Reading>& out);

} // namespace parley
