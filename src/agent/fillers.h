#pragma once

#include "agent/contexts_spec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Which phrase fills a silence.
namespace parley::agent {

struct FillerPhrase {
    std::string text;
    bool translate = false; // It is of `auto`: whoever says it says it in the current language.

    friend bool operator==(const FillerPhrase&, const FillerPhrase&) = default;
};

// One of the phrases for exactly this code, else one of `auto`, else one of `default`. `random` decides which: any
// number. Nothing if there is none.
[[nodiscard]] std::optional<FillerPhrase> pick_filler(const FillerMap&, std::string_view code, std::uint32_t random);

} // namespace parley::agent
