#include "providers/speech_lane.h"

#include "audio/resampler.h"
#include "net/subprocess.h"
#include "providers/flite_voices.h"
#include "providers/line_recogniser.h"
#include "providers/speech_protocol.h"

#include <optional>

#include <poll.h>

namespace parley {
namespace {

using namespace speech;

// How often the words so far are looked at: each look walks the whole back-pointer table.
constexpr std::uint32_t partial_milliseconds = 300;
// How often the server hears that its audio was taken.
constexpr std::uint32_t progress_milliseconds = 60;

// Nothing once the server is gone or speaks nonsense: the lane ends.
std::optional<LaneRequest> next_request(int fd)
{
    auto frame = read_frame(fd);
    if (!frame || !*frame)
        return std::nullopt;
    auto request = decode_request(**frame);
    if (!request)
        return std::nullopt;
    return std::move(*request);
}

class ListeningLane {
public:
    ListeningLane(int fd, int lane, LineRecogniser& recogniser)
        : fd_(fd)
        , lane_(static_cast<std::uint8_t>(lane))
        , recogniser_(recogniser)
    {
    }

    void run()
    {
        while (auto request = next_request(fd_)) {
            job_ = request->job;
            std::visit([this](auto& r) { on(r); }, request->request);
        }
    }

private:
    void tell(Answer answer) const
    {
        static_cast<void>(write_frame(fd_, encode(LaneAnswer { lane_, job_, std::move(answer) })));
    }

    void on(const ListenBegin& begin)
    {
        close();
        const bool new_hints = begin.hints != hints_;
        hints_ = begin.hints;
        auto refused = recogniser_.begin(begin.speaker, static_cast<int>(begin.sample_rate), hints_);
        if (new_hints && !refused.empty())
            tell(HintsRefused { std::move(refused) });
        sample_rate_ = begin.sample_rate;
        taken_ = told_ = looked_ = 0;
        partial_.clear();
        open_ = true;
    }

    void on(const ListenAudio& audio)
    {
        if (!open_)
            return;
        recogniser_.accept(audio.samples);
        taken_ += static_cast<std::uint32_t>(audio.samples.size());
        if (taken_ - told_ >= samples_of(progress_milliseconds)) {
            told_ = taken_;
            tell(ListenedTo { taken_ });
        }
        if (taken_ - looked_ < samples_of(partial_milliseconds))
            return;
        looked_ = taken_;
        auto partial = recogniser_.partial();
        if (partial.empty() || partial == partial_)
            return;
        partial_ = partial;
        tell(HeardSoFar { std::move(partial) });
    }

    void on(const ListenEnd&)
    {
        if (!open_)
            return;
        open_ = false;
        tell(HeardFinal { recogniser_.finish() });
    }

    void on(const DropJob&) { close(); }
    void on(const RestartLane&) { } // The worker's, who never passes it on.
    void on(const SpeakText&) { tell(SpokenFailed { "this lane listens" }); }

    [[nodiscard]] std::uint32_t samples_of(std::uint32_t milliseconds) const
    {
        return sample_rate_ / 1'000 * milliseconds;
    }

    void close()
    {
        if (open_)
            recogniser_.drop();
        open_ = false;
    }

    int fd_;
    std::uint8_t lane_;
    LineRecogniser& recogniser_;
    std::vector<std::string> hints_;
    std::string partial_;
    std::uint32_t sample_rate_ = 8'000;
    std::uint32_t job_ = 0;
    std::uint32_t taken_ = 0;
    std::uint32_t told_ = 0;
    std::uint32_t looked_ = 0;
    bool open_ = false;
};

class SpeakingLane {
public:
    SpeakingLane(int fd, int lane)
        : fd_(fd)
        , lane_(static_cast<std::uint8_t>(lane))
    {
    }

    void run()
    {
        while (auto request = next_request(fd_)) {
            const auto* text = std::get_if<SpeakText>(&request->request);
            if (text != nullptr && !say(request->job, *text))
                return;
        }
    }

private:
    bool tell(Answer answer) const
    {
        return write_frame(fd_, encode(LaneAnswer { lane_, job_, std::move(answer) })).has_value();
    }

    // False when the server is gone.
    bool say(std::uint32_t job, const SpeakText& text)
    {
        job_ = job;
        std::optional<Resampler> resampler;
        int native = 0;
        State state = State::speaking;
        std::vector<std::int16_t> out;
        const auto on_words = [&](const std::vector<TimedWord>& words) { tell(SpokenWords { words }); };
        const auto on_piece = [&](const AudioFrame& piece) {
            state = asked_to_stop();
            if (state != State::speaking)
                return false;
            if (native != piece.sample_rate) {
                native = piece.sample_rate;
                auto created = Resampler::create(native, static_cast<int>(text.sample_rate));
                if (!created)
                    return false;
                resampler.emplace(std::move(*created));
            }
            out.clear();
            resampler->push(piece.samples, out);
            return out.empty() || tell(SpokenAudio { out });
        };
        auto spoken = speak(text.text, text.voice, on_words, on_piece);
        if (state != State::speaking)
            return state == State::dropped;
        if (!spoken)
            return tell(SpokenFailed { spoken.error().what });
        if (resampler) {
            out.clear();
            resampler->flush(out);
            if (!out.empty() && !tell(SpokenAudio { out }))
                return false;
        }
        return tell(SpokenDone {});
    }

    enum class State : std::uint8_t { speaking, dropped, gone };

    // While a sentence is spoken the server sends this lane nothing but the wish to drop it.
    [[nodiscard]] State asked_to_stop() const
    {
        pollfd waiting { fd_, POLLIN, 0 };
        if (poll(&waiting, 1, 0) <= 0)
            return State::speaking;
        return next_request(fd_) ? State::dropped : State::gone;
    }

    int fd_;
    std::uint8_t lane_;
    std::uint32_t job_ = 0;
};

} // namespace

void run_listening_lane(int fd, int lane, LineRecogniser& recogniser)
{
    ListeningLane(fd, lane, recogniser).run();
}

void run_speaking_lane(int fd, int lane)
{
    SpeakingLane(fd, lane).run();
}

} // namespace parley
