#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What `prompt.contexts` and `prompt.steps` ask for, complete: a conversation cut into contexts, contexts into steps,
// and steps that ask one question after the other. Plain values; StepMachine says what they do.
namespace parley {

// Phrases by language: `code` is literal, or "auto" (translated into the current language), or "default".
struct FillerTexts {
    std::string code;
    std::vector<std::string> texts;

    friend bool operator==(const FillerTexts&, const FillerTexts&) = default;
};
using FillerMap = std::vector<FillerTexts>;

// What is left of the conversation for the model when a step is entered. Logs keep everything.
enum class StepHistory : std::uint8_t {
    keep,     // Everything.
    dialogue, // "default": what was said; the instructions of earlier steps are hidden.
    hide,     // Neither; the new step may quote what was before as ${step_history.prev.summary}.
};

// A new conversation within the session, as the action `context_switch` makes one.
struct ContextReset {
    std::string system_prompt; // "": none.
    std::string user_prompt;   // "": none; else answered at once.
    bool consolidate = false;  // The new prompt tells what was said so far, in short.
    bool full_reset = false;   // The old system prompt goes, too.

    // Else it is only a word in the user's name, and what was said stays.
    [[nodiscard]] bool starts_anew() const { return !system_prompt.empty() || consolidate || full_reset; }
    friend bool operator==(const ContextReset&, const ContextReset&) = default;
};

enum class AnswerType : std::uint8_t { string, integer, number, boolean };

struct GatherQuestion {
    std::string key;
    std::string question;
    AnswerType type = AnswerType::string;
    bool confirm = false;               // The user hears the answer again and agrees before it counts.
    std::string prompt;                 // More for the model to know; "": nothing.
    std::vector<std::string> functions; // Offered beside `gather_submit` while this is asked.
    bool isolated = false;              // The model does not see the other questions and their answers.

    friend bool operator==(const GatherQuestion&, const GatherQuestion&) = default;
};

struct GatherSpec {
    std::string prompt;            // Stays in the history from the first question on; "": none.
    std::string output_key;        // Answers go to global_data[output_key][key]; "": to global_data[key].
    std::string completion_action; // "next_step", a step of the context, or "": the step goes on as a normal one.
    bool isolated = false;         // Each of the questions is.
    std::vector<GatherQuestion> questions; // Never empty.

    friend bool operator==(const GatherSpec&, const GatherSpec&) = default;
};

struct StepSpec {
    std::string name;
    std::string text; // Unexpanded: variables have the values of the moment in which the step is entered.
    std::string criteria;
    std::optional<std::vector<std::string>> functions;   // Unset: as in the step before. Empty: no tool of the user's.
    std::optional<std::vector<std::string>> valid_steps; // Unset: the context's. Empty: none. "next" is one.
    std::optional<std::vector<std::string>> valid_contexts; // Unset: the context's. Empty: none.
    std::optional<StepHistory> history;                     // Unset: the context's.
    bool skip_user_turn = false;                            // The model goes on at once, without a word of the user.
    bool skip_to_next_step = false; // When the reply of this step was spoken, the next one begins.
    bool end = false;               // Then the steps are over; the conversation is not.
    std::optional<ContextReset> reset;
    std::optional<GatherSpec> gather;

    friend bool operator==(const StepSpec&, const StepSpec&) = default;
};

struct ContextSpec {
    std::string name;
    std::vector<StepSpec> steps; // In order; names are unique. May be empty: a context that is only a prompt.
    std::string initial_step;    // "": the first.
    std::string prompt;          // Stands before the instructions of each of its steps. Unexpanded.
    bool isolated = false;       // Who enters knows the system prompt and nothing that was said.
    StepHistory history = StepHistory::dialogue;
    FillerMap enter_fillers;
    FillerMap exit_fillers;
    std::optional<std::vector<std::string>> valid_contexts; // Unset: none.
    std::optional<std::vector<std::string>> valid_steps;    // Unset: the next step.
    std::optional<ContextReset> reset;      // On entry; set too when it has a `system_prompt` of its own.
    std::optional<std::string> post_prompt; // Instead of the agent's, while this context is active.

    friend bool operator==(const ContextSpec&, const ContextSpec&) = default;
};

struct ContextsSpec {
    std::vector<ContextSpec>
        contexts; // In the order of the program; the session starts in `default`, else in the first.

    [[nodiscard]] bool empty() const { return contexts.empty(); }
    friend bool operator==(const ContextsSpec&, const ContextsSpec&) = default;
};

} // namespace parley
