#pragma once

#include "agent/step_machine.h"
#include "agent/step_text.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

// A StepMachine without a session: what it asks for after each event.
namespace parley::agent {

inline StepSpec step_named(std::string name, std::string text = "")
{
    StepSpec spec;
    spec.name = std::move(name);
    spec.text = text.empty() ? "Text of " + spec.name + "." : std::move(text);
    return spec;
}

inline ContextSpec context_named(std::string name, std::vector<StepSpec> steps)
{
    ContextSpec spec;
    spec.name = std::move(name);
    spec.steps = std::move(steps);
    return spec;
}

class StepScript {
public:
    explicit StepScript(ContextsSpec spec)
        : machine_(std::move(spec))
    {
        machine_.start(out_);
    }
    explicit StepScript(std::vector<StepSpec> steps)
        : StepScript(ContextsSpec { { context_named("default", std::move(steps)) } })
    {
    }

    // Each event forgets what the one before it asked for.
    StepScript& call(std::string_view tool, Json::Object arguments)
    {
        out_.clear();
        machine_.call(tool, arguments, out_);
        EXPECT_EQ(all<step::ToolResult>().size(), 1U);
        return *this;
    }
    StepScript& next_step(const char* name) { return call(next_step_tool, { { "step", name } }); }
    StepScript& change_context(const char* name) { return call(change_context_tool, { { "context", name } }); }
    StepScript& submit(Json::Object arguments) { return call(gather_submit_tool, std::move(arguments)); }
    StepScript& action_step(const char* name)
    {
        out_.clear();
        machine_.change_step(name, StepMachine::Trigger::webhook_action, out_);
        return *this;
    }
    StepScript& action_context(const char* name)
    {
        out_.clear();
        machine_.change_context(name, StepMachine::Trigger::webhook_action, out_);
        return *this;
    }
    StepScript& reply_ended()
    {
        out_.clear();
        machine_.reply_ended(out_);
        return *this;
    }
    StepScript& switch_context(const ContextReset& reset)
    {
        out_.clear();
        machine_.switch_context(reset, out_);
        return *this;
    }

    template <typename T> [[nodiscard]] std::vector<T> all() const
    {
        std::vector<T> found;
        for (const auto& command : out_) {
            if (const auto* one = std::get_if<T>(&command))
                found.push_back(*one);
        }
        return found;
    }
    template <typename T> [[nodiscard]] bool has() const { return !all<T>().empty(); }

    // "step_change{...}" of each event, without its text for people.
    [[nodiscard]] std::vector<std::string> events() const
    {
        std::vector<std::string> lines;
        for (const auto& event : all<step::LogEvent>())
            lines.push_back(event.action + Json(event.metadata).dump());
        return lines;
    }
    [[nodiscard]] std::string shown() const // The instruction that was shown last.
    {
        const auto instructions = all<step::ShowInstruction>();
        return instructions.empty() ? "" : instructions.back().text;
    }
    [[nodiscard]] std::string where() const { return machine_.place().context + "/" + machine_.place().step; }
    [[nodiscard]] std::vector<std::string> choices(std::string_view tool) const // The enum of one of our tools.
    {
        std::vector<std::string> names;
        for (const auto& offered : machine_.tools()) {
            if (offered.name != tool)
                continue;
            for (const auto& [key, schema] : offered.parameters.find("properties")->as_object()) {
                for (const auto& name : schema.find("enum")->as_array())
                    names.push_back(name.as_string());
            }
        }
        return names;
    }
    [[nodiscard]] const StepMachine& machine() const { return machine_; }
    [[nodiscard]] const step::Commands& commands() const { return out_; }

private:
    StepMachine machine_;
    step::Commands out_;
};

} // namespace parley::agent
