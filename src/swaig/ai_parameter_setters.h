#pragma once

#include "swaig/ai_parameter_table.h"

#include <optional>
#include <string>
#include <string_view>

// The parameters that are neither a number, a text nor a boolean alone. Each takes the value or refuses it, once.
namespace parley::swaig {

void set_model(const Given&, AiSpec&);
void set_conscience(const Given&, AiSpec&);
void set_convo(const Given&, AiSpec&);
void set_direction(const Given&, AiSpec&);
void set_time_zone(const Given&, AiSpec&);
void set_vad(const Given&, AiSpec&);
void set_turn_detection(const Given&, AiSpec&);
void set_text_normalization(const Given&, AiSpec&);
void set_number_format(const Given&, AiSpec&);
void set_barge(const Given&, AiSpec&);
void set_barge_match(const Given&, AiSpec&);
void set_acknowledge(const Given&, AiSpec&);
void set_noise(const Given&, AiSpec&);
void set_hard_stop(const Given&, AiSpec&);
void set_post_variables(const Given&, AiSpec&);
void set_debug(const Given&, AiSpec&);

// `^(\d+h)?(\d+m)?(\d+s)?$`, not empty, at most a day. Nothing: it is none.
[[nodiscard]] std::optional<Duration> parse_hard_stop(std::string_view);

[[nodiscard]] std::string lower(std::string_view); // ASCII

// Payloads and files are named by it, so only what is harmless there stays.
[[nodiscard]] std::string harmless_id(std::string_view);

} // namespace parley::swaig
