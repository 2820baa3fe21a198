#include "net/name_lookup.h"

#include "net/clock.h"
#include "net/fd_watch.h"
#include "net/socket_calls.h"

#include <ares.h>
#include <netdb.h>
#include <sys/time.h>

#include <map>

namespace parley {

namespace {

bool library_ready()
{
    static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
    return ready;
}

constexpr int timeout_ms = 2'000; // Of one try; the caller bounds the whole.
constexpr int tries = 3;

} // namespace

struct NameLookup::State : std::enable_shared_from_this<NameLookup::State> {
    State(EventLoop& l, std::string n, Answer a)
        : loop(l)
        , name(std::move(n))
        , answer(std::move(a))
        , timer(l)
    {
    }

    // A channel of its own for each look-up: it reads the system's settings afresh and dies with the question.
    void start()
    {
        ares_options options {};
        options.timeout = timeout_ms;
        options.tries = tries;
        options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
            static_cast<State*>(self)->watch(fd, readable != 0, writable != 0);
        };
        options.sock_state_cb_data = this;
        const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
        if (!library_ready() || ares_init_options(&channel, &options, mask) != ARES_SUCCESS) {
            channel = nullptr;
            finish(Error { ErrorKind::unavailable, "name look-up could not start" });
            return;
        }
        ares_addrinfo_hints hints {};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        ares_getaddrinfo(
            channel, name.c_str(), nullptr, &hints,
            [](void* self, int status, int, ares_addrinfo* found) { static_cast<State*>(self)->found(status, found); },
            this);
        arm();
    }

    void stop()
    {
        answered = true;
        timer.cancel();
        if (ares_channel ended = std::exchange(channel, nullptr))
            ares_destroy(ended); // Calls back once more; `answered` is set.
        watches.clear();
    }

    void watch(int fd, bool readable, bool writable)
    {
        if (!readable && !writable) {
            watches.erase(fd);
            return;
        }
        auto& entry = watches[fd];
        if (!entry) {
            entry = std::make_unique<FdWatch>(loop, fd, [this, fd](FdWatch::Ready ready) {
                const bool reads = ready == FdWatch::Ready::read;
                step(reads ? fd : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : fd);
            });
        }
        entry->want(readable, writable);
    }

    void step(ares_socket_t read_fd, ares_socket_t write_fd)
    {
        const auto self = shared_from_this();
        if (channel)
            ares_process_fd(channel, read_fd, write_fd);
        arm();
    }

    void arm()
    {
        timeval wait {};
        if (answered || !channel || !ares_timeout(channel, nullptr, &wait))
            return;
        const Duration delay = std::chrono::seconds(wait.tv_sec) + Duration(wait.tv_usec);
        timer.set(now() + delay, [this] { step(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
    }

    void found(int status, ares_addrinfo* list)
    {
        const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(list, ares_freeaddrinfo);
        std::vector<IpAddress> addresses;
        for (const ares_addrinfo_node* node = list ? list->nodes : nullptr; node; node = node->ai_next) {
            if (const auto ip = parse_ip(from_system(node->ai_addr).ip))
                addresses.push_back(*ip);
        }
        if (addresses.empty())
            finish(Error { ErrorKind::unavailable, name + ": " + ares_strerror(status) });
        else
            finish(std::move(addresses));
    }

    void finish(Result<std::vector<IpAddress>> result)
    {
        if (std::exchange(answered, true))
            return;
        loop.post([weak = weak_from_this(), result = std::move(result)]() mutable {
            const auto self = weak.lock();
            if (self && self->wanted)
                self->answer(std::move(result));
        });
    }

    EventLoop& loop;
    const std::string name;
    const Answer answer;
    Timer timer;
    ares_channel channel = nullptr;
    std::map<int, std::unique_ptr<FdWatch>> watches;
    bool answered = false;
    bool wanted = true; // Until the look-up is destroyed.
};

NameLookup::NameLookup(EventLoop& loop, std::string name, Answer answer)
    : state_(std::make_shared<State>(loop, std::move(name), std::move(answer)))
{
    state_->start();
}

NameLookup::~NameLookup()
{
    state_->wanted = false;
    state_->stop();
}

} // namespace parley
