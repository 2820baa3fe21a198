#include "net/subprocess.h"

#include "net/fd_watch.h"
#include "net/socket_calls.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>

extern char** environ;

namespace parley {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t read_size = 64 * 1024;

std::array<std::byte, length_bytes> encode_length(std::size_t length)
{
    std::array<std::byte, length_bytes> bytes {};
    for (std::size_t i = 0; i < length_bytes; ++i)
        bytes[i] = static_cast<std::byte>(length >> (8 * i));
    return bytes;
}

std::size_t decode_length(std::span<const std::byte> bytes)
{
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
        length |= static_cast<std::size_t>(bytes[i]) << (8 * i);
    return length;
}

// What `posix_spawn` is told: the child's end as its descriptor 3, no other, and no signal setting of ours.
class SpawnSettings {
public:
    explicit SpawnSettings(int child_end)
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_adddup2(&actions, child_end, subprocess_fd);
        posix_spawn_file_actions_addclosefrom_np(&actions, subprocess_fd + 1);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        sigset_t defaults;
        sigemptyset(&defaults);
        for (const int signal : { SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD })
            sigaddset(&defaults, signal);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t actions {};
    posix_spawnattr_t attributes {};
};

class Process final : public Subprocess {
public:
    Process(EventLoop& loop, pid_t pid, UniqueFd pid_fd, UniqueFd pipe, SubprocessEvents events)
        : loop_(loop)
        , pid_(pid)
        , pid_fd_(std::move(pid_fd))
        , pipe_(std::move(pipe))
        , events_(std::make_shared<SubprocessEvents>(std::move(events)))
    {
        pipe_watch_ = std::make_unique<FdWatch>(loop, pipe_.get(), [this](FdWatch::Ready ready) {
            const std::weak_ptr<bool> alive = alive_;
            if (ready == FdWatch::Ready::read)
                read_pipe();
            else
                write_pipe();
            if (!alive.expired())
                update_watch();
        });
        exit_watch_ = std::make_unique<FdWatch>(loop, pid_fd_.get(), [this](FdWatch::Ready) { reap(); });
        exit_watch_->want(true, false);
        update_watch();
    }

    ~Process() override
    {
        loop_.assert_on_thread();
        alive_.reset();
        if (reaped_)
            return;
        ::kill(pid_, SIGKILL);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) { // Soon: nobody survives SIGKILL.
        }
    }

    Result<void> send(std::span<const std::byte> frame) override
    {
        loop_.assert_on_thread();
        if (frame.size() > max_pipe_frame)
            return Error { ErrorKind::invalid_request, "frame too long" };
        if (finished_ || broken_)
            return Error { ErrorKind::unavailable, "the process takes no more frames" };
        if (queued_ + frame.size() > max_pipe_queue)
            return Error { ErrorKind::limit_reached, "the process does not read" };
        const auto length = encode_length(frame.size());
        std::vector<std::byte> bytes(length.begin(), length.end());
        bytes.insert(bytes.end(), frame.begin(), frame.end());
        queued_ += bytes.size();
        queue_.push_back(std::move(bytes));
        write_pipe();
        update_watch();
        return {};
    }

    void finish() override
    {
        loop_.assert_on_thread();
        finished_ = true;
        write_pipe();
        update_watch();
    }

    [[nodiscard]] int pid() const override { return pid_; }

private:
    void update_watch()
    {
        if (pipe_watch_)
            pipe_watch_->want(!read_ended_, !queue_.empty() && !broken_);
    }

    void write_pipe()
    {
        while (!queue_.empty() && !broken_) {
            const auto& front = queue_.front();
            const ssize_t size
                = ::send(pipe_.get(), front.data() + sent_, front.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0 && errno == EAGAIN)
                return;
            if (size < 0) { // The child has closed its end: its exit will be told.
                broken_ = true;
                queue_.clear();
                queued_ = 0;
                return;
            }
            sent_ += static_cast<std::size_t>(size);
            queued_ -= static_cast<std::size_t>(size);
            if (sent_ == front.size()) {
                queue_.pop_front();
                sent_ = 0;
            }
        }
        if (finished_ && !broken_)
            ::shutdown(pipe_.get(), SHUT_WR);
    }

    // False when we are gone or nothing more is to be had now.
    bool read_pipe()
    {
        const std::size_t had = input_.size();
        input_.resize(had + read_size);
        const ssize_t size = ::recv(pipe_.get(), input_.data() + had, read_size, MSG_DONTWAIT);
        const int error = errno;
        input_.resize(had + (size > 0 ? static_cast<std::size_t>(size) : 0));
        if (size == 0 || (size < 0 && error != EAGAIN && error != EINTR))
            read_ended_ = true;
        return size > 0 && deliver();
    }

