#include "agent/gather.h"

#include "agent/step_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace parley::agent {

namespace {

template <typename T> std::optional<T> read_number(std::string_view text)
{
    T value {};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<std::int64_t> as_integer(double value)
{
    constexpr double exact = 9'007'199'254'740'992; // Beyond 2^53 doubles skip integers.
    if (value != std::floor(value) || std::abs(value) > exact)
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::optional<double> as_double(const Json& given)
{
    std::optional<double> number;
    if (given.is_number())
        number = given.as_number();
    else if (given.is_string())
        number = read_number<double>(given.as_string());
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> as_boolean(const Json& given)
{
    if (given.is_bool())
        return given.as_bool();
    if (!given.is_string())
        return std::nullopt;
    const auto& word = given.as_string();
    if (word == "true" || word == "yes")
        return true;
    if (word == "false" || word == "no")
        return false;
    return std::nullopt;
}

// The answer as the program's type; null: it is not of that type. Models write numbers as strings and strings as
// numbers; both are what was meant.
Json typed(const Json& given, AnswerType type)
{
    switch (type) {
    case AnswerType::string: return given.is_string() ? given : Json(given.dump());
    case AnswerType::integer: {
        const auto number = as_double(given);
        const auto whole = number ? as_integer(*number) : std::nullopt;
        return whole ? Json(*whole) : Json();
    }
    case AnswerType::number: {
        const auto number = as_double(given);
        if (!number || !given.is_string())
            return number ? given : Json();
        return Json(*number);
    }
    case AnswerType::boolean: {
        const auto flag = as_boolean(given);
        return flag ? Json(*flag) : Json();
    }
    }
    return {};
}

bool says_true(const Json* value)
{
    return value != nullptr
        && ((value->is_bool() && value->as_bool()) || (value->is_string() && value->as_string() == "true"));
}

} // namespace

std::vector<std::string> Gather::keys() const
{
    std::vector<std::string> keys;
    for (const auto& question : spec_->questions)
        keys.push_back(question.key);
    return keys;
}

void Gather::start(step::Commands& out)
{
    const auto count = spec_->questions.size();
    out.emplace_back(step::LogEvent { "gather_start", "Gather started (" + std::to_string(count) + " questions)",
        { { "output_key", spec_->output_key }, { "total_questions", count } } });
    if (!spec_->prompt.empty())
        out.emplace_back(step::ShowInstruction { spec_->prompt, step::Lasting::always });
    out.emplace_back(step::BeginSiblings {});
    if (!complete())
        ask(out);
}

void Gather::ask(step::Commands& out)
{
    const auto& asked = question();
    attempt_ = 0;
    out.emplace_back(step::LogEvent { "gather_question", "Asking question " + std::to_string(at_) + ": " + asked.key,
        { { "key", asked.key }, { "question_index", at_ }, { "question_type", to_string(asked.type) },
            { "requires_confirm", asked.confirm } } });
    out.emplace_back(step::HideQuestion {});
    if (at_ > 0 && (spec_->isolated || asked.isolated)) {
        out.emplace_back(step::HideSiblings {});
        siblings_hidden_ = true;
    } else if (siblings_hidden_) {
        out.emplace_back(step::ShowSiblings {});
        siblings_hidden_ = false;
    }
    out.emplace_back(step::ShowInstruction { question_instruction(*context_, asked), step::Lasting::question });
}

// The tool's result is not part of what the model sees, so it is told by an instruction.
void Gather::reject(const char* reason, std::string what, step::Commands& out)
{
    out.emplace_back(step::LogEvent { "gather_reject", "Question " + std::to_string(at_) + " not answered: " + reason,
        { { "key", question().key }, { "question_index", at_ }, { "attempt", attempt_ }, { "reason", reason } } });
    out.emplace_back(step::ToolResult { what, true });
    out.emplace_back(step::ShowInstruction { std::move(what), step::Lasting::question });
}

void Gather::submit(const Json::Object& arguments, step::Commands& out)
{
    const auto& asked = question();
    ++attempt_;
    const auto* given = arguments.find("answer");
    if (given == nullptr || given->is_null() || (given->is_string() && given->as_string().empty())) {
        reject("missing_answer", "The answer is missing: ask the user again, then call gather_submit with it.", out);
        return;
    }
    auto answer = typed(*given, asked.type);
    if (answer.is_null()) {
        reject("invalid_answer",
            "The answer must be of type " + std::string(to_string(asked.type)) + ": ask the user again.", out);
        return;
    }
    const bool confirmed = says_true(arguments.find("confirmed_by_user"));
    if (asked.confirm && !confirmed) {
        reject("confirmation_required",
            "The answer is not confirmed yet: read it back to the user and ask whether it is right. Then call "
            "gather_submit with confirmed_by_user \"true\".",
            out);
        return;
    }
    out.emplace_back(step::SetGlobalData { spec_->output_key, asked.key, std::move(answer) });
    out.emplace_back(step::LogEvent { "gather_answer", "Question " + std::to_string(at_) + " answered: " + asked.key,
        { { "key", asked.key }, { "question_index", at_ }, { "attempt", attempt_ }, { "confirmed", confirmed } } });
    out.emplace_back(step::ToolResult { "Noted.", false });
    ++at_;
    if (!complete()) {
        ask(out);
        return;
    }
    out.emplace_back(step::LogEvent { "gather_complete",
        "Gather complete (" + std::to_string(spec_->questions.size()) + " answered)",
        { { "output_key", spec_->output_key }, { "answered", spec_->questions.size() },
            { "completion_action", spec_->completion_action } } });
}

void Gather::close(step::Commands& out)
{
    out.emplace_back(step::HideQuestion {});
    if (siblings_hidden_)
        out.emplace_back(step::ShowSiblings {});
    siblings_hidden_ = false;
}

} // namespace parley::agent
