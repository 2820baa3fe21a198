#include "net/dns_channel.h"

#include "net/address.h"
#include "net/clock.h"

#include <sys/time.h>

#include <string>
#include <utility>

namespace parley {
namespace {

bool library_ready()
{
    static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
    return ready;
}

} // namespace

DnsChannel::DnsChannel(EventLoop& loop, const DnsOptions& told)
    : loop_(loop)
    , timer_(loop)
{
    ares_options options {};
    options.timeout = static_cast<int>(to_milliseconds(told.one_try));
    options.tries = told.tries;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
        static_cast<DnsChannel*>(self)->watch(fd, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (!library_ready() || ares_init_options(&channel_, &options, mask) != ARES_SUCCESS) {
        channel_ = nullptr;
        return;
    }
    std::string servers;
    for (const SocketAddress& server : told.servers)
        servers += (servers.empty() ? "" : ",") + to_string(server);
    if (!servers.empty() && ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS)
        ares_destroy(std::exchange(channel_, nullptr));
}

DnsChannel::~DnsChannel()
{
    timer_.cancel();
    if (ares_channel ended = std::exchange(channel_, nullptr))
        ares_destroy(ended);
    watches_.clear();
}

void DnsChannel::watch(int fd, bool readable, bool writable)
{
    if (!readable && !writable) {
        watches_.erase(fd);
        return;
    }
    auto& entry = watches_[fd];
    if (!entry) {
        entry = std::make_unique<FdWatch>(loop_, fd, [this, fd](FdWatch::Ready ready) {
            const bool reads = ready == FdWatch::Ready::read;
            step(reads ? fd : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : fd);
        });
    }
    entry->want(readable, writable);
}

void DnsChannel::step(ares_socket_t read_fd, ares_socket_t write_fd)
{
    ares_process_fd(channel_, read_fd, write_fd);
    arm();
}

void DnsChannel::arm()
{
    timeval wait {};
    if (!channel_ || !ares_timeout(channel_, nullptr, &wait)) {
        timer_.cancel();
        return;
    }
    const Duration delay = std::chrono::seconds(wait.tv_sec) + Duration(wait.tv_usec);
    timer_.set(now() + delay, [this] { step(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
}

} // namespace parley