    bool deliver()
    {
        const std::weak_ptr<bool> alive = alive_;
        const auto events = events_;
        std::size_t at = 0;
        while (input_.size() - at >= length_bytes) {
            const std::size_t length = decode_length(std::span(input_).subspan(at));
            if (length > max_pipe_frame) {
                ::kill(pid_, SIGKILL); // Where the next frame begins is not known.
                read_ended_ = true;
                input_.clear();
                return false;
            }
            if (input_.size() - at - length_bytes < length)
                break;
            const auto begin = input_.begin() + static_cast<std::ptrdiff_t>(at + length_bytes);
            std::vector<std::byte> frame(begin, begin + static_cast<std::ptrdiff_t>(length));
            at += length_bytes + length;
            if (events->frame)
                events->frame(std::move(frame));
            if (alive.expired())
                return false;
        }
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(at));
        return true;
    }

    void reap()
    {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) != pid_)
            return;
        reaped_ = true;
        exit_watch_.reset();
        const std::weak_ptr<bool> alive = alive_;
        while (!read_ended_ && read_pipe()) { // What it still sent comes first.
        }
        if (alive.expired())
            return;
        pipe_watch_.reset();
        broken_ = true;
        SubprocessExit exit;
        if (WIFEXITED(status))
            exit.status = WEXITSTATUS(status);
        else
            exit.signal = WTERMSIG(status);
        if (const auto events = events_; events->exited)
            events->exited(exit);
    }

    EventLoop& loop_;
    const pid_t pid_;
    const UniqueFd pid_fd_;
    const UniqueFd pipe_;
    const std::shared_ptr<SubprocessEvents> events_; // A second reference during a call, which may destroy us.
    std::unique_ptr<FdWatch> pipe_watch_;            // Go before the descriptors.
    std::unique_ptr<FdWatch> exit_watch_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // Watched by functions whose listener may destroy us.

    std::deque<std::vector<std::byte>> queue_;
    std::size_t sent_ = 0; // Of the first.
    std::size_t queued_ = 0;
    std::vector<std::byte> input_;
    bool finished_ = false;
    bool broken_ = false;
    bool read_ended_ = false;
    bool reaped_ = false;
};

// All of it, or how much came before the end of file; nothing on an error.
std::optional<std::size_t> read_fully(int fd, std::span<std::byte> into)
{
    std::size_t have = 0;
    while (have < into.size()) {
        const ssize_t size = ::read(fd, into.data() + have, into.size() - have);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::nullopt;
        if (size == 0)
            break;
        have += static_cast<std::size_t>(size);
    }
    return have;
}

} // namespace

Result<std::unique_ptr<Subprocess>> Subprocess::start(
    EventLoop& loop, std::vector<std::string> argv, SubprocessEvents events)
{
    loop.assert_on_thread();
    if (argv.empty())
        return Error { ErrorKind::invalid_request, "argv: empty" };
    int ends[2] = { -1, -1 };
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return Error { ErrorKind::unavailable, "socketpair: " + system_error_text(errno) };
    UniqueFd ours(ends[0]);
    const UniqueFd childs(ends[1]);
    std::vector<char*> arguments;
    for (std::string& argument : argv)
        arguments.push_back(argument.data());
    arguments.push_back(nullptr);

    const SpawnSettings settings(childs.get());
    pid_t pid = 0;
    const int error
        = ::posix_spawn(&pid, arguments[0], &settings.actions, &settings.attributes, arguments.data(), environ);
    if (error != 0)
        return Error { ErrorKind::unavailable, argv[0] + ": " + system_error_text(error) };
    UniqueFd pid_fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); // Close-on-exec by definition.
    if (!pid_fd) {
        const int why = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return Error { ErrorKind::unavailable, "pidfd_open: " + system_error_text(why) };
    }
    return std::unique_ptr<Subprocess>(
        std::make_unique<Process>(loop, pid, std::move(pid_fd), std::move(ours), std::move(events)));
}

Result<std::optional<std::vector<std::byte>>> read_frame(int fd)
{
    using Frame = std::optional<std::vector<std::byte>>;
    std::array<std::byte, length_bytes> length {};
    const auto have = read_fully(fd, length);
    if (!have)
        return Error { ErrorKind::unavailable, "pipe: " + system_error_text(errno) };
    if (*have == 0)
        return Frame();
    if (*have < length_bytes)
        return Error { ErrorKind::invalid_request, "pipe: ended within a frame" };
    const std::size_t size = decode_length(length);
    if (size > max_pipe_frame)
        return Error { ErrorKind::invalid_request, "pipe: frame too long" };
    std::vector<std::byte> frame(size);
    const auto body = read_fully(fd, frame);
    if (!body)
        return Error { ErrorKind::unavailable, "pipe: " + system_error_text(errno) };
    if (*body < size)
        return Error { ErrorKind::invalid_request, "pipe: ended within a frame" };
    return Frame(std::move(frame));
}

Result<void> write_frame(int fd, std::span<const std::byte> frame)
{
    if (frame.size() > max_pipe_frame)
        return Error { ErrorKind::invalid_request, "frame too long" };
    const auto length = encode_length(frame.size());
    std::vector<std::byte> bytes(length.begin(), length.end());
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t size = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return Error { ErrorKind::unavailable, "pipe: " + system_error_text(errno) };
        sent += static_cast<std::size_t>(size);
    }
    return {};
}

} // namespace parley
