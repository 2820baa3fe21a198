#pragma once

#include "net/dns_lookup.h"
#include "net/fd_watch.h"

#include <ares.h>

#include <map>
#include <memory>

// The library's resolver on our loop: one channel a question, which reads the system's settings afresh and dies with
// it. For the .cc files of `net/` alone.
namespace parley {

class DnsChannel {
public:
    DnsChannel(EventLoop&, const DnsOptions&);
    ~DnsChannel(); // Questions under way are called back once more.
    DnsChannel(const DnsChannel&) = delete;
    DnsChannel& operator=(const DnsChannel&) = delete;

    [[nodiscard]] ares_channel get() const { return channel_; } // Null: it could not start.
    void arm();                                                 // To be called after each question.

private:
    void watch(int fd, bool readable, bool writable);
    void step(ares_socket_t read_fd, ares_socket_t write_fd);

    EventLoop& loop_;
    Timer timer_;
    ares_channel channel_ = nullptr;
    std::map<int, std::unique_ptr<FdWatch>> watches_;
};

} // namespace parley
