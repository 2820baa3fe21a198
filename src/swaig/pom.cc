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

// ---- XML -----------------------------------------------------------------------------------------------------------

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else
            out += c;
    }
    return out;
}

void element(std::string& out, std::size_t depth, std::string_view name, std::string_view text)
{
    out += std::string(depth * 2, ' ') + "<" + std::string(name) + ">" + escaped(text) + "</" + std::string(name)
        + ">\n";
}

Result<bool> xml_sections(const Json& sections, const std::string& path, std::size_t depth, std::string& out)
{
    if (!sections.is_array())
        return Error { ErrorKind::invalid_request, path + ": must be an array" };
    const std::string indent(depth * 2, ' ');
    for (std::size_t i = 0; i < sections.as_array().size(); ++i) {
        const auto& section = sections.as_array()[i];
        const auto here = path + "[" + std::to_string(i) + "]";
        if (!section.is_object())
            return Error { ErrorKind::invalid_request, here + ": must be an object" };
        out += indent + "<section>\n";
        if (const auto title = section.string_or("title"); !title.empty())
            element(out, depth + 1, "title", (flag(section, "numbered") ? std::to_string(i + 1) + ". " : "") + title);
        if (const auto body = section.string_or("body"); !body.empty())
            element(out, depth + 1, "body", body);
        if (const auto* bullets = section.find("bullets"); bullets != nullptr && bullets->is_array()) {
            out += indent + "  <bullets>\n";
            std::size_t count = 0;
            for (const auto& bullet : bullets->as_array()) {
                ++count;
                element(out, depth + 2, "bullet",
                    (flag(section, "numberedBullets") ? std::to_string(count) + ". " : "")
                        + to_text(bullet).value_or(""));
            }
            out += indent + "  </bullets>\n";
        }
        if (const auto* below = section.find("subsections"); below != nullptr && !below->is_null()) {
            auto rendered = xml_sections(*below, here + ".subsections", depth + 1, out);
            if (!rendered)
                return rendered;
        }
        out += indent + "</section>\n";
    }
    return true;
}

} // namespace

Result<std::string> render_pom(const Json& pom, PomFormat format)
{
    std::string text;
    auto rendered = format == PomFormat::xml // Depth is bounded by `Json::max_depth`.
        ? xml_sections(pom, ".pom", 0, text)
        : render_sections(pom, ".pom", 1, text);
    if (!rendered)
        return std::move(rendered.error());
    return text;
}

} // namespace parley::swaig
