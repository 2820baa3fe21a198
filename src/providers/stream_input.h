#pragma once

#include "base/log.h"
#include "providers/provider_statistics.h"
#include "providers/stream_input_wire.h"
#include "speech/text_to_speech.h"

#include <memory>

// Text to speech on a WebSocket (the wire of `stream_input_wire.h`): one connection a call and voice, open before the
// first sentence; a context a sentence, ended when the caller interrupts.
namespace parley {

class EventLoop;
class WarmSockets;

class StreamInputTts : public TextToSpeech {
public:
    static constexpr std::size_t ahead = 3; // Contexts of a call at the same time. Providers allow 5.

    // Connections and events live on `home`. Streams may outlive this object.
    StreamInputTts(EventLoop& home, StreamInputOptions, std::shared_ptr<ProviderStatistics>, Log);
    ~StreamInputTts() override;

    [[nodiscard]] const TtsCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<TtsStream> open(const TtsOptions&, std::function<void(TtsEvent)>) override;

private:
    EventLoop& home_;
    StreamInputOptions options_;
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    TtsCapabilities capabilities_;
    std::shared_ptr<WarmSockets> sockets_; // Shared with the streams.
};

} // namespace parley
