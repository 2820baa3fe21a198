#pragma once

#include "base/log.h"
#include "providers/provider_statistics.h"
#include "speech/fallback_listening.h"

#include <memory>
#include <vector>

// Several recognisers as one: the first that works hears the call (`speech/fallback_listening.h` decides which).
namespace parley {

class EventLoop;

class FallbackStt : public SpeechToText {
public:
    struct Choice {
        std::unique_ptr<SpeechToText> provider;
        FallbackSttChoice policy;
        std::shared_ptr<ProviderStatistics> statistics; // Null: it keeps none.
    };

    // At least one. Everything lives on `home`; streams may outlive this object.
    FallbackStt(EventLoop& home, std::vector<Choice>, Log);
    ~FallbackStt() override;

    [[nodiscard]] const SttCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<SttStream> open(const SttOptions&, std::function<void(SttEvent)>) override;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_; // Shared with the streams.
    SttCapabilities capabilities_;
};

} // namespace parley
