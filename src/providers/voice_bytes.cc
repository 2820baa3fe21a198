#include "providers/voice_bytes.h"

#include <charconv>
#include <cstdlib>

namespace parley {
namespace {

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size)
{
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

Error wrong(std::string what)
{
    return { ErrorKind::unavailable, "speech synthesis: " + std::move(what) };
}

} // namespace

VoiceBytes::VoiceBytes(Format format, int native_rate, Resampler resampler)
    : in_header_(format == Format::wav)
    , native_rate_(native_rate)
    , resampler_(std::move(resampler))
{
}

Result<VoiceBytes> VoiceBytes::create(Format format, int native_rate, int wanted_rate)
{
    auto resampler = Resampler::create(native_rate, wanted_rate);
    if (!resampler)
        return resampler.error();
    return VoiceBytes(format, native_rate, std::move(*resampler));
}

Result<void> VoiceBytes::push(std::string_view bytes, std::vector<std::int16_t>& out)
{
    if (!in_header_) {
        take(bytes, out);
        return {};
    }
    header_ += bytes;
    auto whole = take_header();
    if (!whole)
        return whole.error();
    if (!*whole)
        return header_.size() > max_header ? Result<void>(wrong("the WAV header does not end")) : Result<void>();
    in_header_ = false;
    take(std::exchange(header_, {}), out);
    return {};
}

// False: more is needed. Leaves the sound behind the header in `header_`.
Result<bool> VoiceBytes::take_header()
{
    const std::string_view bytes = header_;
    if (bytes.size() < 12)
        return false;
    if (!bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WAVE")
        return wrong("no WAV file");
    bool format = false;
    std::size_t at = 12;
    while (bytes.size() >= at + 8) {
        const auto name = bytes.substr(at, 4);
        const auto size = number(bytes, at + 4, 4);
        if (name == "data") {
            if (!format)
                return wrong("WAV sound without a format");
            header_.erase(0, at + 8);
            return true;
        }
        if (size > max_header)
            return wrong("a WAV chunk is too long");
        if (bytes.size() < at + 8 + size)
            return false;
        if (name == "fmt ") {
            if (size < 16 || number(bytes, at + 8, 2) != 1 || number(bytes, at + 10, 2) != 1
                || number(bytes, at + 22, 2) != 16)
                return wrong("WAV sound that is not 16 bit PCM of one channel");
            const auto rate = number(bytes, at + 12, 4);
            if (rate != static_cast<std::uint32_t>(native_rate_))
                return wrong("sound of " + std::to_string(rate) + " Hz instead of " + std::to_string(native_rate_));
            format = true;
        }
        at += 8 + size + size % 2;
    }
    return false;
}

void VoiceBytes::take(std::string_view bytes, std::vector<std::int16_t>& out)
{
    std::vector<std::int16_t> samples;
    samples.reserve(bytes.size() / 2 + 1);
    for (const char byte : bytes) {
        if (!half_) {
            half_ = byte;
            continue;
        }
        const auto low = static_cast<unsigned char>(*half_);
        const auto high = static_cast<unsigned char>(byte);
        samples.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(high << 8U | low)));
        half_.reset();
    }
    received_ += static_cast<std::int64_t>(samples.size());
    std::size_t from = 0;
    while (!sounding_ && from < samples.size()) {
        const auto longest = longest_lead.count() * native_rate_ / 1'000'000;
        if (std::abs(samples[from]) >= silent_below || left_out_ >= longest) {
            sounding_ = true;
        } else {
            ++from;
            ++left_out_;
        }
    }
    resampler_.push(std::span(samples).subspan(from), out);
}

void VoiceBytes::finish(std::vector<std::int16_t>& out)
{
    resampler_.flush(out);
}

Duration VoiceBytes::received() const
{
    return Duration(received_ * 1'000'000 / native_rate_);
}

Duration VoiceBytes::left_out() const
{
    return Duration(left_out_ * 1'000'000 / native_rate_);
}

std::optional<int> declared_rate(std::string_view content_type)
{
    const auto at = content_type.find("rate=");
    if (at == std::string_view::npos)
        return std::nullopt;
    int rate = 0;
    const auto digits = content_type.substr(at + 5);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), rate);
    return read.ec == std::errc {} ? std::optional(rate) : std::nullopt;
}

} // namespace parley
