#include "providers/offline_tools.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

namespace parley::offline {
namespace {

using Stems = std::set<std::string>;

Stems stems_of(const Words& words)
{
    Stems stems;
    for (const auto& word : words) {
        if (!empty_word(word))
            stems.insert(word.stem);
    }
    return stems;
}

const Json::Object& properties_of(const LmTool& tool)
{
    static const Json::Object none;
    const Json* properties = tool.parameters.find("properties");
    return properties != nullptr && properties->is_object() ? properties->as_object() : none;
}

std::vector<std::string> enum_of(const Json& schema)
{
    std::vector<std::string> values;
    if (const Json* list = schema.find("enum"); list != nullptr && list->is_array()) {
        for (const auto& value : list->as_array()) {
            if (value.is_string())
                values.push_back(value.as_string());
        }
    }
    return values;
}

// How much each word of a tool says about when it is meant.
std::map<std::string, double> weights_of(const LmTool& tool)
{
    std::map<std::string, double> weights;
    const auto add = [&](const std::string& text, double weight) {
        for (const auto& stem : stems_of(words_of(text)))
            weights[stem] = std::max(weights[stem], weight);
    };
    add(tool.name, 3);
    add(tool.description, 2);
    for (const auto& [name, schema] : properties_of(tool)) {
        add(name, 1.5);
        add(schema.string_or("description"), 1);
        for (const auto& value : enum_of(schema))
            add(value, 2);
    }
    return weights;
}

bool in(std::string_view word, std::initializer_list<std::string_view> list)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool day_word(const std::string& lower)
{
    return in(lower,
        { "today", "tomorrow", "tonight", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday",
            "saturday", "sunday", "morning", "afternoon", "evening", "noon", "midnight", "january", "february", "march",
            "april", "june", "july", "august", "september", "october", "november", "december", "weekend", "week",
            "month" });
}

bool preposition(const std::string& lower)
{
    return in(
        lower, { "in", "for", "at", "of", "to", "from", "about", "with", "on", "near", "into", "named", "called" });
}

bool article(const std::string& lower)
{
    return in(lower, { "the", "a", "an", "my", "our", "your", "his", "her", "their", "this", "that" });
}

// Ends a phrase that began after a preposition.
bool boundary(const Word& word)
{
    return preposition(word.lower) || day_word(word.lower)
        || in(word.lower,
            { "and", "or", "is", "are", "was", "be", "please", "will", "can", "could", "would", "do", "does", "if", "i",
                "you", "we", "it", "now", "like", "right", "thanks", "thank" });
}

struct Property {
    std::string name;
    const Json* schema = nullptr;
    std::string type;
    Stems words; // Of its name and description.

    [[nodiscard]] bool says(std::initializer_list<std::string_view> any) const
    {
        return std::any_of(any.begin(), any.end(), [&](auto word) { return words.contains(stem_of(word)); });
    }
};

Property property_of(const std::string& name, const Json& schema)
{
    Property property { name, &schema, schema.string_or("type", "string"),
        stems_of(words_of(name + " . " + schema.string_or("description"))) };
    // "name", "id" and "number" are empty words elsewhere; here they say what is asked for.
    for (const auto& word : words_of(name))
        property.words.insert(word.stem);
    return property;
}

// What is being filled in: the words said, and which of them an argument has taken.
class Extraction {
public:
    Extraction(const Words& heard, const LmTool& tool)
        : heard_(heard)
        , numbers_(numbers_of(heard))
        , taken_(heard.size(), false)
    {
        for (const auto& text : { tool.name, tool.description }) {
            for (const auto& stem : stems_of(words_of(text)))
                tool_words_.insert(stem);
        }
    }

    std::optional<Json> value(const Property& property)
    {
        if (property.type == "boolean")
            return truth(property);
        if (property.type == "integer" || property.type == "number")
            return number(property);
        if (property.type == "array") {
            const Json* items = property.schema->find("items");
            Property item = property;
            item.schema = items != nullptr ? items : property.schema;
            item.type = item.schema->string_or("type", "string");
            auto one = value(item);
            return one ? std::optional<Json>(Json::Array { std::move(*one) }) : std::nullopt;
        }
        if (property.type == "object")
            return std::nullopt;
        if (property.schema->find("enum") != nullptr)
            return choice(property);
        if (property.schema->string_or("format").starts_with("date") || property.says({ "date", "day", "time" }))
            return day();
        if (property.says({ "number", "id", "identifier", "code", "pin", "account", "phone", "digits" })) {
            if (auto found = identifier(); found)
                return found;
        }
        return phrase(property);
    }

private:
    void take(std::size_t first, std::size_t last)
    {
        std::fill(taken_.begin() + static_cast<long>(first), taken_.begin() + static_cast<long>(last), true);
    }

