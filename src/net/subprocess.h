#pragma once

#include "base/result.h"
#include "net/event_loop.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// A child process and frames to and from it over a socket pair. Knows nothing of what the frames say.
// A frame is its length (32 bits, little endian), then its bytes.
namespace parley {

inline constexpr std::size_t max_pipe_frame = 4 * 1024 * 1024;  // A longer one from the child ends it.
inline constexpr std::size_t max_pipe_queue = 16 * 1024 * 1024; // Not yet taken by the child; beyond: `limit_reached`.
inline constexpr int subprocess_fd = 3;                         // The child's end of the pair.

struct SubprocessExit {
    std::optional<int> status; // Its exit status, or
    std::optional<int> signal; // the signal that ended it.
};

struct SubprocessEvents {
    std::function<void(std::vector<std::byte> frame)> frame;
    // Once, last: after the frames it still sent. The subprocess may be destroyed inside.
    std::function<void(const SubprocessExit&)> exited;
};

// Belongs to its loop's thread. Destroying it kills the child and reaps it; no event follows.
class Subprocess {
public:
    // `argv[0]` is the path of the program. The child inherits standard input, output and error and its end of the
    // pair.
    [[nodiscard]] static Result<std::unique_ptr<Subprocess>> start(
        EventLoop&, std::vector<std::string> argv, SubprocessEvents);

    virtual ~Subprocess() = default;

    // Queued in order, never blocks. `limit_reached` when the child does not read, `unavailable` when it is gone.
    virtual Result<void> send(std::span<const std::byte> frame) = 0;

    // No more frames from us: the child reads end of file after the last one and should leave.
    virtual void finish() = 0;

    [[nodiscard]] virtual int pid() const = 0;
};

// The child's side: blocking, one frame at a time.
// Nothing at end of file. A broken frame is `invalid_request`.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> read_frame(int fd);
[[nodiscard]] Result<void> write_frame(int fd, std::span<const std::byte> frame);

} // namespace parley
