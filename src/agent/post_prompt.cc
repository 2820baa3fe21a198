#include "agent/post_prompt.h"

#include <string_view>

namespace parley::agent {

namespace {

// The end of the object that opens at `at`, or npos. Braces within strings do not count.
std::size_t end_of_object(std::string_view text, std::size_t at)
{
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = at; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

std::string without_fences(std::string_view text)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const auto line = text.substr(0, end);
        if (!line.starts_with("```"))
            result.append(line).push_back('\n');
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    const std::size_t first = result.find_first_not_of(" \t\r\n");
    if (first == std::string::npos)
        return {};
    return result.substr(first, result.find_last_not_of(" \t\r\n") - first + 1);
}

} // namespace

PostPromptAnswer read_post_prompt(std::string raw)
{
    constexpr std::size_t max_objects = 64;
    PostPromptAnswer answer;
    std::string rest;
    std::size_t at = 0;
    while (at < raw.size()) {
        const std::size_t open = raw.find('{', at);
        if (open == std::string::npos || answer.parsed.size() == max_objects)
            break;
        rest.append(raw, at, open - at);
        const std::size_t end = end_of_object(raw, open);
        if (end == std::string::npos) {
            at = open;
            break;
        }
        if (auto object = Json::parse(std::string_view(raw).substr(open, end - open))) {
            answer.parsed.push_back(std::move(*object));
            at = end;
        } else {
            rest += '{';
            at = open + 1;
        }
    }
    rest.append(raw, at, std::string::npos);
    answer.substituted = without_fences(rest);
    answer.raw = std::move(raw);
    return answer;
}

} // namespace parley::agent
