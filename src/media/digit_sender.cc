#include "media/digit_sender.h"

#include <algorithm>
#include <utility>

namespace parley::media {

namespace {

constexpr int ends = 3;                           // RFC 4733 2.5.1.4
constexpr std::uint32_t longest_segment = 0xffff; // 2.5.1.3
constexpr std::int64_t million = 1'000'000;

std::uint32_t ticks(Duration length, int rate)
{
    return static_cast<std::uint32_t>(length.count() * rate / million);
}

} // namespace

bool DigitSender::send(std::span<const DigitStep> steps)
{
    const bool keys = std::ranges::all_of(steps, [](const auto& step) { return !step.key || key_to_event(*step.key); });
    if (!keys || steps.empty() || steps_.size() + steps.size() > max_steps)
        return false;
    for (const DigitStep& step : steps) {
        const Duration length = step.key ? std::clamp(step.length, shortest_key, longest_key)
                                         : std::clamp(step.length, Duration(0), longest_pause);
        steps_.push_back({ step.key, length, &step == &steps.back() });
    }
    return true;
}

bool DigitSender::takes_the_line() const
{
    return !steps_.empty() && steps_.front().key;
}

int DigitSender::take_finished()
{
    return std::exchange(finished_, 0);
}

void DigitSender::finish()
{
    finished_ += steps_.front().last_of_batch ? 1 : 0;
    steps_.pop_front();
}

// RFC 4733 2.5.1: all packets of a key carry the time of its beginning and how long it has been down; the last one is
// sent three times.
std::optional<DigitSender::Packet> DigitSender::next_packet(Duration length, std::uint32_t timestamp, int clock_rate)
{
    Step& step = steps_.front();
    if (step.ends_sent >= ends) {
        step.silent += length;
        if (step.silent >= between_keys)
            finish();
        return std::nullopt;
    }
    Packet packet;
    packet.event.event = *key_to_event(*step.key);
    if (step.elapsed == Duration(0)) {
        step.began = timestamp;
        packet.marker = true;
    }
    step.elapsed = std::min(step.elapsed + length, step.length);
    if (step.segment_told) {
        step.began += longest_segment;
        step.told += longest_segment;
        step.segment_told = false;
    }
    const std::uint32_t down = ticks(step.elapsed, clock_rate) - step.told;
    step.segment_told = down > longest_segment;
    packet.timestamp = step.began;
    packet.event.duration = static_cast<std::uint16_t>(std::min(down, longest_segment));
    packet.event.end = step.elapsed == step.length && !step.segment_told;
    step.ends_sent += packet.event.end ? 1 : 0;
    return packet;
}

void DigitSender::next_sound(std::span<std::int16_t> out, int sample_rate)
{
    std::ranges::fill(out, std::int16_t { 0 });
    while (!out.empty() && takes_the_line()) {
        Step& step = steps_.front();
        const bool down = step.elapsed < step.length;
        const Duration rest = down ? step.length - step.elapsed : between_keys - step.silent;
        const std::size_t most = std::max<std::size_t>(1, ticks(rest, sample_rate));
        const std::size_t count = std::min(out.size(), most);
        const Duration made(static_cast<std::int64_t>(count) * million / sample_rate);
        if (down) {
            if (!step.tone)
                step.tone = DtmfTone::create(*step.key, most, sample_rate);
            step.tone->make(out.first(count));
            step.elapsed = count == most ? step.length : step.elapsed + made;
        } else {
            step.silent += made;
            if (count == most)
                finish();
        }
        out = out.subspan(count);
    }
}

void DigitSender::next_pause(Duration length)
{
    if (steps_.empty())
        return;
    Step& step = steps_.front();
    step.elapsed += length;
    if (step.elapsed >= step.length)
        finish();
}

} // namespace parley::media
