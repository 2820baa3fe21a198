#include "providers/transcription.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "providers/warm_request.h"

#include <algorithm>
#include <deque>
#include <list>
#include <utility>

namespace parley {
namespace {

constexpr std::size_t max_answer = 256 * 1024;

struct Utterance {
    std::vector<std::int16_t> samples;
    Timeline timeline;
    std::vector<std::string> hints;
    int attempts = 0;
    Instant ended {};
    bool answered = false;
    HttpExchange exchange {};
};

// One stream. Shared with requests under way, which hold it weakly.
class Transcribing : public std::enable_shared_from_this<Transcribing> {
public:
    Transcribing(const TranscriptionOptions& options, const SttOptions& stream, HttpClient& client, EventLoop& home,
        std::shared_ptr<WarmRequest> warm, std::shared_ptr<ProviderStatistics> statistics, Log log,
        std::function<void(SttEvent)> tell)
        : options_(options)
        , stream_(stream)
        , client_(client)
        , home_(home)
        , warm_(std::move(warm))
        , statistics_(std::move(statistics))
        , log_(std::move(log))
        , tell_(std::move(tell))
    {
    }

    void open() { tell(SttReady {}); }

    void close()
    {
        tell_ = nullptr;
        statistics_->active -= static_cast<int>(waiting_.size());
        waiting_.clear();
    }

    void push(const AudioFrame& frame, Instant arrived)
    {
        if (finished_)
            return;
        if (!origin_)
            origin_ = arrived - frame.duration();
        if (speaking_) {
            hear(frame, arrived);
            if (length(*speaking_) > TranscriptionStt::longest_utterance) {
                end();
                begin();
            }
            return;
        }
        before_.emplace_back(frame, arrived);
        before_length_ += frame.duration();
        while (before_length_ - before_.front().first.duration() >= TranscriptionStt::pre_roll) {
            before_length_ -= before_.front().first.duration();
            before_.pop_front();
        }
    }

    void begin()
    {
        if (speaking_ || finished_)
            return;
        warm_->warm();
        speaking_.emplace(Utterance { {}, Timeline(stream_.sample_rate), stream_.hints });
        for (const auto& [frame, arrived] : before_)
            hear(frame, arrived);
        before_.clear();
        before_length_ = {};
    }

    void end()
    {
        if (!speaking_)
            return;
        if (speaking_->samples.empty()) {
            speaking_.reset();
            return;
        }
        if (waiting_.size() >= TranscriptionStt::max_utterances) {
            log_.warning("utterance dropped", { { "provider", options_.name }, { "limit", waiting_.size() } });
            tell(SttFailed {
                { ErrorKind::limit_reached, "speech recognition is behind; an utterance was dropped" }, true });
            waiting_.pop_front();
            --statistics_->active;
        }
        speaking_->ended = now();
        waiting_.push_back(std::move(*speaking_));
        speaking_.reset();
        if (!statistics_->enter(options_.max_streams)) {
            ++statistics_->active; // `fail` counts it out again.
            fail(waiting_.back(), { ErrorKind::limit_reached, options_.name + ": too many requests at the same time" });
            return;
        }
        ask(waiting_.back());
    }

    void finish()
    {
        end();
        finished_ = true;
    }

    void set_hints(std::vector<std::string> hints) { stream_.hints = std::move(hints); }

private:
    void hear(const AudioFrame& frame, Instant arrived)
    {
        speaking_->samples.insert(speaking_->samples.end(), frame.samples.begin(), frame.samples.end());
        speaking_->timeline.push(frame.samples.size(), arrived);
    }

    [[nodiscard]] Duration length(const Utterance& utterance) const
    {
        return Duration(static_cast<std::int64_t>(utterance.samples.size()) * 1'000'000 / stream_.sample_rate);
    }

    void ask(Utterance& utterance)
    {
        ++utterance.attempts;
        SttOptions asked = stream_;
        asked.hints = utterance.hints;
        HttpClientRequest request;
        request.method = "POST";
        request.url = options_.url;
        request.headers.add("Content-Type", "multipart/form-data; boundary=" + std::string(transcription_boundary));
        if (!options_.api_key.empty())
            request.headers.add("Authorization", "Bearer " + options_.api_key);
        request.body = transcription_form(options_, asked, wav_file(utterance.samples, stream_.sample_rate));
        request.policy = OutboundPolicy::unrestricted(); // The operator wrote this URL.
        request.connect_timeout = options_.connect_timeout;
        request.total_timeout = options_.timeout;
        request.max_response_bytes = max_answer;
        request.ca_file = options_.ca_file;
        HttpClientCallbacks callbacks;
        callbacks.on_done = [weak = weak_from_this(), &utterance](Result<HttpResponse> done) {
            if (const auto self = weak.lock(); self && self->tell_)
                self->on_done(utterance, std::move(done)); // It is there: dropping it drops the exchange.
        };
        utterance.exchange = client_.start(std::move(request), std::move(callbacks), home_);
    }

