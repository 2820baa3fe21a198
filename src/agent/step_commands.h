#pragma once

#include "agent/contexts_spec.h"
#include "base/json.h"

#include <string>
#include <variant>
#include <vector>

// What StepMachine and Gather ask of the session, in the order in which it is to happen. Texts are unexpanded: the
// session fills in the variables at the moment it carries a command out.
namespace parley::agent::step {

// How long an instruction is part of what the model sees.
enum class Lasting : std::uint8_t {
    always,   // As long as the conversation around it.
    step,     // Until HideInstructions.
    question, // Until HideQuestion or HideInstructions.
};

struct ShowInstruction { // A system message.
    std::string text;
    Lasting lasting = Lasting::step;

    friend bool operator==(const ShowInstruction&, const ShowInstruction&) = default;
};
struct HideInstructions { // Of earlier steps.
    friend bool operator==(const HideInstructions&, const HideInstructions&) = default;
};
struct HideQuestion { // The instruction of the question before.
    friend bool operator==(const HideQuestion&, const HideQuestion&) = default;
};
struct HideDialogue { // Everything that was said and done so far.
    friend bool operator==(const HideDialogue&, const HideDialogue&) = default;
};

// The dialogue since BeginSiblings: that about the other questions of a gathering.
struct BeginSiblings {
    friend bool operator==(const BeginSiblings&, const BeginSiblings&) = default;
};
struct HideSiblings {
    friend bool operator==(const HideSiblings&, const HideSiblings&) = default;
};
struct ShowSiblings {
    friend bool operator==(const ShowSiblings&, const ShowSiblings&) = default;
};

struct IsolateHistory { // Nothing stays but the system prompt.
    friend bool operator==(const IsolateHistory&, const IsolateHistory&) = default;
};
struct SwitchContext { // A new conversation.
    ContextReset reset;

    friend bool operator==(const SwitchContext&, const SwitchContext&) = default;
};

// The step is over; what was said in it is what `step_history` tells of it.
struct LeaveStep {
    std::string name;

    friend bool operator==(const LeaveStep&, const LeaveStep&) = default;
};

struct SayFiller {
    FillerMap texts;

    friend bool operator==(const SayFiller&, const SayFiller&) = default;
};

struct LogEvent { // Of the report's `system-log`.
    std::string action;
    std::string content;
    Json::Object metadata;

    friend bool operator==(const LogEvent&, const LogEvent&) = default;
};

struct SetGlobalData { // global_data[group][key]; without a group global_data[key].
    std::string group;
    std::string key;
    Json value;

    friend bool operator==(const SetGlobalData&, const SetGlobalData&) = default;
};

struct RunModel { // The model goes on without a word of the user.
    friend bool operator==(const RunModel&, const RunModel&) = default;
};

// The answer to a call of next_step, change_context or gather_submit; exactly one.
struct ToolResult {
    std::string text;
    bool rejected = false;

    friend bool operator==(const ToolResult&, const ToolResult&) = default;
};

struct Warn { // Something of the program leads nowhere.
    std::string what;

    friend bool operator==(const Warn&, const Warn&) = default;
};

using Command = std::variant<ShowInstruction, HideInstructions, HideQuestion, HideDialogue, BeginSiblings, HideSiblings,
    ShowSiblings, IsolateHistory, SwitchContext, LeaveStep, SayFiller, LogEvent, SetGlobalData, RunModel, ToolResult,
    Warn>;
using Commands = std::vector<Command>;

} // namespace parley::agent::step
