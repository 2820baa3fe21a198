#include "databases/file_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace parley {

namespace {

std::string holder(int descriptor)
{
    std::array<char, 32> text {};
    const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
    return size > 0 ? "process " + std::string(text.data(), static_cast<std::size_t>(size)) : "another process";
}

} // namespace

Result<FileLock> FileLock::take(const std::string& path)
{
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return Error { ErrorKind::unavailable, "cannot open " + path + ": " + std::strerror(errno) };
    FileLock lock(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return Error { ErrorKind::unavailable, path + " is held by " + holder(descriptor) };
        return Error { ErrorKind::unavailable, "cannot lock " + path + ": " + std::strerror(errno) };
    }
    // The number is for people. That it cannot be written, on a full disk for instance, must not stop the server.
    const std::string process = std::to_string(getpid());
    if (ftruncate(descriptor, 0) == 0)
        (void)!pwrite(descriptor, process.data(), process.size(), 0);
    return lock;
}

FileLock::~FileLock()
{
    if (descriptor_ >= 0)
        close(descriptor_);
}

} // namespace parley
