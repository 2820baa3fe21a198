#include "host/line_sound.h"

#include "agent/sentence_splitter.h"
#include "audio/resampler.h"
#include "audio/ringtone.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace parley {

namespace {

using Failed = std::function<void(Error)>;

std::size_t samples_of(Duration duration, int rate)
{
    return static_cast<std::size_t>(duration.count() * rate / 1'000'000);
}

// ---- By rule ------------------------------------------------------------------------------------------------------

class MadeSound : public LineSound {
public:
    explicit MadeSound(std::size_t length)
        : length_(length)
    {
    }
    std::size_t read(std::span<std::int16_t> out) final
    {
        const std::size_t count = std::min(out.size(), length_ - position_);
        make(position_, out.first(count));
        position_ += count;
        return count;
    }
    [[nodiscard]] bool ended() const final { return position_ == length_; }

private:
    virtual void make(std::size_t first, std::span<std::int16_t> out) = 0;

    std::size_t length_;
    std::size_t position_ = 0;
};

class Silence final : public MadeSound {
public:
    Silence(const SilenceItem& item, int rate)
        : MadeSound(samples_of(item.duration, rate))
    {
    }

private:
    void make(std::size_t, std::span<std::int16_t> out) override { std::ranges::fill(out, std::int16_t { 0 }); }
};

class Ringtone final : public MadeSound {
public:
    Ringtone(const RingtoneItem& item, int rate)
        : MadeSound(
            samples_of((item.bong ? bong_length : 0ms) + item.duration.value_or(ringtone_period(item.country)), rate))
        , item_(item)
        , rate_(rate)
        , bong_samples_(item.bong ? samples_of(bong_length, rate) : 0)
    {
    }

private:
    void make(std::size_t first, std::span<std::int16_t> out) override
    {
        const std::size_t bong = first < bong_samples_ ? std::min(out.size(), bong_samples_ - first) : 0;
        make_bong(first, rate_, out.first(bong));
        if (bong < out.size())
            make_ringtone(item_.country, first + bong - bong_samples_, rate_, out.subspan(bong));
    }

    RingtoneItem item_;
    int rate_;
    std::size_t bong_samples_;
};

// ---- A file -------------------------------------------------------------------------------------------------------

class FileSound final : public LineSound {
public:
    FileSound(const FileItem& item, const SoundMakers& makers, Failed failed)
        : line_rate_(makers.line_rate)
        , guard_(makers.broken)
    {
        makers.fetch(item.url, guard_.wrap([this, failed = std::move(failed)](auto sound) {
            const auto resampler = sound ? prepare(std::move(*sound)) : Result<void>(sound.error());
            if (!resampler)
                failed(resampler.error());
        }));
    }

    std::size_t read(std::span<std::int16_t> out) override
    {
        if (!sound_)
            return 0;
        while (resampler_ && ready_.size() < out.size() && position_ < sound_->samples.size())
            resample();
        const std::size_t count = std::min(out.size(), left());
        if (resampler_) {
            std::copy_n(ready_.begin(), count, out.begin());
            ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count));
        } else {
            std::copy_n(sound_->samples.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
            position_ += count;
        }
        return count;
    }
    [[nodiscard]] bool ended() const override
    {
        return sound_ && position_ == sound_->samples.size() && ready_.empty();
    }

private:
    [[nodiscard]] std::size_t left() const { return resampler_ ? ready_.size() : sound_->samples.size() - position_; }

    Result<void> prepare(std::shared_ptr<const AudioFrame> sound)
    {
        if (sound->sample_rate != line_rate_) {
            auto made = Resampler::create(sound->sample_rate, line_rate_);
            if (!made)
                return std::move(made.error());
            resampler_ = std::move(*made);
        }
        sound_ = std::move(sound);
        return {};
    }

    void resample()
    {
        const std::size_t piece = samples_of(frame_duration, sound_->sample_rate);
        const auto in = std::span(sound_->samples).subspan(position_);
        const auto taken = in.first(std::min(piece, in.size()));
        position_ += taken.size();
        resampler_->push(taken, ready_);
        if (position_ == sound_->samples.size())
            resampler_->flush(ready_);
    }

    int line_rate_;
    std::shared_ptr<const AudioFrame> sound_; // Shared with other calls that play the same file.
    std::optional<Resampler> resampler_;
    std::vector<std::int16_t> ready_; // Resampled.
    std::size_t position_ = 0;        // In the file's samples.
    CallGuard guard_;
};

// ---- A voice ------------------------------------------------------------------------------------------------------

// Sentence by sentence, so that a long text neither waits to be complete nor is all made in advance.
class SpokenSound final : public LineSound {
public:
    SpokenSound(SpeechItem item, const SoundMakers& makers, Failed failed)
        : item_(std::move(item))
        , loop_(makers.loop)
        , failed_(std::move(failed))
        , enough_(samples_of(5s, makers.line_rate))
        , guard_(makers.broken)
    {
        agent::SentenceSplitter splitter;
        while (const auto range = splitter.next(item_.text, true))
            sentences_.push_back(item_.text.substr(range->begin, range->end - range->begin));
        stream_ = makers.tts.open({ makers.line_rate }, guard_.wrap([this](TtsEvent event) { on_voice(event); }));
        say_more();
    }
    ~SpokenSound() override
    {
        // It may be inside its own listener.
        loop_.post([stream = std::move(stream_)] {});
    }

    std::size_t read(std::span<std::int16_t> out) override
    {
        const std::size_t count = std::min(out.size(), ready_.size());
        std::copy_n(ready_.begin(), count, out.begin());
        ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count));
        say_more();
        return count;
    }
    [[nodiscard]] bool ended() const override { return done_ == sentences_.size() && ready_.empty(); }

private:
    // One is in the making while another is heard.
    void say_more()
    {
        if (said_ < sentences_.size() && said_ == done_ && ready_.size() < enough_) {
            const UtteranceId id { ++said_ };
            stream_->say(id, sentences_[said_ - 1], { item_.language, item_.voice, "" });
        }
    }

    void on_voice(TtsEvent& event)
    {
        if (auto* sound = std::get_if<TtsAudio>(&event)) {
            ready_.insert(ready_.end(), sound->frame.samples.begin(), sound->frame.samples.end());
        } else if (std::holds_alternative<TtsDone>(event)) {
            ++done_;
            say_more();
        } else if (auto* failed = std::get_if<TtsFailed>(&event)) {
            failed_(std::move(failed->error));
        }
    }

    SpeechItem item_;
    EventLoop& loop_;
    Failed failed_;
    std::size_t enough_; // Samples that wait to be heard, before the next sentence is made.
    std::vector<std::string> sentences_;
    std::size_t said_ = 0;
    std::size_t done_ = 0;
    std::deque<std::int16_t> ready_;
    std::unique_ptr<TtsStream> stream_;
    CallGuard guard_;
};

} // namespace

std::unique_ptr<LineSound> make_line_sound(const PlayItem& item, const SoundMakers& makers, Failed failed)
{
    if (const auto* speech = std::get_if<SpeechItem>(&item))
        return std::make_unique<SpokenSound>(*speech, makers, std::move(failed));
    if (const auto* file = std::get_if<FileItem>(&item))
        return std::make_unique<FileSound>(*file, makers, std::move(failed));
    if (const auto* ringtone = std::get_if<RingtoneItem>(&item))
        return std::make_unique<Ringtone>(*ringtone, makers.line_rate);
    return std::make_unique<Silence>(std::get<SilenceItem>(item), makers.line_rate);
}

} // namespace parley
