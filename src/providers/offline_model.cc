#include "providers/offline_model.h"

#include "net/clock.h"
#include "net/event_loop.h"

#include <utility>

namespace parley {
namespace {

// Pieces as a model's tokens come: a word and the space before it.
std::vector<std::string> tokens_of(const std::string& text)
{
    std::vector<std::string> tokens;
    std::size_t start = 0;
    while (start < text.size()) {
        auto end = text.find(' ', text.find_first_not_of(' ', start));
        if (end == std::string::npos)
            end = text.size();
        tokens.push_back(text.substr(start, end - start));
        start = end;
    }
    return tokens;
}

int words_in(const LmRequest& request)
{
    std::size_t count = 0;
    for (const auto& message : request.messages)
        count += tokens_of(message.content).size();
    return static_cast<int>(count);
}

// Hands out a reply token by token. On the home loop.
class Pacing : public std::enable_shared_from_this<Pacing> {
public:
    Pacing(LmReply reply, int input_tokens, EventLoop& home, const OfflineModelOptions& options,
        std::function<void(LmEvent)> tell)
        : tokens_(tokens_of(reply.text))
        , calls_(std::move(reply.tool_calls))
        , input_tokens_(input_tokens)
        , options_(options)
        , tell_(std::move(tell))
        , timer_(home)
    {
    }

    void open()
    {
        due_ = now() + options_.first_token;
        arm();
    }

    void close()
    {
        closed_ = true;
        timer_.cancel();
    }

private:
    void arm()
    {
        timer_.set(due_, [weak = weak_from_this()] {
            if (const auto self = weak.lock(); self && !self->closed_)
                self->step();
        });
    }

    void step()
    {
        const auto self = shared_from_this(); // The listener may drop the stream.
        if (next_ < tokens_.size()) {
            tell_(LmText { tokens_[next_++] });
            due_ += options_.token;
            if (!closed_)
                arm();
            return;
        }
        const int output = static_cast<int>(tokens_.size() + calls_.size());
        for (auto& call : calls_) {
            if (!closed_)
                tell_(LmToolCall { std::move(call) });
        }
        if (!closed_)
            tell_(LmDone { input_tokens_, output });
    }

    std::vector<std::string> tokens_;
    std::vector<ToolCall> calls_;
    int input_tokens_;
    OfflineModelOptions options_;
    std::function<void(LmEvent)> tell_;

    Timer timer_;
    Instant due_ {};
    std::size_t next_ = 0;
    bool closed_ = false;
};

class OfflineStream : public LmStream {
public:
    explicit OfflineStream(std::shared_ptr<Pacing> pacing)
        : pacing_(std::move(pacing))
    {
    }
    ~OfflineStream() override { pacing_->close(); }

private:
    std::shared_ptr<Pacing> pacing_; // Held while its own callback runs, too.
};

} // namespace

OfflineModel::OfflineModel(OfflineRules rules, EventLoop& home, OfflineModelOptions options)
    : rules_(std::move(rules))
    , home_(home)
    , options_(options)
{
}

OfflineModel::~OfflineModel() = default;

std::unique_ptr<LmStream> OfflineModel::open(LmRequest request, std::function<void(LmEvent)> tell)
{
    auto pacing = std::make_shared<Pacing>(reply(rules_, request), words_in(request), home_, options_, std::move(tell));
    pacing->open();
    return std::make_unique<OfflineStream>(std::move(pacing));
}

} // namespace parley
