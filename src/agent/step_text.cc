#include "agent/step_text.h"

namespace parley::agent {

namespace {

constexpr std::string_view step_rules
    = "Never speak of steps or of what they are called. Ask for nothing that these instructions do not call for. When "
      "this is done, the conversation goes on: do not say goodbye because of it.";

// Texts one below the other with an empty line between them; empty ones do not count.
std::string paragraphs(std::initializer_list<std::string_view> texts)
{
    std::string all;
    for (const auto text : texts) {
        if (text.empty())
            continue;
        if (!all.empty())
            all += "\n\n";
        all += text;
    }
    return all;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string all;
    for (const auto& word : words)
        all += (all.empty() ? "" : ", ") + word;
    return all;
}

LmTool choice(
    std::string_view name, std::string_view description, std::string_view key, const std::vector<std::string>& targets)
{
    const Json::Array names(targets.begin(), targets.end());
    return { std::string(name), std::string(description),
        Json::Object { { "type", "object" },
            { "properties",
                Json::Object { { std::string(key), Json::Object { { "type", "string" }, { "enum", names } } } } },
            { "required", Json::Array { Json(key) } } } };
}

} // namespace

std::string_view to_string(AnswerType type)
{
    switch (type) {
    case AnswerType::string: return "string";
    case AnswerType::integer: return "integer";
    case AnswerType::number: return "number";
    case AnswerType::boolean: return "boolean";
    }
    return "unknown";
}

std::string step_instruction(const ContextSpec& context, const StepSpec& step, const std::vector<std::string>& gathered)
{
    const std::string now = step.text.empty() ? "" : "## What to do now\n" + step.text;
    const std::string criteria
        = step.criteria.empty() ? "" : "This is done only once the following holds:\n" + step.criteria;
    const std::string answers
        = gathered.empty() ? "" : "The user has answered already, do not ask again for: " + joined(gathered) + ".";
    return paragraphs({ context.prompt, now, now.empty() ? "" : step_rules, criteria, answers });
}

std::string question_instruction(const ContextSpec& context, const GatherQuestion& question)
{
    const std::string ask = "Ask the user: \"" + question.question + "\"";
    const std::string_view confirm = question.confirm
        ? "Then read the answer back and ask whether it is right. Submit it only with confirmed_by_user \"true\", and "
          "that only after the user has said so."
        : "";
    return paragraphs({ context.prompt, ask, confirm, "Call gather_submit as soon as you have the answer.",
        question.prompt, "Ask the user nothing else." });
}

LmTool next_step(const std::vector<std::string>& targets)
{
    return choice(next_step_tool,
        "Goes on with the conversation once the current instructions are carried out. Choose what fits best.", "step",
        targets);
}

LmTool change_context(const std::vector<std::string>& targets)
{
    return choice(change_context_tool, "Turns to another subject, when the user needs something that belongs there.",
        "context", targets);
}

LmTool gather_submit(const GatherQuestion& question)
{
    Json::Object properties { { "answer",
        Json::Object {
            { "type", to_string(question.type) }, { "description", "The user's answer to: " + question.question } } } };
    Json::Array required { Json("answer") };
    if (question.confirm) {
        properties["confirmed_by_user"]
            = Json::Object { { "type", "string" }, { "enum", Json::Array { Json("true"), Json("false") } },
                  { "description", "Whether the user has heard the answer again and said that it is right." } };
        required.emplace_back("confirmed_by_user");
    }
    return { std::string(gather_submit_tool), "Hands in the user's answer to the question that was asked.",
        Json::Object {
            { "type", "object" }, { "properties", std::move(properties) }, { "required", std::move(required) } } };
}

} // namespace parley::agent
