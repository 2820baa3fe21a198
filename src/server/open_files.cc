#include "server/open_files.h"

#include <sys/resource.h>

namespace parley {

namespace {

constexpr rlim_t files_of_a_call = 4;       // RTP, RTCP, and what its speech and its model have open.
constexpr rlim_t files_of_the_rest = 1'200; // Listeners, database, speech workers, REST.

} // namespace

void raise_open_files(const Configuration& configuration, const Log& log)
{
    const rlim_t wanted
        = configuration.relay.connections + configuration.limits.calls * files_of_a_call + files_of_the_rest;
    rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return log.warning("limit of open files unknown", { { "wanted", wanted } });
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
            log.warning("limit of open files not raised", { { "wanted", wanted } });
        ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < wanted)
        log.warning("fewer open files are allowed than relay.connections and limits.calls may need",
            { { "allowed", limit.rlim_cur }, { "wanted", wanted } });
}

} // namespace parley
