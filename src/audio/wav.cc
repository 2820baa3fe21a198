#include "audio/wav.h"

#include "audio/resampler.h"

#include <sndfile.h>

namespace parley {

namespace {

struct CloseFile {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, CloseFile>;

} // namespace

Result<WavSound> read_wav(const std::string& path)
{
    SF_INFO info {};
    SoundFile file(sf_open(path.c_str(), SFM_READ, &info));
    if (!file)
        return Error { ErrorKind::not_found, path + ": " + sf_strerror(nullptr) };
    if (info.channels < 1 || info.frames < 0 || info.frames > max_wav_samples / info.channels)
        return Error { ErrorKind::limit_reached, path + ": more than " + std::to_string(max_wav_samples) + " samples" };
    WavSound sound { info.samplerate, info.channels, {} };
    sound.samples.resize(static_cast<std::size_t>(info.frames * info.channels));
    const sf_count_t read = sf_readf_short(file.get(), sound.samples.data(), info.frames);
    if (read != info.frames)
        return Error { ErrorKind::invalid_request, path + ": ends before its length" };
    return sound;
}

Result<void> write_wav(const std::string& path, const WavSound& sound)
{
    SF_INFO info {};
    info.samplerate = sound.sample_rate;
    info.channels = sound.channels;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    SoundFile file(sf_open(path.c_str(), SFM_WRITE, &info));
    if (!file)
        return Error { ErrorKind::unavailable, path + ": " + sf_strerror(nullptr) };
    const auto frames = static_cast<sf_count_t>(sound.samples.size()) / sound.channels;
    if (sf_writef_short(file.get(), sound.samples.data(), frames) != frames)
        return Error { ErrorKind::unavailable, path + ": " + sf_strerror(file.get()) };
    return {};
}

Result<std::vector<std::int16_t>> to_mono(const WavSound& sound, int sample_rate)
{
    std::vector<std::int16_t> first;
    first.reserve(sound.samples.size() / static_cast<std::size_t>(sound.channels));
    for (std::size_t n = 0; n < sound.samples.size(); n += static_cast<std::size_t>(sound.channels))
        first.push_back(sound.samples[n]);
    auto resampler = Resampler::create(sound.sample_rate, sample_rate);
    if (!resampler)
        return std::move(resampler.error());
    std::vector<std::int16_t> out;
    resampler->push(first, out);
    resampler->flush(out);
    return out;
}

} // namespace parley
