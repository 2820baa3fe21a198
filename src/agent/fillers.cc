#include "agent/fillers.h"

#include <algorithm>

namespace parley::agent {

std::optional<FillerPhrase> pick_filler(const FillerMap& fillers, std::string_view code, std::uint32_t random)
{
    for (const std::string_view key : { code, std::string_view("auto"), std::string_view("default") }) {
        const auto entry = std::ranges::find(fillers, key, &FillerTexts::code);
        if (entry != fillers.end() && !entry->texts.empty())
            return FillerPhrase { entry->texts[random % entry->texts.size()], key == "auto" };
    }
    return std::nullopt;
}

} // namespace parley::agent
