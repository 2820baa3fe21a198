#include "host/sound_bed.h"

#include "audio/tone_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace parley {

namespace {

constexpr std::array all_places { agent::SoundPlace::background, agent::SoundPlace::hold, agent::SoundPlace::tool };

// So often once, by rule; then it has ended.
class RuleSound final : public LineSound {
public:
    using Make = std::function<void(std::size_t first, std::span<std::int16_t> out)>;

    RuleSound(Make make, std::size_t length)
        : make_(std::move(make))
        , length_(length)
    {
    }
    std::size_t read(std::span<std::int16_t> out) override
    {
        const std::size_t count = std::min(out.size(), length_ - position_);
        make_(position_, out.first(count));
        position_ += count;
        return count;
    }
    [[nodiscard]] bool ended() const override { return position_ == length_; }

private:
    Make make_;
    std::size_t length_;
    std::size_t position_ = 0;
};

std::size_t samples_of(Duration duration, int rate)
{
    return static_cast<std::size_t>(duration.count() * rate / 1'000'000);
}

void add(std::span<std::int16_t> out, std::span<const std::int16_t> more, float gain)
{
    for (std::size_t n = 0; n < more.size(); ++n) {
        const float sum = static_cast<float>(out[n]) + static_cast<float>(more[n]) * gain;
        out[n] = static_cast<std::int16_t>(std::clamp(std::lrintf(sum), -32'768L, 32'767L));
    }
}

} // namespace

SoundBed::SoundBed(SoundMakers makers, std::function<void(agent::SoundEnded)> tell)
    : makers_(std::move(makers))
    , tell_(std::move(tell))
    , guard_(makers_.broken)
{
}

void SoundBed::carry_out(const agent::PlaySound& play)
{
    Place& place = at(play.place);
    silence(place);
    place.wanted = play;
    place.number = ++last_number_;
    place.played = 0;
    place.gain = std::pow(10.0F, static_cast<float>(play.volume) / 20);
    begin(play.place, place);
}

void SoundBed::carry_out(const agent::StopSound& stop)
{
    silence(at(stop.place));
}

// What sounds dies away with the next beat.
void SoundBed::silence(Place& place)
{
    place.number = 0;
    place.file.reset();
    if (!place.sound)
        return;
    place.tail.resize(samples_of(20ms, makers_.line_rate));
    place.tail.resize(place.sound->read(place.tail));
    for (std::size_t n = 0; n < place.tail.size(); ++n) {
        const float fade = static_cast<float>(place.tail.size() - n) / static_cast<float>(place.tail.size() + 1);
        place.tail[n] = static_cast<std::int16_t>(std::lrintf(static_cast<float>(place.tail[n]) * fade));
    }
    // Perhaps inside one of its own functions: destroyed by the loop's next task.
    makers_.loop.post([sound = std::move(place.sound)] {});
}

void SoundBed::begin(agent::SoundPlace where, Place& place)
{
    const std::string& source = place.wanted.source;
    if (source.empty() || source.starts_with(ToneStream::scheme)) {
        begin_loop(where, place);
        return;
    }
    makers_.fetch(source, guard_.wrap([this, where, number = place.number](auto file) {
        Place& waiting = at(where);
        if (waiting.number != number)
            return;
        if (!file) {
            end(where, waiting, file.error().what);
            return;
        }
        waiting.file = std::move(*file);
        begin_loop(where, waiting);
    }));
}

void SoundBed::begin_loop(agent::SoundPlace where, Place& place)
{
    place.heard_of_loop = 0;
    const int rate = makers_.line_rate;
    const std::string& source = place.wanted.source;
    if (source.empty()) {
        place.sound = std::make_unique<RuleSound>(
            [rate](std::size_t first, std::span<std::int16_t> out) { make_house_music(first, rate, out); },
            samples_of(house_music_period, rate));
    } else if (source.starts_with(ToneStream::scheme)) {
        auto tones = ToneStream::parse(source);
        if (!tones) {
            end(where, place, tones.error().what);
            return;
        }
        if (!place.wanted.loops)
            place.wanted.loops = tones->loops();
        const std::size_t length = samples_of(tones->period(), rate);
        place.sound = std::make_unique<RuleSound>([rate, stream = std::move(*tones)](std::size_t first,
                                                      std::span<std::int16_t> out) { stream.make(first, rate, out); },
            length);
    } else { // The file is here already, for each loop.
        SoundMakers makers = makers_;
        makers.fetch = [file = place.file](const std::string&, const FileAnswer& answer) { answer(file); };
        place.sound = make_line_sound(FileItem { source }, makers, [this, where](const Error& error) {
            makers_.loop.post(guard_.wrap([this, where, what = error.what] { end(where, at(where), what); }));
        });
    }
}

void SoundBed::end(agent::SoundPlace where, Place& place, std::string error)
{
    place.number = 0;
    place.file.reset();
    makers_.loop.post([sound = std::move(place.sound)] {});
    makers_.loop.post(guard_.wrap([this, ended = agent::SoundEnded { where, std::move(error) }] { tell_(ended); }));
}

// ---- On the beat --------------------------------------------------------------------------------------------------

bool SoundBed::next(std::span<std::int16_t> out, int sample_rate)
{
    std::ranges::fill(out, std::int16_t { 0 });
    if (sample_rate != makers_.line_rate) { // The line has another codec: what sounds begins anew.
        makers_.line_rate = sample_rate;
        for (const auto where : all_places) {
            at(where).tail.clear();
            if (at(where).sound)
                begin_loop(where, at(where));
        }
    }
    bool sounds = false;
    for (const auto where : all_places) {
        Place& place = at(where);
        if (!place.tail.empty()) {
            add(out, std::span(place.tail).first(std::min(place.tail.size(), out.size())), place.gain);
            place.tail.clear();
            sounds = true;
        }
        if (!place.sound)
            continue;
        sounds = true;
        fill(where, place, out);
    }
    return sounds;
}

void SoundBed::fill(agent::SoundPlace where, Place& place, std::span<std::int16_t> out)
{
    std::vector<std::int16_t> room(out.size());
    std::size_t filled = 0;
    while (place.sound && filled < room.size()) {
        const std::size_t count = place.sound->read(std::span(room).subspan(filled));
        filled += count;
        place.heard_of_loop += count;
        if (!place.sound->ended()) {
            if (count == 0)
                break; // It is late.
            continue;
        }
        if (place.heard_of_loop == 0) {
            end(where, place, "there is no sound in it");
            break;
        }
        ++place.played;
        if (place.wanted.loops && place.played >= *place.wanted.loops)
            end(where, place, "");
        else
            begin_loop(where, place);
    }
    // While somebody waits, the music has the line to itself.
    if (where != agent::SoundPlace::background || !at(agent::SoundPlace::hold).sound)
        add(out, std::span(room).first(filled), place.gain);
}

} // namespace parley
