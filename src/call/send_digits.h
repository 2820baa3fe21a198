#pragma once

#include "call/action.h"

#include <optional>
#include <string>
#include <string_view>

namespace parley {

// 0-9, *, #, A-D; `w` waits half a second, `W` a second.
[[nodiscard]] bool is_digits_to_send(std::string_view digits);

// One `calling.send_digits`: keys one by one, each after the last one was sent.
class SendDigits {
public:
    SendDigits(ControlId, std::string digits); // `is_digits_to_send`.

    void begin(Instant now, ActionOutputs& out);
    void on(const KeySent&, Instant now, ActionOutputs& out);
    void on(const KeyFailed&, Instant now, ActionOutputs& out);
    void handle_timeout(Instant now, ActionOutputs& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return wait_; }
    void stop(ActionOutputs& out); // A key that is being sent is sent to its end.

    [[nodiscard]] const ControlId& control_id() const { return control_id_; }
    [[nodiscard]] bool begun() const { return begun_; }
    [[nodiscard]] bool over() const { return over_; }

private:
    void go_on(Instant now, ActionOutputs& out);
    void end(ActionChanged::State, std::string message, ActionOutputs& out);

    ControlId control_id_;
    std::string digits_;
    std::size_t next_ = 0;
    bool begun_ = false;
    bool key_out_ = false; // `SendKey` was not answered.
    bool over_ = false;
    std::optional<Instant> wait_; // The end of a `w` or `W`.
};

} // namespace parley