    std::optional<Json> choice(const Property& property)
    {
        std::optional<std::string> best;
        std::size_t longest = 0;
        for (const auto& value : enum_of(*property.schema)) {
            const auto words = words_of(value);
            const auto at = find_phrase(heard_, words);
            if (at && words.size() > longest) {
                best = value;
                longest = words.size();
                take(*at, *at + words.size());
            }
        }
        return best ? std::optional<Json>(*best) : std::nullopt;
    }

    // The number whose neighbours say most about the property; otherwise the next one.
    std::optional<Json> number(const Property& property)
    {
        const SpokenNumber* best = nullptr;
        int closest = -1;
        for (const auto& number : numbers_) {
            if (taken_[number.first])
                continue;
            int near = 0;
            for (std::size_t i = number.first < 2 ? 0 : number.first - 2; i < std::min(number.last + 2, heard_.size());
                 ++i)
                near += property.words.contains(heard_[i].stem) ? 1 : 0;
            if (near > closest) {
                closest = near;
                best = &number;
            }
        }
        if (best == nullptr)
            return std::nullopt;
        take(best->first, best->last);
        if (best->value == std::floor(best->value))
            return Json(static_cast<std::int64_t>(best->value));
        return Json(best->value);
    }

    [[nodiscard]] std::optional<Json> truth(const Property& property) const
    {
        for (std::size_t i = 0; i < heard_.size(); ++i) {
            if (!property.words.contains(heard_[i].stem) || empty_word(heard_[i]) || about_tool(heard_[i]))
                continue;
            const bool denied = i > 0 && in(heard_[i - 1].lower, { "no", "not", "without" });
            const bool denied_before = i > 1 && in(heard_[i - 2].lower, { "no", "not", "without", "don't" });
            return Json(!denied && !denied_before);
        }
        return std::nullopt;
    }

    // "tomorrow morning", "next monday", "on the third of march", "at nine".
    std::optional<Json> day()
    {
        for (std::size_t i = 0; i < heard_.size(); ++i) {
            if (!day_word(heard_[i].lower) || taken_[i])
                continue;
            std::size_t first = i;
            std::size_t last = i + 1;
            while (last < heard_.size() && day_word(heard_[last].lower))
                ++last;
            if (first > 0 && in(heard_[first - 1].lower, { "next", "this", "last" }))
                --first;
            for (const auto& number : numbers_) {
                if (number.first == last)
                    last = number.last;
            }
            take(first, last);
            return Json(join(heard_, first, last));
        }
        for (const auto& number : numbers_) {
            if (number.first > 0 && heard_[number.first - 1].lower == "at" && !taken_[number.first]) {
                auto last = number.last;
                if (last < heard_.size() && in(heard_[last].lower, { "am", "pm", "o'clock" }))
                    ++last;
                take(number.first, last);
                return Json(join(heard_, number.first, last));
            }
        }
        return std::nullopt;
    }

    std::optional<Json> identifier()
    {
        if (auto digits = digits_of(heard_); !digits.empty())
            return Json(digits);
        for (const auto& number : numbers_) {
            if (taken_[number.first])
                continue;
            take(number.first, number.last);
            return Json(join(heard_, number.first, number.last));
        }
        for (std::size_t i = 0; i < heard_.size(); ++i) {
            const auto& w = heard_[i].written;
            if (!taken_[i] && std::any_of(w.begin(), w.end(), [](unsigned char c) { return std::isdigit(c); })) {
                take(i, i + 1);
                return Json(w);
            }
        }
        return std::nullopt;
    }

    struct Candidate {
        std::size_t first = 0;
        std::size_t last = 0;
        double score = 0;
    };

