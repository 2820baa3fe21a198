#include "net/fd_watch.h"

#include "net/loop_core.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>

namespace parley {

using boost::asio::posix::descriptor_base;

struct FdWatch::State : std::enable_shared_from_this<FdWatch::State> {
    struct Direction {
        bool wanted = false;
        bool waiting = false;
    };

    State(EventLoop& loop, int fd, std::function<void(Ready)> r)
        : descriptor(loop.core().io, fd)
        , ready(std::move(r))
    {
    }

    void wait(Ready direction)
    {
        Direction& state = directions[static_cast<std::size_t>(direction)];
        if (!open || !state.wanted || state.waiting)
            return;
        state.waiting = true;
        descriptor.async_wait(direction == Ready::read ? descriptor_base::wait_read : descriptor_base::wait_write,
            [self = shared_from_this(), direction, &state](const boost::system::error_code& error) {
                state.waiting = false;
                if (!self->open || error == boost::asio::error::operation_aborted)
                    return;
                if (state.wanted)
                    self->ready(direction);
                self->wait(direction);
            });
    }

    boost::asio::posix::stream_descriptor descriptor;
    const std::function<void(Ready)> ready;
    std::array<Direction, 2> directions;
    bool open = true;
};

FdWatch::FdWatch(EventLoop& loop, int fd, std::function<void(Ready)> ready)
    : state_(std::make_shared<State>(loop, fd, std::move(ready)))
{
}

FdWatch::~FdWatch()
{
    state_->open = false;
    state_->descriptor.release(); // Cancels the waits and leaves the descriptor open.
}

void FdWatch::want(bool read, bool write)
{
    state_->directions[static_cast<std::size_t>(Ready::read)].wanted = read;
    state_->directions[static_cast<std::size_t>(Ready::write)].wanted = write;
    state_->wait(Ready::read);
    state_->wait(Ready::write);
}

} // namespace parley
