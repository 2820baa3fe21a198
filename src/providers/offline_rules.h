#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

// The rule file of the offline model. YAML; the built-in one (`default_offline_rules_text`) documents it.
namespace parley {

// What to say when the last thing the user said contains one of the phrases.
struct OfflineRule {
    std::string name;
    std::vector<std::string> when; // Word sequences, compared by stems: "how are you".
    std::vector<std::string> say;  // Taken in turn.
    bool last = false;             // Applies also if it is the last thing that was said: "... no, stop".
    bool only = false;             // Applies only if hardly anything else was said; then it comes before any tool.
};

struct OfflineRules {
    std::vector<OfflineRule> rules;     // The first that matches answers.
    std::vector<std::string> greeting;  // Nobody has said anything yet.
    std::vector<std::string> fallback;  // Nothing matched.
    std::vector<std::string> silence;   // A system message asked to win the user's attention.
    std::vector<std::string> attention; // Words by which such a message is known.
    std::vector<std::string> summarise; // Words by which a request for a summary is known.
    std::string ask_argument;           // A tool fits, but a required argument was not said.
    std::string tool_failed;            // The tool's result was an error or empty.
    std::string fact;                   // How to mention what a system message said about the user.
    double tool_threshold = 0.5;        // Least similarity, 0 to 1, to call a tool.
};

// The error names line and key.
Result<OfflineRules> parse_offline_rules(std::string_view yaml);

// The built-in file.
[[nodiscard]] std::string_view default_offline_rules_text();
[[nodiscard]] const OfflineRules& default_offline_rules();

} // namespace parley
