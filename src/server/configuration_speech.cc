#include "server/configuration_speech.h"

#include "server/configuration_values.h"
#include "server/yaml_section.h"

#include <algorithm>
#include <array>

namespace parley {
namespace {

constexpr std::int64_t max_speech_workers = 64;
constexpr std::int64_t max_warm = 16;
constexpr std::int64_t max_streams = 100'000;
constexpr std::array stream_input_rates { 8'000, 16'000, 22'050, 24'000, 44'100 };

void read_url(YamlSection& in, std::string_view scheme, std::string& into)
{
    in.text("url", into);
    const std::string plain = std::string(scheme) + "://";
    const std::string secure = std::string(scheme) + "s://";
    if (!into.starts_with(plain) && !into.starts_with(secure))
        in.problem("url", "must be a " + plain + " or " + secure + " URL");
}

// What every remote provider has.
template <typename Options> void read_remote(YamlSection& in, const Environment& environment, Options& options)
{
    read_secret(in, environment, "key", options.api_key);
    in.text("model", options.model);
    in.text("ca_file", options.ca_file);
    in.duration("connect_timeout", 50ms, 30s, options.connect_timeout);
    options.max_streams = read_whole(in, "max_streams", 0, max_streams, options.max_streams);
}

template <typename Options> void read_warm(YamlSection& in, Options& options)
{
    options.warm = read_whole(in, "warm", 0, max_warm, options.warm);
    in.duration("warm_for", 1s, 3600s, options.warm_for);
}

template <typename Options> void read_voices(YamlSection& in, Options& options)
{
    in.text("voice", options.voice);
    in.required("voice", options.voice);
    in.map("voices", options.voices);
}

template <typename List> void read_name(YamlSection& in, const List& before, std::string& into)
{
    in.text("name", into);
    if (into.empty())
        in.problem("name", "must not be empty");
    for (const auto& other : before) {
        if (other.name() == into)
            in.problem("name", "\"" + into + "\" stands twice");
    }
}

RecogniserConfiguration read_recogniser(
    YamlSection& in, const Environment& environment, const std::vector<RecogniserConfiguration>& before)
{
    RecogniserConfiguration read;
    std::size_t type = 0;
    in.choice("type", { "embedded", "listen_socket", "transcription" }, type);
    if (!in.has("type"))
        in.problem("type", "is missing");
    if (type == 0) {
        EmbeddedChoice embedded;
        read_name(in, before, embedded.name);
        read.provider = embedded;
    } else if (type == 1) {
        ListenOptions options;
        read_name(in, before, options.name);
        read_url(in, "ws", options.url);
        read_remote(in, environment, options);
        read_warm(in, options);
        in.text("language", options.language);
        in.duration("final_timeout", 100ms, 30s, options.final_timeout);
        read.ready_timeout = options.connect_timeout;
        read.final_timeout = options.final_timeout;
        read.provider = options;
    } else {
        TranscriptionOptions options;
        read_name(in, before, options.name);
        read_url(in, "http", options.url);
        read_remote(in, environment, options);
        in.required("model", options.model);
        in.text("language", options.language);
        in.boolean("word_times", options.word_times);
        in.duration("timeout", 100ms, 60s, options.timeout);
        options.warm = read_whole(in, "warm", 0, 1, options.warm ? 1 : 0) == 1;
        read.ready_timeout = options.connect_timeout;
        read.provider = options;
    }
    in.finish();
    return read;
}

SynthesiserConfiguration read_synthesiser(
    YamlSection& in, const Environment& environment, const std::vector<SynthesiserConfiguration>& before)
{
    SynthesiserConfiguration read;
    std::size_t type = 0;
    in.choice("type", { "embedded", "speech_endpoint", "stream_input" }, type);
    if (!in.has("type"))
        in.problem("type", "is missing");
    if (type == 0) {
        EmbeddedChoice embedded;
        read_name(in, before, embedded.name);
        read.provider = embedded;
    } else if (type == 1) {
        SpeechEndpointOptions options;
        read_name(in, before, options.name);
        read_url(in, "http", options.url);
        read_remote(in, environment, options);
        in.required("model", options.model);
        read_voices(in, options);
        std::size_t format = 0;
        in.choice("format", { "pcm", "wav" }, format);
        options.warm = read_whole(in, "warm", 0, 1, options.warm ? 1 : 0) == 1;
        options.format = format == 0 ? VoiceBytes::Format::pcm : VoiceBytes::Format::wav;
        options.sample_rate = read_whole(in, "sample_rate", 8'000, 48'000, options.sample_rate);
        read.provider = options;
    } else {
        StreamInputOptions options;
        read_name(in, before, options.name);
        read_url(in, "ws", options.url);
        read_remote(in, environment, options);
        read_warm(in, options);
        read_voices(in, options);
        in.text("language", options.language);
        options.sample_rate = read_whole(in, "sample_rate", 8'000, 48'000, options.sample_rate);
        if (std::ranges::find(stream_input_rates, options.sample_rate) == stream_input_rates.end())
            in.problem("sample_rate", "must be one of: 8000, 16000, 22050, 24000, 44100");
        read.provider = options;
    }
    if (type != 0)
        in.duration("sound_timeout", 100ms, 30s, read.sound_timeout);
    in.finish();
    return read;
}

const std::string& name_of(const auto& provider)
{
    return std::visit([](const auto& options) -> const std::string& { return options.name; }, provider);
}

} // namespace

const std::string& RecogniserConfiguration::name() const
{
    return name_of(provider);
}

const std::string& SynthesiserConfiguration::name() const
{
    return name_of(provider);
}

void read_speech(YamlSection& in, const Environment& environment, SpeechConfiguration& into)
{
    into.workers = read_whole(in, "workers", 1, max_speech_workers, into.workers);
    in.map("voices", into.voices);
    for (YamlSection& each : in.sections("recognisers"))
        into.recognisers.push_back(read_recogniser(each, environment, into.recognisers));
    for (YamlSection& each : in.sections("synthesisers"))
        into.synthesisers.push_back(read_synthesiser(each, environment, into.synthesisers));
    in.finish();
}

} // namespace parley
