#include "server/speech_providers.h"

#include "providers/embedded_speech.h"
#include "providers/fallback_stt.h"
#include "providers/fallback_tts.h"
#include "providers/listen_stt.h"
#include "providers/speech_endpoint.h"
#include "providers/stream_input.h"
#include "providers/transcription.h"

namespace parley {
namespace {

using Kind = ProviderStatistics::Kind;

bool is_embedded(const auto& entries)
{
    for (const auto& entry : entries) {
        if (std::holds_alternative<EmbeddedChoice>(entry.configured.provider))
            return true;
    }
    return false;
}

} // namespace

SpeechProviders::SpeechProviders(const SpeechConfiguration& configuration, Log log)
    : log_(std::move(log))
{
    for (const auto& configured : configuration.recognisers)
        recognisers_.push_back(
            { configured, std::make_shared<ProviderStatistics>(Kind::recogniser, configured.name()) });
    for (const auto& configured : configuration.synthesisers)
        synthesisers_.push_back(
            { configured, std::make_shared<ProviderStatistics>(Kind::synthesiser, configured.name()) });
    if (recognisers_.empty())
        recognisers_.push_back({ {}, std::make_shared<ProviderStatistics>(Kind::recogniser, "embedded") });
    if (synthesisers_.empty())
        synthesisers_.push_back({ {}, std::make_shared<ProviderStatistics>(Kind::synthesiser, "embedded") });
}

bool SpeechProviders::need_embedded() const
{
    return is_embedded(recognisers_) || is_embedded(synthesisers_);
}

std::unique_ptr<SpeechToText> SpeechProviders::speech_to_text(
    EventLoop& home, HttpClient& client, EmbeddedSpeech* embedded) const
{
    std::vector<FallbackStt::Choice> choices;
    for (const auto& entry : recognisers_) {
        // One with others behind it gives up soon; the last one goes on trying.
        const bool last = &entry == &recognisers_.back();
        std::unique_ptr<SpeechToText> made;
        if (auto* listen = std::get_if<ListenOptions>(&entry.configured.provider)) {
            auto options = *listen;
            options.attempts = last ? 0 : 1;
            made = std::make_unique<ListenStt>(home, std::move(options), entry.statistics, log_);
        } else if (auto* transcription = std::get_if<TranscriptionOptions>(&entry.configured.provider)) {
            auto options = *transcription;
            options.attempts = last ? 2 : 1;
            made = std::make_unique<TranscriptionStt>(std::move(options), client, home, entry.statistics, log_);
        } else {
            made = embedded->speech_to_text(home);
        }
        choices.push_back({ std::move(made),
            { entry.configured.name(), entry.configured.ready_timeout, entry.configured.final_timeout },
            entry.statistics });
    }
    if (choices.size() == 1)
        return std::move(choices.front().provider);
    return std::make_unique<FallbackStt>(home, std::move(choices), log_);
}

std::unique_ptr<TextToSpeech> SpeechProviders::text_to_speech(
    EventLoop& home, HttpClient& client, EmbeddedSpeech* embedded) const
{
    std::vector<FallbackTts::Choice> choices;
    for (const auto& entry : synthesisers_) {
        const bool last = &entry == &synthesisers_.back();
        std::unique_ptr<TextToSpeech> made;
        if (auto* endpoint = std::get_if<SpeechEndpointOptions>(&entry.configured.provider)) {
            auto options = *endpoint;
            options.attempts = last ? 2 : 1;
            made = std::make_unique<SpeechEndpointTts>(std::move(options), client, home, entry.statistics, log_);
        } else if (auto* stream = std::get_if<StreamInputOptions>(&entry.configured.provider)) {
            auto options = *stream;
            options.attempts = last ? 2 : 1;
            made = std::make_unique<StreamInputTts>(home, std::move(options), entry.statistics, log_);
        } else {
            made = embedded->text_to_speech(home);
        }
        choices.push_back({ std::move(made),
            { entry.configured.name(), entry.configured.sound_timeout, entry.configured.sound_timeout },
            entry.statistics });
    }
    if (choices.size() == 1)
        return std::move(choices.front().provider);
    return std::make_unique<FallbackTts>(home, std::move(choices), log_);
}

ProviderFigures SpeechProviders::figures() const
{
    ProviderFigures all;
    const auto add = [&](const auto& entries) {
        for (const auto& entry : entries) {
            if (!std::holds_alternative<EmbeddedChoice>(entry.configured.provider))
                all.push_back(entry.statistics);
        }
    };
    add(recognisers_);
    add(synthesisers_);
    return all;
}

} // namespace parley
