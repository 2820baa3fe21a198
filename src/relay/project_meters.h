#pragma once

#include "base/error.h"
#include "base/id.h"
#include "base/token_bucket.h"

#include <cstddef>
#include <map>
#include <optional>

namespace parley::relay {

// What one project may take of the server; `projects[].limits` of the configuration.
struct ProjectLimits {
    std::size_t connections = 1'000;
    std::size_t calls = 1'000; // At the same time.
    double dials_per_second = 10;
    double commands_per_second = 500; // Both doors, all connections. Twice as many at once.
    std::size_t events = 500;         // Unacknowledged, of one client.
};

// What each project takes now. For one thread.
class ProjectMeters {
public:
    // Or other limits for one that is there: what it takes stays counted.
    void add(const ProjectId&, const ProjectLimits&);

    // Nothing: it may. Else `limit_reached`, and the message names the limit.
    [[nodiscard]] std::optional<Error> connection(const ProjectId&) const;
    void connected(const ProjectId&);
    void disconnected(const ProjectId&);
    [[nodiscard]] std::optional<Error> call(const ProjectId&) const; // May another one begin?
    void call_began(const ProjectId&);
    void call_ended(const ProjectId&);
    [[nodiscard]] std::optional<Error> command(const ProjectId&, Instant now);
    [[nodiscard]] std::optional<Error> dial(const ProjectId&, Instant now);

    // Until a command may pass again.
    [[nodiscard]] Duration command_wait(const ProjectId&, Instant now);
    [[nodiscard]] const ProjectLimits& limits(const ProjectId&) const;

private:
    struct Meter {
        ProjectLimits limits;
        std::size_t connections = 0;
        std::size_t calls = 0;
        std::optional<TokenBucket> commands; // From the first one on.
        std::optional<TokenBucket> dials;
    };
    [[nodiscard]] Meter& of(const ProjectId&);

    std::map<ProjectId, Meter> meters_;
};

} // namespace parley::relay
