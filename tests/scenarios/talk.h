#pragma once

#include "agent/ai_session.h"
#include "base/result.h"
#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A conversation as a text file: who says what when, how the model, the voice and the tools behave, what must happen at
// which time, and what the log holds at the end. Grammar: README.md.
namespace parley::talk {

struct ModelAnswer {
    Duration after {};
    Duration per_word {}; // 0: all at once.
    std::string text;
    std::vector<ToolCall> calls;
    bool fails = false;
};

struct ToolAnswer {
    Duration after {};
    std::string name;
    std::string response;
    std::vector<ToolAction> actions;
    std::string tool_prompt;
    bool fails = false;
};

// The caller says something, or makes a sound without words.
struct CallerSpeaks {
    std::string words; // "": a sound.
    Duration lasts {};
    std::optional<Duration> heard_after; // Of these words alone.
};

struct Step {
    Duration at {};
    std::variant<CallerSpeaks, agent::Event> what;
};

struct Expectation {
    Duration at {};
    std::string what; // As the trace says it.
    int line = 0;
};

struct Talk {
    std::string name;
    AiSpec spec;
    Duration recogniser = 300ms; // From the end of speech to its words.
    bool interim = false;        // Each word comes as it is spoken, too.
    Duration first_sound = 150ms;
    Duration per_word = 200ms;
    bool word_times = true;
    Json::Object ai; // The `ai` lines so far.
    std::vector<ModelAnswer> model;
    std::vector<ModelAnswer> asides;          // What is asked beside the conversation; then: "A summary."
    std::vector<agent::FetchedTools> fetched; // What includes and MCP servers have.
    std::string earlier;                      // The saved conversation.
    std::vector<ToolAnswer> tools;
    std::vector<Step> steps;
    std::vector<Expectation> expectations;
    std::vector<std::string> log;
};

// The error names the line.
Result<Talk> parse_talk(std::string name, std::string_view text);
Result<Talk> load_talk(const std::string& path);
std::vector<std::string> all_talks(); // Paths, sorted.

// A row as the `log:` section writes it.
std::string row_text(const agent::AppendMessage&);

} // namespace parley::talk
