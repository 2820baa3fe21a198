#include "swaig/fillers.h"

#include "swaig/coerce.h"

#include <utility>

namespace parley::swaig {

namespace {

std::vector<std::string> texts_of(const Json& value, const std::string& where, std::vector<std::string>& warnings)
{
    std::vector<std::string> texts;
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (const auto& one : list) {
        auto text = to_text(one).value_or("");
        if (text.empty()) {
            warnings.push_back(where + ": holds something that is no text, left out");
        } else if (texts.size() == max_filler_texts) {
            warnings.push_back(where + ": only the first " + std::to_string(max_filler_texts) + " are taken");
            break;
        } else {
            texts.push_back(std::move(text));
        }
    }
    return texts;
}

} // namespace

FillerMap parse_fillers(const Json& value, const std::string& where, std::vector<std::string>& warnings)
{
    FillerMap fillers;
    if (value.is_null())
        return fillers;
    if (!value.is_object()) {
        if (auto texts = texts_of(value, where, warnings); !texts.empty())
            fillers.push_back({ "default", std::move(texts) });
        return fillers;
    }
    for (const auto& [code, phrases] : value.as_object()) {
        if (fillers.size() == max_filler_languages) {
            warnings.push_back(where + ": only the first " + std::to_string(max_filler_languages) + " are taken");
            break;
        }
        if (auto texts = texts_of(phrases, where + "." + code, warnings); !texts.empty())
            fillers.push_back({ code, std::move(texts) });
    }
    return fillers;
}

} // namespace parley::swaig
