#pragma once

#include "agent/contexts_spec.h"
#include "speech/language_model.h"

#include <string>
#include <string_view>
#include <vector>

// What the model is told about steps, contexts and questions: instructions and the tools by which it moves on.
namespace parley::agent {

inline constexpr std::string_view next_step_tool = "next_step";
inline constexpr std::string_view change_context_tool = "change_context";
inline constexpr std::string_view gather_submit_tool = "gather_submit";

// Unexpanded. `gathered`: keys of the answers that the step has collected before it goes on as a normal one.
[[nodiscard]] std::string step_instruction(
    const ContextSpec&, const StepSpec&, const std::vector<std::string>& gathered = {});
[[nodiscard]] std::string question_instruction(const ContextSpec&, const GatherQuestion&);

[[nodiscard]] LmTool next_step(const std::vector<std::string>& targets);
[[nodiscard]] LmTool change_context(const std::vector<std::string>& targets);
[[nodiscard]] LmTool gather_submit(const GatherQuestion&);

[[nodiscard]] std::string_view to_string(AnswerType);

} // namespace parley::agent
