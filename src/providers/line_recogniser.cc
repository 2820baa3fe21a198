#include "providers/line_recogniser.h"

#include "audio/codec.h"
#include "providers/flite_voices.h"

#include <array>
#include <utility>

namespace parley {
namespace {

// What the recogniser is warmed with: speech that nobody will say.
constexpr const char* warm_up_text = "Hello, I would like to know when you are open on Sunday.";
constexpr const char* warm_up_voice = "rms";

constexpr int telephone_rate = 8'000;
constexpr int wide_rate = SphinxDecoder::sample_rate;

// Who is heard so well is heard in the right band.
constexpr float sure = 0.85F;

std::vector<std::int16_t> brought(std::optional<Resampler>& resampler, std::span<const std::int16_t> samples)
{
    std::vector<std::int16_t> out;
    if (resampler)
        resampler->push(samples, out);
    return out;
}

std::vector<std::int16_t> rest_of(std::optional<Resampler>& resampler)
{
    std::vector<std::int16_t> out;
    if (resampler)
        resampler->flush(out);
    return out;
}

constexpr std::size_t most_kept
    = static_cast<std::size_t>(LineRecogniser::longest_kept / 1s) * std::size_t { wide_rate };

// As a wide-band line carries it: coding fills pauses and the top of the band as it will in a call.
std::vector<std::int16_t> through_opus(std::vector<std::int16_t> samples)
{
    const auto encoder = make_encoder(AudioCodec::opus);
    const auto decoder = make_decoder(AudioCodec::opus);
    constexpr std::size_t frame = wide_rate / 50;
    samples.resize(samples.size() / frame * frame);
    std::vector<std::int16_t> heard;
    std::array<std::byte, max_payload_bytes> packet {};
    for (std::size_t at = 0; at < samples.size(); at += frame) {
        const auto size = encoder->encode(std::span(samples).subspan(at, frame), packet);
        decoder->decode(std::span(packet).first(size), heard);
    }
    return heard;
}

} // namespace

Result<std::unique_ptr<LineRecogniser>> LineRecogniser::create(const std::string& model_directory)
{
    auto decoder = SphinxDecoder::create(model_directory);
    if (!decoder)
        return decoder.error();
    std::unique_ptr<LineRecogniser> made(new LineRecogniser(std::move(*decoder)));
    if (!made->warm_up())
        return Error { ErrorKind::unavailable, "speech model: nothing to warm it with" };
    return made;
}

LineRecogniser::LineRecogniser(std::unique_ptr<SphinxDecoder> decoder)
    : decoder_(std::move(decoder))
{
}

bool LineRecogniser::warm_up()
{
    const auto narrow = synthesize(warm_up_text, warm_up_voice, telephone_rate);
    auto wide = synthesize(warm_up_text, warm_up_voice, wide_rate);
    auto resampler = Resampler::create(telephone_rate, wide_rate);
    if (!narrow || !wide || !resampler)
        return false;
    const auto fresh = decoder_->channel();
    std::vector<std::int16_t> samples;
    resampler->push(narrow->samples, samples);
    resampler->flush(samples);
    telephone_ = decoder_->learn(samples);
    decoder_->set_channel(fresh);
    wide_ = decoder_->learn(through_opus(std::move(wide->samples)));
    return true;
}

void LineRecogniser::begin_speaker(std::uint32_t speaker, int sample_rate)
{
    speaker_ = speaker;
    sample_rate_ = sample_rate;
    meter_ = {};
    band_ = sample_rate > telephone_rate ? Band::wide : Band::telephone;
    decoder_->set_channel(band_ == Band::wide ? wide_ : telephone_);
}

std::vector<std::string> LineRecogniser::begin(
    std::uint32_t speaker, int sample_rate, const std::vector<std::string>& hints)
{
    if (speaker_ != speaker || sample_rate_ != sample_rate) {
        begin_speaker(speaker, sample_rate);
    } else if (band_ == Band::telephone && meter_.wide()) { // Somebody else came to the phone.
        band_ = Band::wide;
        decoder_->set_channel(wide_);
    }
    auto refused = decoder_->set_hints(hints);
    set_up_resamplers();
    kept_.clear();
    kept_whole_ = sample_rate == wide_rate && band_ == Band::wide && !meter_.wide();
    decoder_->start();
    return refused;
}

void LineRecogniser::set_up_resamplers()
{
    to_telephone_.reset();
    to_decoder_.reset();
    const bool narrowed = band_ == Band::telephone && sample_rate_ > telephone_rate;
    if (narrowed) {
        if (auto resampler = Resampler::create(sample_rate_, telephone_rate))
            to_telephone_.emplace(std::move(*resampler));
    }
    if (auto resampler = Resampler::create(narrowed ? telephone_rate : sample_rate_, wide_rate))
        to_decoder_.emplace(std::move(*resampler));
}

void LineRecogniser::accept(std::span<const std::int16_t> samples)
{
    if (sample_rate_ == wide_rate)
        meter_.push(samples);
    if (to_telephone_)
        feed(brought(to_decoder_, brought(to_telephone_, samples)));
    else
        feed(brought(to_decoder_, samples));
}

void LineRecogniser::feed(const std::vector<std::int16_t>& samples)
{
    decoder_->accept(samples);
    kept_whole_ = kept_whole_ && !meter_.wide() && kept_.size() + samples.size() <= most_kept;
    if (kept_whole_)
        kept_.insert(kept_.end(), samples.begin(), samples.end());
}

Hypothesis LineRecogniser::finish()
{
    if (to_telephone_)
        feed(brought(to_decoder_, rest_of(to_telephone_)));
    feed(rest_of(to_decoder_));
    auto heard = decoder_->finish();
    return may_be_a_telephone(heard) ? hear_again_as_telephone(std::move(heard)) : heard;
}

void LineRecogniser::drop()
{
    static_cast<void>(decoder_->finish());
}

bool LineRecogniser::may_be_a_telephone(const Hypothesis& heard) const
{
    return kept_whole_ && heard.confidence < sure;
}

Hypothesis LineRecogniser::hear_again_as_telephone(Hypothesis first)
{
    const auto learned = decoder_->channel();
    const auto sound = std::exchange(kept_, {}); // At the decoder's rate, which is a wide line's.
    kept_whole_ = false;
    band_ = Band::telephone;
    set_up_resamplers();
    decoder_->set_channel(telephone_);
    decoder_->start();
    feed(brought(to_decoder_, brought(to_telephone_, sound)));
    feed(brought(to_decoder_, rest_of(to_telephone_)));
    feed(rest_of(to_decoder_));
    auto second = decoder_->finish();
    if (second.confidence > first.confidence)
        return second;
    band_ = Band::wide;
    decoder_->set_channel(learned);
    return first;
}

} // namespace parley
