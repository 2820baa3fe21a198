#pragma once

#include "agent/session_report.h"
#include "base/json.h"

#include <string>
#include <string_view>

// Entries that the report and the debug events share.
namespace parley::agent {

// As `swaig_log` has it.
[[nodiscard]] Json::Object json_of(const SwaigLogEntry&);

// `https://user:password@host/x` without user and password; everything else byte for byte.
[[nodiscard]] std::string without_credentials(std::string_view url);

} // namespace parley::agent
