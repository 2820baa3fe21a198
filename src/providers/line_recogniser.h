#pragma once

#include "audio/resampler.h"
#include "providers/band_meter.h"
#include "providers/sphinx_decoder.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Hears callers on lines of any rate, one utterance after the other, in the calling thread: brings their sound to the
// decoder and begins each of them with the mean spectrum of the band that their line lets through. With the spectrum of
// another band more than half of the words are wrong until the decoder has learned better, which takes it many
// utterances. Knows nothing of processes and pipes.
namespace parley {

class LineRecogniser {
public:
    static constexpr Duration longest_kept = 20s; // Of an utterance, to hear it again; a longer one is heard once.

    // Loads and warms the decoder. A second or two.
    static Result<std::unique_ptr<LineRecogniser>> create(
        const std::string& model_directory = SphinxDecoder::default_model);

    // An utterance begins. Another `speaker` than before is somebody on another line. Returns the hints that were
    // refused, as `SphinxDecoder::set_hints`.
    std::vector<std::string> begin(std::uint32_t speaker, int sample_rate, const std::vector<std::string>& hints);
    void accept(std::span<const std::int16_t> samples); // At the line's rate.
    [[nodiscard]] std::string partial() const { return decoder_->partial(); }
    Hypothesis finish();
    void drop(); // In place of `finish`: nobody wants the words any more.

private:
    enum class Band : std::uint8_t {
        telephone, // Up to 4 kHz.
        wide,      // Up to 8 kHz.
    };

    explicit LineRecogniser(std::unique_ptr<SphinxDecoder>);

    bool warm_up();
    void begin_speaker(std::uint32_t speaker, int sample_rate);
    void feed(const std::vector<std::int16_t>& samples);
    void set_up_resamplers();
    [[nodiscard]] bool may_be_a_telephone(const Hypothesis&) const;
    Hypothesis hear_again_as_telephone(Hypothesis first);

    std::unique_ptr<SphinxDecoder> decoder_;
    SphinxDecoder::Channel telephone_;
    SphinxDecoder::Channel wide_;

    std::optional<std::uint32_t> speaker_;
    int sample_rate_ = 0;
    Band band_ = Band::telephone; // The decoder learns from.
    BandMeter meter_;             // Of this speaker, on a wide line.

    std::optional<Resampler> to_telephone_; // What lies above the telephone's band is the codec's noise, no speech.
    std::optional<Resampler> to_decoder_;
    std::vector<std::int16_t> kept_; // Of this utterance, as the decoder heard it; only while the band is in doubt.
    bool kept_whole_ = false;
};

} // namespace parley
