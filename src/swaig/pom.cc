#include "swaig/pom.h"

#include "swaig/coerce.h"

namespace parley::swaig {

namespace {

Result<bool> render_sections(const Json& sections, const std::string& path, int level, std::string& out);

bool flag(const Json& section, std::string_view key)
{
    const auto* value = section.find(key);
    return value != nullptr && to_bool(*value).value_or(false);
}

Result<bool> render_section(
    const Json& section, const std::string& path, int level, std::size_t number, std::string& out)
{
    if (!section.is_object())
        return Error { ErrorKind::invalid_request, path + ": must be an object" };
    const auto title = section.string_or("title");
    if (!title.empty()) {
        out += "\n" + std::string(static_cast<std::size_t>(level) + 1, '#') + " ";
        out += (flag(section, "numbered") ? std::to_string(number) + ". " : "") + title + "\n";
    }
    if (const auto body = section.string_or("body"); !body.empty())
        out += "\n" + body + "\n";
    if (const auto* bullets = section.find("bullets"); bullets != nullptr && bullets->is_array()) {
        out += "\n";
        std::size_t count = 0;
        for (const auto& bullet : bullets->as_array()) {
            ++count;
            out += flag(section, "numberedBullets") ? std::to_string(count) + ". " : "- ";
            out += to_text(bullet).value_or("") + "\n";
        }
    }
    const auto* subsections = section.find("subsections");
    if (subsections == nullptr || subsections->is_null())
        return true;
    return render_sections(*subsections, path + ".subsections", level + 1, out);
}

Result<bool> render_sections(const Json& sections, const std::string& path, int level, std::string& out)
{
    if (!sections.is_array())
        return Error { ErrorKind::invalid_request, path + ": must be an array" };
    for (std::size_t i = 0; i < sections.as_array().size(); ++i) {
        auto rendered = render_section(sections.as_array()[i], path + "[" + std::to_string(i) + "]", level, i + 1, out);
        if (!rendered)
            return rendered;
    }
    return true;
}

} // namespace

Result<std::string> render_pom(const Json& pom)
{
    std::string text;
    auto rendered = render_sections(pom, ".pom", 1, text); // Depth is bounded by `Json::max_depth`.
    if (!rendered)
        return std::move(rendered.error());
    return text;
}

} // namespace parley::swaig
