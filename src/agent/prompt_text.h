#pragma once

#include "agent/ai_spec.h"
#include "base/json.h"

#include <string>
#include <string_view>

// What is put to the model beside what the program wrote, and what a session begins with.
namespace parley::agent {

// Behind the prompt: which languages there are and how to change between them (`spoken`: the name of the current one,
// or its code where the recogniser decides), and the conscience. Empty, or begins with an empty line.
[[nodiscard]] std::string prompt_rules(const AiSpec&, std::string_view spoken);

// What an earlier session of the call left, under what this one brings, and who calls.
[[nodiscard]] Json::Object first_global_data(
    const AiSpec&, const Json::Object& kept, std::string_view caller_id_name, std::string_view caller_id_number);

} // namespace parley::agent
