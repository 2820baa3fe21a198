#pragma once

#include "base/log.h"
#include "providers/provider_statistics.h"
#include "speech/fallback_speaking.h"

#include <memory>
#include <vector>

// Several voices as one: the first that works speaks the call (`speech/fallback_speaking.h` decides which).
namespace parley {

class EventLoop;

class FallbackTts : public TextToSpeech {
public:
    struct Choice {
        std::unique_ptr<TextToSpeech> provider;
        FallbackTtsChoice policy;
        std::shared_ptr<ProviderStatistics> statistics; // Null: it keeps none.
    };

    // At least one. Everything lives on `home`; streams may outlive this object.
    FallbackTts(EventLoop& home, std::vector<Choice>, Log);
    ~FallbackTts() override;

    [[nodiscard]] const TtsCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<TtsStream> open(const TtsOptions&, std::function<void(TtsEvent)>) override;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_; // Shared with the streams.
    TtsCapabilities capabilities_;
};

} // namespace parley
