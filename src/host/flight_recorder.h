#pragma once

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "host/flight_codec.h"
#include "host/flight_names.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What happened to the machines of one call, written out when the call ends. By default the last names and times alone,
// never what people said; with `Content::whole` everything that the machines were told, so that `parley replay` can
// play the call again.
namespace parley {

class FlightRecorder {
public:
    enum class Content : std::uint8_t { names, whole };

    static constexpr std::size_t capacity = 256;                       // Names.
    static constexpr std::size_t max_content_bytes = 16 * 1024 * 1024; // Of one call; what follows is not recorded.
    static constexpr std::size_t max_shown_command = 4 * 1024; // Bytes; of longer commands only the digest is kept.

    explicit FlightRecorder(Content content = Content::names)
        : content_(content)
    {
    }

    // `machine` is static text: "call" or "session". A machine that is made takes the place of the one before.
    template <typename Made> void made(Instant when, std::string_view machine, const Made& from)
    {
        if (content_ == Content::whole)
            keep(when, machine, "made", "", flight::encode(from));
    }
    template <typename Event> void event(Instant when, std::string_view machine, const Event& event)
    {
        note(when, Way::event, machine, event);
        if (content_ == Content::whole)
            keep(when, machine, "event", "", flight::encode(event));
    }
    template <typename Command> void command(Instant when, std::string_view machine, const Command& command)
    {
        note(when, Way::command, machine, command);
        if (content_ == Content::whole)
            keep_command(when, machine, flight::encode(command));
    }
    // The machine was told the time because something was due.
    void timeout(Instant when, std::string_view machine);

    // The names, oldest first, a line each: milliseconds since the first, way, machine, name.
    [[nodiscard]] std::string text() const;
    // The whole content, a JSON object a line; empty if only names were kept. `server/replay.h` reads it.
    [[nodiscard]] std::string content() const;

    // Into `directory`/flight-<call>.txt, or .jsonl with the whole content; for the owner's eyes (mode 0600).
    Result<void> write(const std::string& directory, const CallId&, std::string_view reason) const;

    // What stands for a command in the file: of the same version, the same command has the same digest.
    [[nodiscard]] static std::string digest(const Json& command);

private:
    enum class Way : std::uint8_t { event, command };
    struct Entry {
        Instant when {};
        Way way = Way::event;
        std::string_view machine;
        std::string_view name;
    };

    template <typename Variant> void note(Instant when, Way way, std::string_view machine, const Variant& value)
    {
        note(when, way, machine, flight::name_of(value));
    }
    void note(Instant when, Way way, std::string_view machine, std::string_view name);
    void keep(Instant when, std::string_view machine, std::string_view what, std::string_view digest, Json value);
    void keep_command(Instant when, std::string_view machine, Json command);

    Content content_;
    std::array<Entry, capacity> ring_ {};
    std::size_t noted_ = 0;
    std::vector<std::string> lines_;
    std::size_t bytes_ = 0;
    bool cut_ = false;
};

// Where the recorder's files go, and what is in them.
struct FlightOptions {
    std::string directory = ".";
    FlightRecorder::Content content = FlightRecorder::Content::names;
    bool of_every_call = false; // Else of those that ended badly.
};

} // namespace parley
