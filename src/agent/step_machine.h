#pragma once

#include "agent/contexts_spec.h"
#include "agent/gather.h"
#include "agent/step_commands.h"
#include "speech/language_model.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Where the conversation is, in contexts, steps and questions, and where it may go from there. Decides what the model
// is told, which tools it has, and what each move does. Knows no time, no history and no variables: the session has
// those.
namespace parley::agent {

class StepMachine {
public:
    // Who moves. The words are those of the logs.
    enum class Trigger : std::uint8_t {
        start,
        ai_function,     // The model, by a tool. Only this one is bound to valid_steps and valid_contexts.
        webhook_action,  // An action of a function.
        auto_advance,    // The step itself: skip_to_next_step.
        gather_complete, // The last question was answered.
        hold,            // A hold ended.
    };

    struct Place {
        std::string context; // "": there are none.
        std::string step;    // "": the steps are over, or the context has none.
        std::optional<std::size_t> step_index;

        friend bool operator==(const Place&, const Place&) = default;
    };

    explicit StepMachine(ContextsSpec);
    StepMachine(const StepMachine&) = delete; // Gather points into the contexts.
    StepMachine& operator=(const StepMachine&) = delete;
    StepMachine(StepMachine&&) = default;
    StepMachine& operator=(StepMachine&&) = default;

    // ---- What can happen ----

    void start(step::Commands& out); // Once, before everything else. Nothing without contexts.

    // The model called one of our tools. Answers with exactly one ToolResult.
    void call(std::string_view tool, const Json::Object& arguments, step::Commands& out);

    // "next" is a step, too. False, and logged: there is none of that name.
    bool change_step(std::string_view name, Trigger, step::Commands& out);
    bool change_context(std::string_view name, Trigger, step::Commands& out);

    // All of the model's reply was spoken, and the user has not taken the floor.
    void reply_ended(step::Commands& out);

    // A new conversation, asked for by an action. The place stays; its instruction is part of the new conversation.
    void switch_context(const ContextReset&, step::Commands& out);

    // The instruction of this place once more, for a model that has forgotten it.
    void show_again(step::Commands& out);

    // ---- What is so now ----

    [[nodiscard]] bool empty() const { return spec_.contexts.empty(); }
    [[nodiscard]] Place place() const;
    [[nodiscard]] std::vector<LmTool> tools() const; // Those of ours that the model has now.
    [[nodiscard]] bool owns(std::string_view tool) const;

    // Whether a function of the program may be called now. Those that the platform needs always are.
    [[nodiscard]] bool active(std::string_view function) const;
    [[nodiscard]] static bool is_protected(std::string_view function);

    [[nodiscard]] bool gathering() const
    {
        return gather_.has_value();
    }                                                             // The model has no tool that is not named here.
    [[nodiscard]] std::optional<std::string> post_prompt() const; // Of the context; unset: the agent's.

private:
    // Moves within or between contexts.
    void enter_step(std::size_t step, Trigger, step::Commands& out);
    void enter_context(std::size_t context, Trigger, step::Commands& out);
    void leave(step::Commands& out);
    void arrive(std::optional<ContextReset> reset, step::Commands& out);
    void show_step(step::Commands& out);
    void end_steps(step::Commands& out);

    void next_step_called(const Json::Object& arguments, step::Commands& out);
    void change_context_called(const Json::Object& arguments, step::Commands& out);
    void gather_submit_called(const Json::Object& arguments, step::Commands& out);
    void gather_over(step::Commands& out);
    void step_refused(std::string_view target, Trigger, std::string what, step::Commands& out) const;
    void context_refused(std::string_view target, Trigger, std::string what, step::Commands& out) const;

    [[nodiscard]] const ContextSpec& context() const { return spec_.contexts[context_]; }
    [[nodiscard]] const StepSpec* step() const { return step_ ? &context().steps[*step_] : nullptr; }
    [[nodiscard]] std::optional<std::size_t> find_context(std::string_view name) const;
    [[nodiscard]] std::optional<std::size_t> find_step(std::string_view name) const; // Of the context; "next", too.
    [[nodiscard]] std::optional<std::size_t> following() const;
    [[nodiscard]] std::vector<std::string> step_targets() const;
    [[nodiscard]] std::vector<std::string> context_targets() const;

    ContextsSpec spec_;

    std::size_t context_ = 0;
    std::optional<std::size_t> step_; // Unset: outside of steps.
    bool ended_ = false;              // By `end`: the context's valid lists count no more.
    std::optional<Gather> gather_;
    std::optional<std::vector<std::string>> functions_; // As the last step that named some left it. Unset: all.
};

[[nodiscard]] std::string_view to_string(StepMachine::Trigger);

} // namespace parley::agent