    void on_done(Utterance& utterance, Result<HttpResponse> done)
    {
        if (!done) {
            again_or_fail(utterance, { done.error().kind, "speech recognition: " + done.error().what });
            return;
        }
        if (done->status != 200) {
            const Error error { done->status == 401 || done->status == 403 ? ErrorKind::unauthenticated
                                                                           : ErrorKind::unavailable,
                "speech recognition: HTTP " + std::to_string(done->status) };
            if (done->status == 429 || done->status >= 500)
                again_or_fail(utterance, error);
            else
                fail(utterance, error);
            return;
        }
        auto heard = parse_transcription(done->body);
        if (!heard) {
            again_or_fail(utterance, heard.error());
            return;
        }
        warm_->used();
        statistics_->latency.add(now() - utterance.ended);
        utterance.answered = true;
        utterance.exchange = {};
        heard_.emplace_back(&utterance, std::move(*heard));
        tell_in_order();
    }

    // A later utterance may be answered first.
    void tell_in_order()
    {
        while (!waiting_.empty() && waiting_.front().answered) {
            auto& first = waiting_.front();
            const auto found = std::ranges::find_if(heard_, [&](const auto& entry) { return entry.first == &first; });
            const auto heard = std::move(found->second);
            heard_.erase(found);
            if (!heard.text.empty())
                tell(transcript(first, heard));
            waiting_.pop_front();
            --statistics_->active;
        }
    }

    [[nodiscard]] Transcript transcript(const Utterance& utterance, const Transcribed& heard) const
    {
        Transcript told;
        told.text = heard.text;
        told.final = true;
        told.language = stream_.language;
        const auto& timeline = utterance.timeline;
        for (const auto& word : heard.words)
            told.words.push_back(
                { word.word, timeline.when(word.start) - *origin_, timeline.when(word.end) - *origin_ });
        told.speech_start = told.words.empty() ? timeline.when({}) : *origin_ + told.words.front().start;
        told.speech_end = told.words.empty() ? timeline.when(length(utterance)) : *origin_ + told.words.back().end;
        return told;
    }

    void again_or_fail(Utterance& utterance, Error error)
    {
        if (utterance.attempts >= options_.attempts) {
            fail(utterance, std::move(error));
            return;
        }
        log_.warning("speech recognition asked again", { { "provider", options_.name }, { "why", error.what } });
        ask(utterance);
    }

    void fail(Utterance& utterance, Error error)
    {
        ++statistics_->failed;
        --statistics_->active;
        log_.warning("speech recognition failed", { { "provider", options_.name }, { "why", error.what } });
        std::erase_if(heard_, [&](const auto& entry) { return entry.first == &utterance; });
        waiting_.remove_if([&](const Utterance& other) { return &other == &utterance; });
        // With one attempt left another recogniser is to hear it; alone, the call goes on without these words.
        tell(SttFailed { std::move(error), options_.attempts > 1 });
        tell_in_order();
    }

    void tell(SttEvent event)
    {
        home_.post([weak = weak_from_this(), event = std::move(event)]() mutable {
            if (const auto self = weak.lock(); self && self->tell_)
                std::function(self->tell_)(std::move(event)); // A copy: the listener may destroy us.
        });
    }

    const TranscriptionOptions options_;
    SttOptions stream_;
    HttpClient& client_;
    EventLoop& home_;
    std::shared_ptr<WarmRequest> warm_;              // Shared with the provider and its other streams.
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    std::function<void(SttEvent)> tell_; // Empty: nobody listens any more.

    std::optional<Instant> origin_; // The stream's first sample; word times count from it.
    std::deque<std::pair<AudioFrame, Instant>> before_;
    Duration before_length_ {};
    std::optional<Utterance> speaking_;
    std::list<Utterance> waiting_; // For their words, in order.
    std::vector<std::pair<const Utterance*, Transcribed>> heard_;
    bool finished_ = false;
};

class TranscriptionStream : public SttStream {
public:
    explicit TranscriptionStream(std::shared_ptr<Transcribing> transcribing)
        : transcribing_(std::move(transcribing))
    {
        transcribing_->open();
    }
    ~TranscriptionStream() override { transcribing_->close(); }

    void push(const AudioFrame& frame, Instant arrived) override { transcribing_->push(frame, arrived); }
    void speech_started(Instant) override { transcribing_->begin(); }
    void speech_stopped(Instant) override { transcribing_->end(); }
    void set_hints(std::vector<std::string> hints) override { transcribing_->set_hints(std::move(hints)); }
    void finish() override { transcribing_->finish(); }

private:
    std::shared_ptr<Transcribing> transcribing_; // Held while one of its own callbacks runs, too.
};

} // namespace

TranscriptionStt::TranscriptionStt(TranscriptionOptions options, HttpClient& client, EventLoop& home,
    std::shared_ptr<ProviderStatistics> statistics, Log log)
    : options_(std::move(options))
    , client_(client)
    , home_(home)
    , statistics_(std::move(statistics))
    , log_(std::move(log))
    , capabilities_ { options_.name, false, options_.word_times }
    , warm_(std::make_shared<WarmRequest>(
          WarmRequest::Options { options_.warm, options_.url, options_.ca_file, options_.connect_timeout }, client,
          home))
{
}

TranscriptionStt::~TranscriptionStt() = default;

std::unique_ptr<SttStream> TranscriptionStt::open(const SttOptions& stream, std::function<void(SttEvent)> tell)
{
    return std::make_unique<TranscriptionStream>(
        std::make_shared<Transcribing>(options_, stream, client_, home_, warm_, statistics_, log_, std::move(tell)));
}

} // namespace parley
