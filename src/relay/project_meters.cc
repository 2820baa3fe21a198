#include "relay/project_meters.h"

#include <algorithm>

namespace parley::relay {

namespace {

constexpr double burst_seconds = 2;

std::optional<Error> over_rate(
    std::optional<TokenBucket>& bucket, double per_second, std::string_view what, Instant now)
{
    if (!bucket)
        bucket.emplace(per_second, std::max(1.0, per_second * burst_seconds), now);
    if (bucket->take(now))
        return std::nullopt;
    return Error { ErrorKind::limit_reached,
        "limits." + std::string(what) + ": the project sends too many; try again later" };
}

} // namespace

void ProjectMeters::add(const ProjectId& project, const ProjectLimits& limits)
{
    Meter& meter = meters_[project];
    meter.limits = limits;
    meter.commands.reset();
    meter.dials.reset();
}

// A project that was not configured cannot log in; it has the default limits.
ProjectMeters::Meter& ProjectMeters::of(const ProjectId& project)
{
    return meters_[project];
}

std::optional<Error> ProjectMeters::connection(const ProjectId& project) const
{
    const auto meter = meters_.find(project);
    if (meter == meters_.end() || meter->second.connections < meter->second.limits.connections)
        return std::nullopt;
    return Error { ErrorKind::limit_reached,
        "limits.connections: the project has " + std::to_string(meter->second.connections)
            + " connections, the most it may" };
}

void ProjectMeters::connected(const ProjectId& project)
{
    ++of(project).connections;
}

void ProjectMeters::disconnected(const ProjectId& project)
{
    auto& meter = of(project);
    VERIFY(meter.connections > 0);
    --meter.connections;
}

std::optional<Error> ProjectMeters::call(const ProjectId& project) const
{
    const auto meter = meters_.find(project);
    if (meter == meters_.end() || meter->second.calls < meter->second.limits.calls)
        return std::nullopt;
    return Error { ErrorKind::limit_reached,
        "limits.calls: the project has " + std::to_string(meter->second.calls) + " calls, the most it may" };
}

void ProjectMeters::call_began(const ProjectId& project)
{
    ++of(project).calls;
}

void ProjectMeters::call_ended(const ProjectId& project)
{
    auto& meter = of(project);
    VERIFY(meter.calls > 0);
    --meter.calls;
}

std::optional<Error> ProjectMeters::command(const ProjectId& project, Instant now)
{
    auto& meter = of(project);
    return over_rate(meter.commands, meter.limits.commands_per_second, "commands_per_second", now);
}

std::optional<Error> ProjectMeters::dial(const ProjectId& project, Instant now)
{
    auto& meter = of(project);
    return over_rate(meter.dials, meter.limits.dials_per_second, "dials_per_second", now);
}

Duration ProjectMeters::command_wait(const ProjectId& project, Instant now)
{
    auto& meter = of(project);
    return meter.commands ? meter.commands->wait(now) : Duration::zero();
}

const ProjectLimits& ProjectMeters::limits(const ProjectId& project) const
{
    static const ProjectLimits defaults;
    const auto meter = meters_.find(project);
    return meter == meters_.end() ? defaults : meter->second.limits;
}

} // namespace parley::relay
