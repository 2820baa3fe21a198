#pragma once

#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

// What a program can have played to a call: the items of `calling.play`.
namespace parley {

struct SpeechItem {
    std::string text;
    std::string language = "en-US";
    std::string voice; // As the voices' provider knows it, or "male", "female".

    friend bool operator==(const SpeechItem&, const SpeechItem&) = default;
};
struct FileItem {
    std::string url; // http or https.

    friend bool operator==(const FileItem&, const FileItem&) = default;
};
struct SilenceItem {
    Duration duration;

    friend bool operator==(const SilenceItem&, const SilenceItem&) = default;
};
// What a caller hears while a telephone rings there.
struct RingtoneItem {
    std::string country;              // "us", "de": one that `is_ringtone` knows.
    bool bong = false;                // The tone that asks for a calling card number, before it.
    std::optional<Duration> duration; // Unset: one ring with its pause.

    friend bool operator==(const RingtoneItem&, const RingtoneItem&) = default;
};

[[nodiscard]] bool is_ringtone(std::string_view country); // In lower case.

using PlayItem = std::variant<SpeechItem, FileItem, SilenceItem, RingtoneItem>;

} // namespace parley
