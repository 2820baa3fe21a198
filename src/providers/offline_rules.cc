#include "providers/offline_rules.h"

#include "base/json.h"
#include "base/yaml.h"

#include <algorithm>
#include <array>

namespace parley {
namespace {

constexpr std::size_t max_rules = 1'000;

// Reads members of one mapping and names line and key when one is wrong.
class Section {
public:
    Section(const YamlDocument& document, const Json& node, std::string path)
        : document_(document)
        , node_(node)
        , path_(std::move(path))
    {
    }

    [[nodiscard]] Error wrong(const std::string& key, const std::string& why) const
    {
        const std::string full = path_.empty() ? key : key.empty() ? path_ : path_ + "." + key;
        return { ErrorKind::invalid_request,
            "line " + std::to_string(document_.line_of(full)) + ": " + full + ": " + why };
    }

    Result<void> only_keys(std::initializer_list<std::string_view> known) const
    {
        if (!node_.is_object())
            return wrong("", "must be a mapping");
        for (const auto& [key, value] : node_.as_object()) {
            if (std::find(known.begin(), known.end(), key) == known.end())
                return wrong(key, "is not known");
        }
        return {};
    }

    Result<void> text(const std::string& key, std::string& out) const
    {
        const Json* found = node_.find(key);
        if (found == nullptr)
            return {};
        if (!found->is_string())
            return wrong(key, "must be a text");
        out = found->as_string();
        return {};
    }

    Result<void> flag(const std::string& key, bool& out) const
    {
        const Json* found = node_.find(key);
        if (found == nullptr)
            return {};
        if (!found->is_bool())
            return wrong(key, "must be true or false");
        out = found->as_bool();
        return {};
    }

    Result<void> texts(const std::string& key, std::vector<std::string>& out) const
    {
        const Json* found = node_.find(key);
        if (found == nullptr)
            return {};
        if (!found->is_array())
            return wrong(key, "must be a list of texts");
        for (const auto& element : found->as_array()) {
            if (!element.is_string() || element.as_string().empty())
                return wrong(key, "must be a list of texts that are not empty; quote words such as \"no\"");
            out.push_back(element.as_string());
        }
        return {};
    }

private:
    const YamlDocument& document_;
    const Json& node_;
    std::string path_;
};

Result<OfflineRule> parse_rule(const YamlDocument& document, const Json& node, const std::string& path)
{
    const Section section(document, node, path);
    OfflineRule rule;
    for (const auto& read : { section.only_keys({ "name", "when", "say", "only", "last" }) }) {
        if (!read)
            return read.error();
    }
    for (const auto& read : { section.text("name", rule.name), section.texts("when", rule.when),
             section.texts("say", rule.say), section.flag("only", rule.only), section.flag("last", rule.last) }) {
        if (!read)
            return read.error();
    }
    if (rule.when.empty() || rule.say.empty())
        return section.wrong("", "needs `when` and `say`");
    return rule;
}

} // namespace

Result<OfflineRules> parse_offline_rules(std::string_view yaml)
{
    auto document = parse_yaml(yaml);
    if (!document)
        return document.error();
    const Section section(*document, document->root, "");
    auto keys = section.only_keys({ "rules", "greeting", "fallback", "silence", "attention", "summarise",
        "ask_argument", "tool_failed", "fact", "tool_threshold" });
    if (!keys)
        return keys.error();
    OfflineRules parsed;
    for (const auto& read : { section.texts("greeting", parsed.greeting), section.texts("fallback", parsed.fallback),
             section.texts("silence", parsed.silence), section.texts("attention", parsed.attention),
             section.texts("summarise", parsed.summarise), section.text("ask_argument", parsed.ask_argument),
             section.text("tool_failed", parsed.tool_failed), section.text("fact", parsed.fact) }) {
        if (!read)
            return read.error();
    }
    if (parsed.greeting.empty() || parsed.fallback.empty())
        return section.wrong(parsed.greeting.empty() ? "greeting" : "fallback", "is missing");
    if (const Json* threshold = document->root.find("tool_threshold"); threshold != nullptr) {
        if (!threshold->is_number() || threshold->as_number() < 0 || threshold->as_number() > 1)
            return section.wrong("tool_threshold", "must be a number from 0 to 1");
        parsed.tool_threshold = threshold->as_number();
    }
    const Json* rules = document->root.find("rules");
    if (rules == nullptr)
        return parsed;
    if (!rules->is_array() || rules->as_array().size() > max_rules)
        return section.wrong("rules", "must be a list of at most " + std::to_string(max_rules) + " rules");
    for (std::size_t i = 0; i < rules->as_array().size(); ++i) {
        auto rule = parse_rule(*document, rules->as_array()[i], "rules[" + std::to_string(i) + "]");
        if (!rule)
            return rule.error();
        parsed.rules.push_back(std::move(*rule));
    }
    return parsed;
}

const OfflineRules& default_offline_rules()
{
    static const OfflineRules rules = [] {
        auto parsed = parse_offline_rules(default_offline_rules_text());
        VERIFY(parsed.has_value());
        return std::move(*parsed);
    }();
    return rules;
}

} // namespace parley
