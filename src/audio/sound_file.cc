#include "audio/sound_file.h"

#include "audio/resampler.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace parley {

namespace {

constexpr int lowest_rate = 8'000;
constexpr int highest_rate = 48'000;
constexpr int max_channels = 8;

// The library reads from here.
struct Memory {
    std::span<const std::byte> bytes;
    sf_count_t position = 0;

    [[nodiscard]] sf_count_t size() const { return static_cast<sf_count_t>(bytes.size()); }
};

sf_count_t memory_size(void* user)
{
    return static_cast<Memory*>(user)->size();
}

sf_count_t memory_seek(sf_count_t offset, int whence, void* user)
{
    auto& memory = *static_cast<Memory*>(user);
    const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory.position : memory.size();
    if (offset < -from || offset > memory.size() - from)
        return -1;
    memory.position = from + offset;
    return memory.position;
}

sf_count_t memory_read(void* to, sf_count_t count, void* user)
{
    auto& memory = *static_cast<Memory*>(user);
    const sf_count_t taken = std::clamp<sf_count_t>(count, 0, memory.size() - memory.position);
    std::memcpy(to, memory.bytes.data() + memory.position, static_cast<std::size_t>(taken));
    memory.position += taken;
    return taken;
}

sf_count_t memory_write(const void*, sf_count_t, void*)
{
    return 0;
}

sf_count_t memory_tell(void* user)
{
    return static_cast<Memory*>(user)->position;
}

// The library guesses among dozens of formats, most of them nobody's; strangers get those that are meant.
bool is_offered_format(std::span<const std::byte> file)
{
    const std::string_view text(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 12));
    if (text.starts_with("RIFF"))
        return text.size() == 12 && text.substr(8) == "WAVE";
    const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
    const bool mpeg_frame = text.size() >= 2 && byte(0) == 0xff && (byte(1) & 0xe0) == 0xe0;
    return text.starts_with("OggS") || text.starts_with("fLaC") || text.starts_with("ID3") || mpeg_frame;
}

struct CloseFile {
    void operator()(SNDFILE* file) const { sf_close(file); }
};

// One channel from many.
void mix(std::span<const std::int16_t> interleaved, std::size_t channels, std::vector<std::int16_t>& out)
{
    out.clear();
    for (std::size_t n = 0; n + channels <= interleaved.size(); n += channels) {
        int sum = 0;
        for (const std::int16_t sample : interleaved.subspan(n, channels))
            sum += sample;
        out.push_back(static_cast<std::int16_t>(sum / static_cast<int>(channels)));
    }
}

} // namespace

Result<AudioFrame> decode_sound_file(std::span<const std::byte> bytes)
{
    if (!is_offered_format(bytes))
        return Error { ErrorKind::invalid_request, "not a WAV, MP3, Ogg or FLAC file" };
    Memory memory { bytes };
    SF_VIRTUAL_IO io { memory_size, memory_seek, memory_read, memory_write, memory_tell };
    SF_INFO info {};
    const std::unique_ptr<SNDFILE, CloseFile> file(sf_open_virtual(&io, SFM_READ, &info, &memory));
    if (!file)
        return Error { ErrorKind::invalid_request, std::string("broken sound file: ") + sf_strerror(nullptr) };
    if (info.channels < 1 || info.channels > max_channels)
        return Error { ErrorKind::invalid_request, "a sound file has 1 to 8 channels" };
    if (info.samplerate < lowest_rate || info.samplerate > highest_rate)
        return Error { ErrorKind::invalid_request, "a sound file has a sample rate of 8000 to 48000 Hz" };

    AudioFrame sound { std::min(info.samplerate, highest_sound_rate), {} };
    std::optional<Resampler> resampler;
    if (sound.sample_rate != info.samplerate) {
        auto made = Resampler::create(info.samplerate, sound.sample_rate);
        if (!made)
            return std::move(made.error());
        resampler = std::move(*made);
    }
    // What the header says of the length is not believed: it is counted.
    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<std::int16_t> piece(4'096 * channels);
    std::vector<std::int16_t> mono;
    sf_count_t read = 0;
    while ((read = sf_readf_short(file.get(), piece.data(), 4'096)) > 0) {
        mix(std::span(piece).first(static_cast<std::size_t>(read) * channels), channels, mono);
        if (resampler)
            resampler->push(mono, sound.samples);
        else
            sound.samples.insert(sound.samples.end(), mono.begin(), mono.end());
        if (sound.duration() > longest_sound)
            return Error { ErrorKind::limit_reached, "the sound file is longer than 20 minutes" };
    }
    if (resampler)
        resampler->flush(sound.samples);
    return sound;
}

} // namespace parley
