#include "server/process_readings.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace parley {

namespace {

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

std::vector<Reading> process_readings()
{
    std::vector<Reading> out;
    rusage used {};
    if (::getrusage(RUSAGE_SELF, &used) == 0)
        out.push_back({ "process_cpu_seconds_total", "User and system time of this process.",
            seconds(used.ru_utime) + seconds(used.ru_stime) });
    std::ifstream pages("/proc/self/statm");
    double total = 0;
    double resident = 0;
    if (pages >> total >> resident)
        out.push_back({ "process_resident_memory_bytes", "Resident memory of this process.",
            resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) });
    std::error_code gone;
    std::filesystem::directory_iterator open("/proc/self/fd", gone);
    if (!gone)
        out.push_back({ "process_open_fds", "Open file descriptors.",
            static_cast<double>(std::distance(begin(open), end(open))) });
    rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.push_back({ "process_max_fds", "How many may be open.", static_cast<double>(limit.rlim_cur) });
    return out;
}

} // namespace parley
