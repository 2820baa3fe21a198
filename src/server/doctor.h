#pragma once

#include "base/time.h"
#include "server/cli.h"
#include "server/configuration.h"

#include <cstdint>
#include <string>
#include <vector>

// `parley doctor`: looks at what a server with this configuration would need, without starting it: ports, addresses,
// keys, providers, the clock, the disk. Changes nothing.
namespace parley {

struct Finding {
    enum class Verdict : std::uint8_t {
        fine,
        notice,  // It works, but perhaps not as meant.
        problem, // A server would not start, or calls would fail.
    };

    Verdict verdict = Verdict::fine;
    std::string subject; // The key of the configuration that it is about, or "clock", "disk", ...
    std::string what;    // For people; says what to do where that is not plain.

    friend bool operator==(const Finding&, const Finding&) = default;
};
using Findings = std::vector<Finding>;

// ---- What the configuration alone shows ---------------------------------------------------------------------------

void examine_secrets(const Configuration&, Findings&);
void examine_addresses(const Configuration&, Findings&);

// ---- What the machine shows ---------------------------------------------------------------------------------------

void examine_certificates(const Configuration&, WallTime now, Findings&);
void examine_ports(const Configuration&, Findings&);
void examine_machine(const Configuration&, WallTime now, Findings&); // Clock, open files, disk.

// ---- What others answer -------------------------------------------------------------------------------------------

void examine_providers(const Configuration&, Findings&);
// `server`: host:port. Asks where it sees us, and compares with what callers are told.
void examine_nat(const Configuration&, const std::string& server, Findings&);

// Prints a line each. 0: no problem was found.
int run_doctor(const DoctorArguments&);

} // namespace parley
