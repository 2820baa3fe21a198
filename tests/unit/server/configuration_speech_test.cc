#include "server/configuration.h"
#include "server/speech_providers.h"

#include <gmock/gmock.h>

namespace parley {
namespace {

using ::testing::HasSubstr;

const std::string head = R"(customers: [{id: 5e4a0680-804e-11ec-8477-2fea5968d85b, name: One, access_keys: [k1]}]
projects: [{id: p, token: t, customer: 5e4a0680-804e-11ec-8477-2fea5968d85b}]
)";

Result<Configuration> parse(const std::string& speech)
{
    return parse_configuration(head + speech, "parley.yaml",
        [](std::string_view name) { return name == "KEY" ? std::optional<std::string>("secret") : std::nullopt; });
}

std::string problems(const std::string& speech)
{
    auto parsed = parse(speech);
    return parsed ? "" : parsed.error().what;
}

TEST(SpeechConfiguration, without_lists_embedded_speech_is_alone)
{
    auto parsed = parse("");
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_TRUE(parsed->speech.recognisers.empty());
    const SpeechProviders providers(parsed->speech, Log::none());
    EXPECT_TRUE(providers.need_embedded());
    EXPECT_TRUE(providers.figures().empty());
}

TEST(SpeechConfiguration, lists_are_read_in_order)
{
    auto parsed = parse(R"(speech:
  recognisers:
    - {type: listen_socket, name: d, url: 'wss://d/v1/listen', key_env: KEY, model: nova-3, final_timeout: 900ms, warm: 2}
    - {type: transcription, url: 'http://127.0.0.1:1/t', model: whisper-1, word_times: true, timeout: 2s, max_streams: 7}
  synthesisers:
    - {type: stream_input, url: 'ws://e', voice: v, voices: {Anna: a}, sample_rate: 8000, sound_timeout: 1s}
    - {type: speech_endpoint, url: 'https://o/s', model: m, voice: alloy, format: wav, key: k, warm: 0}
)");
    ASSERT_TRUE(parsed) << parsed.error().what;
    const auto& speech = parsed->speech;
    ASSERT_EQ(speech.recognisers.size(), 2U);
    const auto& listen = std::get<ListenOptions>(speech.recognisers[0].provider);
    EXPECT_EQ(listen.api_key, "secret");
    EXPECT_EQ(listen.model, "nova-3");
    EXPECT_EQ(listen.warm, 2);
    EXPECT_EQ(speech.recognisers[0].final_timeout, 900ms);
    EXPECT_EQ(speech.recognisers[0].name(), "d");
    const auto& transcription = std::get<TranscriptionOptions>(speech.recognisers[1].provider);
    EXPECT_TRUE(transcription.word_times);
    EXPECT_EQ(transcription.timeout, 2s);
    EXPECT_EQ(transcription.max_streams, 7);
    EXPECT_TRUE(transcription.warm);
    const auto& stream = std::get<StreamInputOptions>(speech.synthesisers[0].provider);
    EXPECT_EQ(stream.voices.at(0).second, "a");
    EXPECT_EQ(stream.sample_rate, 8'000);
    EXPECT_EQ(speech.synthesisers[0].sound_timeout, 1s);
    const auto& endpoint = std::get<SpeechEndpointOptions>(speech.synthesisers[1].provider);
    EXPECT_EQ(endpoint.format, VoiceBytes::Format::wav);
    EXPECT_FALSE(endpoint.warm);
    const SpeechProviders providers(speech, Log::none());
    EXPECT_FALSE(providers.need_embedded());
    EXPECT_EQ(providers.figures().size(), 4U);
}

TEST(SpeechConfiguration, problems_name_the_key)
{
    const auto recogniser
        = [](const std::string& keys) { return problems("speech: {recognisers: [{" + keys + "}]}\n"); };
    const auto voice = [](const std::string& keys) { return problems("speech: {synthesisers: [{" + keys + "}]}\n"); };
    EXPECT_THAT(recogniser("url: 'ws://d'"), HasSubstr("key `speech.recognisers[0].type`: is missing"));
    EXPECT_THAT(recogniser("type: telepathy"), HasSubstr("key `speech.recognisers[0].type`: must be one of"));
    EXPECT_THAT(recogniser("type: listen_socket, url: 'http://d'"), HasSubstr("must be a ws:// or wss:// URL"));
    EXPECT_THAT(
        recogniser("type: transcription, url: 'http://d'"), HasSubstr("`speech.recognisers[0].model`: is missing"));
    EXPECT_THAT(recogniser("type: embedded, url: 'ws://d'"), HasSubstr("`speech.recognisers[0].url`: is unknown here"));
    EXPECT_THAT(recogniser("type: listen_socket, url: 'ws://d', key_env: NONE"), HasSubstr("NONE, which is not set"));
    EXPECT_THAT(recogniser("type: embedded}, {type: embedded"), HasSubstr("\"embedded\" stands twice"));
    EXPECT_THAT(voice("type: stream_input, url: 'ws://e'"), HasSubstr("`speech.synthesisers[0].voice`: is missing"));
    EXPECT_THAT(
        voice("type: stream_input, url: 'ws://e', voice: v, sample_rate: 9000"), HasSubstr("must be one of: 8000"));
    EXPECT_THAT(voice("type: speech_endpoint, url: 'http://o', model: m, voice: v, format: mp3"), HasSubstr("format"));
}

} // namespace
} // namespace parley
