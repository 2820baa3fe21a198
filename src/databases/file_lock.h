#pragma once

#include "base/result.h"

#include <string>
#include <utility>

namespace parley {

// Held by the one process that may use a file. The kernel lets go of it when the process ends, however it ends; it is
// not inherited by programs that the process starts.
class FileLock {
public:
    // `unavailable` names the process that holds it. `path` is a file of the lock's own; it stays behind.
    static Result<FileLock> take(const std::string& path);

    FileLock(FileLock&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1))
    {
    }
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int descriptor)
        : descriptor_(descriptor)
    {
    }

    int descriptor_;
};

} // namespace parley
