#include "call/send_digits.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

std::optional<Duration> wait_of(char digit)
{
    switch (digit) {
    case 'w': return 500ms;
    case 'W': return 1s;
    default: return std::nullopt;
    }
}

} // namespace

bool is_digits_to_send(std::string_view digits)
{
    return !digits.empty() && std::ranges::all_of(digits, [](char c) {
        return std::string_view("0123456789*#ABCDwW").find(c) != std::string_view::npos;
    });
}

SendDigits::SendDigits(ControlId control_id, std::string digits)
    : control_id_(std::move(control_id))
    , digits_(std::move(digits))
{
}

void SendDigits::begin(Instant now, ActionOutputs& out)
{
    begun_ = true;
    go_on(now, out);
}

void SendDigits::go_on(Instant now, ActionOutputs& out)
{
    Duration wait {};
    while (next_ < digits_.size() && wait_of(digits_[next_]))
        wait += *wait_of(digits_[next_++]);
    if (wait > 0ms) {
        wait_ = now + wait;
    } else if (next_ < digits_.size()) {
        key_out_ = true;
        out.emplace_back(SendKey { digits_[next_++] });
    } else {
        end(ActionChanged::State::finished, "", out);
    }
}

void SendDigits::on(const KeySent&, Instant now, ActionOutputs& out)
{
    if (!over_ && std::exchange(key_out_, false))
        go_on(now, out);
}

void SendDigits::on(const KeyFailed& e, Instant, ActionOutputs& out)
{
    if (!over_ && std::exchange(key_out_, false))
        end(ActionChanged::State::error, e.error.what, out);
}

void SendDigits::handle_timeout(Instant now, ActionOutputs& out)
{
    if (!wait_ || *wait_ > now)
        return;
    const Instant due = *std::exchange(wait_, std::nullopt);
    go_on(due, out);
}

void SendDigits::stop(ActionOutputs& out)
{
    if (!over_)
        end(ActionChanged::State::finished, "", out);
}

void SendDigits::end(ActionChanged::State state, std::string message, ActionOutputs& out)
{
    over_ = true;
    wait_.reset();
    out.emplace_back(ActionChanged { ActionChanged::Kind::send_digits, control_id_, state, std::move(message) });
}

} // namespace parley
