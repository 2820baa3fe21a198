#pragma once

#include "server/configuration.h"
#include "server/yaml_section.h"

// The keys of `sip` that say who may call and register: users, trunks, guests, and how floods are met.
namespace parley {

// Leaves `sip.finish()` to others.
void read_sip_access(YamlSection& sip, const Environment&, SipConfiguration& into);

// The routes of trunks name projects, which stand further down in the file.
void check_trunk_routes(YamlSection& sip, const Configuration&);

} // namespace parley
