#pragma once

#include "base/result.h"
#include "base/time.h"
#include "providers/offline_rules.h"
#include "speech/language_model.h"

#include <memory>
#include <string>

// A language model made of rules, for demos and tests: no network, no account, the same answer to the same request.
// It converses a little, calls tools by comparing what was said with their descriptions, and summarises. It contains no
// word about any particular tool.
namespace parley {

class EventLoop;

struct LmReply {
    std::string text; // Either of the two may be empty.
    std::vector<ToolCall> tool_calls;
};

// The whole model: what it answers to `request`. Pure.
[[nodiscard]] LmReply reply(const OfflineRules&, const LmRequest&);

struct OfflineModelOptions {
    Duration first_token = 50ms; // Before the first piece.
    Duration token = 20ms;       // Between pieces.
};

class OfflineModel : public LanguageModel {
public:
    // Events arrive on `home`.
    OfflineModel(OfflineRules, EventLoop& home, OfflineModelOptions = {});
    ~OfflineModel() override;

    [[nodiscard]] std::string name() const override { return "offline"; }
    std::unique_ptr<LmStream> open(LmRequest, std::function<void(LmEvent)>) override;

private:
    OfflineRules rules_;
    EventLoop& home_;
    OfflineModelOptions options_;
};

} // namespace parley
