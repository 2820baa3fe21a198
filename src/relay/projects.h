#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/sha256.h"
#include "relay/login_guard.h"
#include "relay/methods.h"
#include "relay/project_meters.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace parley::relay {

// A project as the operator configured it.
struct Project {
    ProjectId id;
    std::string token;
    std::string jwt_secret = {}; // Verifies JSON Web Tokens; empty: none are taken.
    ProjectLimits limits = {};
};

// Who may log in, and what each project may take. One for all doors, for one thread.
class Projects {
public:
    explicit Projects(std::vector<Project>);

    // From now on. A project that is missing cannot log in any more; what it takes is counted to its end.
    void renew(std::vector<Project>);

    // `unauthenticated`, or `limit_reached` after too many failures from that address.
    Result<ProjectId> authenticate(std::string_view ip, const Credentials&, WallTime, Instant now);

    // With what the authorization states of the project are sealed: the same after a restart, another one after the
    // project's secrets were changed.
    [[nodiscard]] std::string state_key(const ProjectId&) const;
    [[nodiscard]] ProjectMeters& meters() { return meters_; }
    [[nodiscard]] const ProjectMeters& meters() const { return meters_; }

private:
    struct Secrets {
        Sha256 token;
        std::string jwt;
        std::string state_key;
        bool is_gone = false;
    };
    [[nodiscard]] Result<ProjectId> look_up(const Credentials&, WallTime) const;

    std::map<ProjectId, Secrets> secrets_;
    ProjectMeters meters_;
    LoginGuard guard_;
};

} // namespace parley::relay
