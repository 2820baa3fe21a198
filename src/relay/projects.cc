#include "relay/projects.h"

#include "base/hmac.h"
#include "relay/json_web_token.h"

namespace parley::relay {

Projects::Projects(std::vector<Project> projects)
{
    renew(std::move(projects));
}

void Projects::renew(std::vector<Project> projects)
{
    for (auto& [id, secrets] : secrets_) {
        secrets.is_gone = true;
        secrets.jwt.clear();
    }
    for (auto& project : projects) {
        meters_.add(project.id, project.limits);
        const Sha256 key
            = hmac_sha256(project.token + project.jwt_secret, "authorization state of " + project.id.value);
        secrets_.insert_or_assign(project.id,
            Secrets { sha256(project.token), std::move(project.jwt_secret),
                std::string(reinterpret_cast<const char*>(key.data()), key.size()), false });
    }
}

Result<ProjectId> Projects::authenticate(
    std::string_view ip, const Credentials& credentials, WallTime wall, Instant now)
{
    const auto address = address_of_one_client(ip);
    if (guard_.refuses(address, credentials.project, now))
        return Error { ErrorKind::limit_reached, "too many failed logins from this address; try again in a minute" };
    auto project = look_up(credentials, wall);
    if (!project)
        guard_.failed(address, credentials.project, now);
    return project;
}

Result<ProjectId> Projects::look_up(const Credentials& credentials, WallTime wall) const
{
    if (!credentials.jwt.empty()) {
        auto project = project_of(
            credentials.jwt,
            [this](const ProjectId& id) -> std::string_view {
                const auto known = secrets_.find(id);
                return known == secrets_.end() ? std::string_view() : known->second.jwt;
            },
            wall);
        if (project && !credentials.project.empty() && credentials.project != *project)
            return Error { ErrorKind::unauthenticated, "jwt_token: it is of another project" };
        return project;
    }
    // Digests, so that the time it takes says nothing of a token; the same work for a project that is none.
    const auto known = secrets_.find(credentials.project);
    const bool same = same_digest(known == secrets_.end() ? Sha256 {} : known->second.token, sha256(credentials.token));
    if (known == secrets_.end() || known->second.is_gone || !same)
        return Error { ErrorKind::unauthenticated, "project or token are wrong" };
    return credentials.project;
}

std::string Projects::state_key(const ProjectId& project) const
{
    const auto known = secrets_.find(project);
    VERIFY(known != secrets_.end()); // It logged in.
    return known->second.state_key;
}

} // namespace parley::relay
