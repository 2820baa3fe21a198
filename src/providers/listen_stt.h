#pragma once

#include "base/log.h"
#include "providers/listen_wire.h"
#include "providers/provider_statistics.h"
#include "speech/speech_to_text.h"

#include <memory>

// Speech to text by a streaming recogniser on a WebSocket (the wire of `listen_wire.h`).
namespace parley {

class EventLoop;
class WarmSockets;

class ListenStt : public SpeechToText {
public:
    // Connections and events live on `home`. Streams may outlive this object.
    ListenStt(EventLoop& home, ListenOptions, std::shared_ptr<ProviderStatistics>, Log);
    ~ListenStt() override;

    [[nodiscard]] const SttCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<SttStream> open(const SttOptions&, std::function<void(SttEvent)>) override;

private:
    EventLoop& home_;
    ListenOptions options_;
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    SttCapabilities capabilities_;
    std::shared_ptr<WarmSockets> sockets_; // Shared with the streams.
};

} // namespace parley
