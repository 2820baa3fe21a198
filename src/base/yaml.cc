#include "base/yaml.h"

#include <yaml-cpp/yaml.h>

#include <charconv>

namespace parley {

namespace {

struct TooManyNodes { };

class Converter {
public:
    explicit Converter(YamlDocument& document)
        : document_(document)
    {
    }

    Json convert(const YAML::Node& node, const std::string& path, std::size_t depth)
    {
        if (++count_ > yaml_max_nodes || depth > Json::max_depth)
            throw TooManyNodes {};
        document_.lines.emplace_back(path, node.Mark().line + 1);
        switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null: return {};
        case YAML::NodeType::Scalar: return scalar(node);
        case YAML::NodeType::Sequence: {
            Json::Array array;
            for (std::size_t i = 0; i < node.size(); ++i)
                array.push_back(convert(node[i], path + "[" + std::to_string(i) + "]", depth + 1));
            return array;
        }
        case YAML::NodeType::Map: {
            Json::Object object;
            for (const auto& pair : node) {
                const std::string key = pair.first.as<std::string>();
                object[key] = convert(pair.second, path.empty() ? key : path + "." + key, depth + 1);
            }
            return object;
        }
        }
        return {};
    }

private:
    static Json scalar(const YAML::Node& node)
    {
        const std::string& text = node.Scalar();
        if (node.Tag() == "!") // Quoted: a string whatever it looks like.
            return text;
        if (text == "true" || text == "True" || text == "TRUE")
            return true;
        if (text == "false" || text == "False" || text == "FALSE")
            return false;
        if (text == "~" || text == "null" || text == "Null" || text == "NULL" || text.empty())
            return {};
        std::int64_t integer = 0;
        const char* end = text.data() + text.size();
        if (const auto [at, error] = std::from_chars(text.data(), end, integer); error == std::errc() && at == end)
            return integer;
        double number = 0;
        if (const auto [at, error] = std::from_chars(text.data(), end, number); error == std::errc() && at == end)
            return number;
        return text;
    }

    YamlDocument& document_;
    std::size_t count_ = 0;
};

} // namespace

int YamlDocument::line_of(std::string_view path) const
{
    for (const auto& [known, line] : lines)
        if (known == path)
            return line;
    return 0;
}

Result<YamlDocument> parse_yaml(std::string_view text)
{
    try {
        YamlDocument document;
        document.root = Converter(document).convert(YAML::Load(std::string(text)), "", 0);
        return document;
    } catch (const YAML::Exception& e) {
        return Error { ErrorKind::invalid_request,
            "line " + std::to_string(e.mark.line + 1) + ", column " + std::to_string(e.mark.column + 1) + ": "
                + e.msg };
    } catch (const TooManyNodes&) {
        return Error { ErrorKind::invalid_request,
            "more than " + std::to_string(yaml_max_nodes) + " values, or nested too deep" };
    }
}

} // namespace parley
