#include "host/flight_recorder.h"

#include <fstream>

namespace parley {

void FlightRecorder::note(Instant when, Way way, std::string_view machine, std::string_view name)
{
    ring_[noted_++ % capacity] = { when, way, machine, name };
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

Result<void> FlightRecorder::write(const std::string& directory, const CallId& call, std::string_view reason) const
{
    const std::string path = directory + "/flight-" + call.value + ".txt";
    std::ofstream file(path);
    file << "call " << call.value << " ended badly: " << reason << "\n" << text();
    file.close();
    if (!file)
        return Error { ErrorKind::unavailable, path + " could not be written" };
    return {};
}

} // namespace parley