    // A name or a place: after a preposition, written with a capital, or what is left when all else is explained.
    std::optional<Json> phrase(const Property& property)
    {
        const bool place = property.says({ "city", "location", "place", "town", "country", "address", "destination",
            "region", "area", "state", "where", "street" });
        std::vector<Candidate> candidates;
        for (std::size_t i = 0; i + 1 < heard_.size(); ++i) {
            const auto& before = heard_[i].lower;
            const bool named = property.words.contains(heard_[i].stem) && !tool_words_.contains(heard_[i].stem);
            if (!preposition(before) && !named)
                continue;
            auto candidate = phrase_at(i + 1);
            candidate.score = named ? 2.5 : 2;
            if (place && in(before, { "in", "at", "near", "to", "for", "from" }))
                candidate.score += 1;
            if (property.says({ "origin", "departure", "from", "start", "source" }))
                candidate.score += before == "from" ? 2 : -1;
            else if (property.says({ "destination", "arrival", "to" }))
                candidate.score += before == "to" ? 2 : 0;
            if (in(before, { "of", "about", "with" }) && place)
                candidate.score -= 1;
            candidates.push_back(candidate);
        }
        for (std::size_t i = 0; i < heard_.size(); ++i) {
            // Only where a phrase begins: "new york", not "york".
            const bool begins
                = i == 0 || boundary(heard_[i - 1]) || empty_word(heard_[i - 1]) || about_tool(heard_[i - 1]);
            if (!begins || (i > 0 && preposition(heard_[i - 1].lower)))
                continue;
            auto candidate = phrase_at(i);
            candidate.score = 1;
            candidates.push_back(candidate);
        }
        const Candidate* best = nullptr;
        double highest = 0;
        for (auto& candidate : candidates) {
            if (!usable(candidate))
                continue;
            const bool capital = candidate.first > 0
                && std::isupper(static_cast<unsigned char>(heard_[candidate.first].written.front()));
            // Later phrases are more often what a request is about.
            const double score = candidate.score + (capital ? 1 : 0) + 0.01 * static_cast<double>(candidate.first);
            if (score > highest) {
                highest = score;
                best = &candidate;
            }
        }
        if (best == nullptr)
            return std::nullopt;
        take(best->first, best->last);
        return Json(place || property.says({ "name" }) ? as_name(*best) : join(heard_, best->first, best->last));
    }

    // The words from `first` on that belong together.
    [[nodiscard]] Candidate phrase_at(std::size_t first) const
    {
        constexpr std::size_t longest = 4;
        while (first < heard_.size() && article(heard_[first].lower))
            ++first;
        Candidate candidate { first, first, 0 };
        while (candidate.last < heard_.size() && candidate.last - first < longest && !boundary(heard_[candidate.last])
            && !taken_[candidate.last] && !about_tool(heard_[candidate.last]))
            ++candidate.last;
        while (candidate.last > first && empty_word(heard_[candidate.last - 1]))
            --candidate.last;
        return candidate;
    }

    [[nodiscard]] bool about_tool(const Word& word) const { return tool_words_.contains(word.stem); }

    [[nodiscard]] bool usable(const Candidate& candidate) const
    {
        if (candidate.first >= candidate.last)
            return false;
        return std::none_of(heard_.begin() + static_cast<long>(candidate.first),
            heard_.begin() + static_cast<long>(candidate.last), [](const Word& word) { return empty_word(word); });
    }

    // Recognisers write "new york"; names have capitals.
    [[nodiscard]] std::string as_name(const Candidate& candidate) const
    {
        std::string name;
        for (std::size_t i = candidate.first; i < candidate.last; ++i) {
            std::string word = heard_[i].written;
            word.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(word.front())));
            name += (name.empty() ? "" : " ") + word;
        }
        return name;
    }

    const Words& heard_;
    std::vector<SpokenNumber> numbers_;
    std::vector<bool> taken_;
    Stems tool_words_;
};

// Exact kinds first: what a date or a number took is no candidate for a name.
int order_of(const Property& property)
{
    if (property.schema->find("enum") != nullptr)
        return 0;
    if (property.type != "string")
        return 1;
    return property.says({ "date", "day", "time" }) ? 2 : 3;
}

} // namespace

double similarity(const Words& heard, const LmTool& tool, const std::vector<LmTool>& all)
{
    const auto said = stems_of(heard);
    double matched = 0;
    for (const auto& [stem, weight] : weights_of(tool)) {
        if (!said.contains(stem))
            continue;
        const auto sharing = std::count_if(
            all.begin(), all.end(), [&word = stem](const LmTool& other) { return weights_of(other).contains(word); });
        matched += sharing > 1 ? weight / static_cast<double>(sharing) : weight;
    }
    // One word of the description reaches one half.
    return matched / (matched + 2);
}

Arguments extract_arguments(const Words& heard, const LmTool& tool)
{
    std::vector<Property> properties;
    for (const auto& [name, schema] : properties_of(tool)) {
        if (schema.is_object())
            properties.push_back(property_of(name, schema));
    }
    std::stable_sort(properties.begin(), properties.end(),
        [](const Property& a, const Property& b) { return order_of(a) < order_of(b); });
    Extraction extraction(heard, tool);
    std::map<std::string, Json> found;
    for (const auto& property : properties) {
        if (auto value = extraction.value(property))
            found[property.name] = std::move(*value);
    }
    Arguments arguments;
    for (const auto& [name, schema] : properties_of(tool)) {
        if (found.contains(name))
            arguments.values[name] = std::move(found[name]);
    }
    if (const Json* required = tool.parameters.find("required"); required != nullptr && required->is_array()) {
        for (const auto& name : required->as_array()) {
            if (name.is_string() && arguments.values.find(name.as_string()) == nullptr)
                arguments.missing.push_back(name.as_string());
        }
    }
    return arguments;
}

} // namespace parley::offline
