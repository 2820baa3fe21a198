#pragma once

#include "base/log.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace parley {

// What clients call a voice -> what a provider calls it. Unknown names become the default and are told once each.
class VoiceNames {
public:
    static constexpr std::size_t max_unknown = 100;

    VoiceNames(std::vector<std::pair<std::string, std::string>> names, std::string usual, Log log)
        : names_(std::move(names))
        , usual_(std::move(usual))
        , log_(std::move(log))
    {
    }

    [[nodiscard]] const std::string& usual() const { return usual_; }
    const std::string& find(const std::string& asked)
    {
        for (const auto& [name, voice] : names_) {
            if (name == asked || voice == asked)
                return voice;
        }
        if (!asked.empty() && asked != usual_ && unknown_.size() < max_unknown && unknown_.insert(asked).second)
            log_.warning("voice not known", { { "voice", asked.substr(0, 100) }, { "instead", usual_ } });
        return usual_;
    }

private:
    std::vector<std::pair<std::string, std::string>> names_;
    std::string usual_;
    Log log_;
    std::set<std::string> unknown_;
};

} // namespace parley
