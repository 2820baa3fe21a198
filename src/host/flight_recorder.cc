#include "host/flight_recorder.h"

#include "base/sha256.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace parley {

void FlightRecorder::note(Instant when, Way way, std::string_view machine, std::string_view name)
{
    ring_[noted_++ % capacity] = { when, way, machine, name };
}

void FlightRecorder::timeout(Instant when, std::string_view machine)
{
    if (content_ == Content::whole)
        keep(when, machine, "timeout", "", nullptr);
}

void FlightRecorder::keep(
    Instant when, std::string_view machine, std::string_view what, std::string_view digest, Json value)
{
    if (cut_)
        return;
    Json::Object line { { "at", static_cast<std::int64_t>(when.time_since_epoch().count()) }, { "machine", machine },
        { "what", what } };
    if (!digest.empty())
        line["digest"] = digest;
    if (!value.is_null())
        line["value"] = std::move(value);
    std::string text = Json(std::move(line)).dump();
    cut_ = bytes_ + text.size() > max_content_bytes;
    if (cut_)
        text = R"({"what":"cut"})"; // What follows was not recorded.
    bytes_ += text.size();
    lines_.push_back(std::move(text));
}

void FlightRecorder::keep_command(Instant when, std::string_view machine, Json command)
{
    const std::string mark = digest(command);
    const bool is_short = command.dump().size() <= max_shown_command;
    if (!is_short) // The name alone.
        command = Json::Object { { command.as_object().begin()->first, nullptr } };
    keep(when, machine, "command", mark, std::move(command));
}

std::string FlightRecorder::digest(const Json& command)
{
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : sha256(command.dump())) {
        out += hex[byte >> 4];
        out += hex[byte & 15];
        if (out.size() == 16)
            break;
    }
    return out;
}

std::string FlightRecorder::text() const
{
    std::string lines;
    const std::size_t first = noted_ > capacity ? noted_ - capacity : 0;
    const Instant start = noted_ == 0 ? Instant() : ring_[first % capacity].when;
    for (std::size_t i = first; i < noted_; ++i) {
        const Entry& entry = ring_[i % capacity];
        lines += std::to_string(to_milliseconds(entry.when - start))
            + (entry.way == Way::event ? " event " : " command ");
        lines.append(entry.machine).append(" ").append(entry.name).append("\n");
    }
    return lines;
}

std::string FlightRecorder::content() const
{
    std::string lines;
    for (const std::string& line : lines_)
        lines.append(line).append("\n");
    return lines;
}

Result<void> FlightRecorder::write(const std::string& directory, const CallId& call, std::string_view reason) const
{
    const bool whole = content_ == Content::whole;
    const std::string path = directory + "/flight-" + call.value + (whole ? ".jsonl" : ".txt");
    const std::string head = whole
        ? Json(Json::Object { { "what", "flight" }, { "call", call.value }, { "reason", reason } }).dump()
        : "call " + call.value + ": " + std::string(reason);
    const std::string text = head + "\n" + (whole ? content() : this->text());
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written = file >= 0 && ::fchmod(file, 0600) == 0
        && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    if (file >= 0)
        ::close(file);
    if (!written)
        return Error { ErrorKind::unavailable, path + " could not be written: " + std::strerror(error) };
    return {};
}

} // namespace parley
