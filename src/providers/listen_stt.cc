#include "providers/listen_stt.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "providers/listen_session.h"
#include "providers/warm_sockets.h"

#include <utility>

namespace parley {
namespace {

std::string little_endian(const std::vector<std::int16_t>& samples)
{
    std::string bytes;
    bytes.reserve(samples.size() * 2);
    for (const auto sample : samples) {
        const auto word = static_cast<std::uint16_t>(sample);
        bytes += static_cast<char>(word & 0xffU);
        bytes += static_cast<char>(word >> 8U);
    }
    return bytes;
}

// One stream and its connections. Shared with tasks under way, which hold it weakly.
class Listening : public std::enable_shared_from_this<Listening> {
public:
    Listening(EventLoop& home, std::shared_ptr<WarmSockets> sockets, std::shared_ptr<ProviderStatistics> statistics,
        const ListenOptions& options, const SttOptions& stream, Log log, std::function<void(SttEvent)> tell)
        : home_(home)
        , sockets_(std::move(sockets))
        , statistics_(std::move(statistics))
        , session_(options, stream, std::move(log))
        , timer_(home)
        , tell_(std::move(tell))
    {
    }

    ~Listening() { statistics_->leave(); }

    void close()
    {
        tell_ = nullptr;
        socket_.reset();
        timer_.cancel();
    }

    // Lets the machine decide and does what it says.
    template <typename F> void decide(F step)
    {
        ListenSession::Commands out;
        step(session_, now(), out);
        for (auto& command : out)
            std::visit([this](auto& c) { carry_out(c); }, command);
        if (const auto deadline = session_.deadline())
            timer_.set(*deadline, guarded(&Listening::on_deadline));
        else
            timer_.cancel();
    }

    [[nodiscard]] std::size_t queued() const { return socket_ ? socket_->queued_bytes() : 0; }
    void speech_stopped(Instant at) { speech_end_ = at; }

private:
    template <typename Method> auto guarded(Method method)
    {
        return [weak = weak_from_this(), method](auto&&... arguments) {
            if (const auto self = weak.lock(); self && self->tell_)
                (self.get()->*method)(std::forward<decltype(arguments)>(arguments)...);
        };
    }

    void on_deadline()
    {
        decide([](ListenSession& session, Instant at, auto& out) { session.handle_timeout(at, out); });
    }
    void on_opened()
    {
        decide([](ListenSession& session, Instant at, auto& out) { session.opened(at, out); });
    }
    void on_message(const std::string& text)
    {
        decide([&](ListenSession& session, Instant at, auto& out) { session.message(text, at, out); });
    }
    void on_closed(const std::string& why)
    {
        decide([&](ListenSession& session, Instant at, auto& out) { session.closed(why, at, out); });
    }

    void carry_out(const ListenSession::Connect& connect)
    {
        if (session_.connections() > 0)
            ++statistics_->reconnected;
        const auto want = std::exchange(connected_before_, true) ? WarmSockets::Want::fresh : WarmSockets::Want::any;
        socket_ = sockets_->take(connect.url, want,
            { guarded(&Listening::on_opened), guarded(&Listening::on_message), guarded(&Listening::on_closed) });
        if (!socket_)
            home_.post([closed = guarded(&Listening::on_closed)] { closed("not a WebSocket URL"); });
    }
    void carry_out(const ListenSession::Disconnect&) { socket_.reset(); }
    void carry_out(const ListenSession::SendAudio& audio)
    {
        if (socket_)
            socket_->send_binary(little_endian(audio.samples));
    }
    void carry_out(ListenSession::SendText& text)
    {
        if (socket_)
            socket_->send(std::move(text.text));
    }
    void carry_out(ListenSession::Tell& tell)
    {
        const auto* words = std::get_if<Transcript>(&tell.event);
        if (words != nullptr && words->final && speech_end_)
            statistics_->latency.add(now() - *std::exchange(speech_end_, std::nullopt));
        const auto* failed = std::get_if<SttFailed>(&tell.event);
        if (failed != nullptr && !failed->recoverable)
            ++statistics_->failed;
        home_.post([weak = weak_from_this(), event = std::move(tell.event)]() mutable {
            if (const auto self = weak.lock(); self && self->tell_)
                std::function(self->tell_)(std::move(event)); // A copy: the listener may destroy us.
        });
    }

    EventLoop& home_;
    std::shared_ptr<WarmSockets> sockets_;           // Shared with the provider and its other streams.
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    ListenSession session_;
    std::unique_ptr<ProviderSocket> socket_;
    Timer timer_;
    std::function<void(SttEvent)> tell_; // Empty: nobody listens any more.
    std::optional<Instant> speech_end_;
    bool connected_before_ = false;
};

class ListenStream : public SttStream {
public:
    explicit ListenStream(std::shared_ptr<Listening> listening)
        : listening_(std::move(listening))
    {
        listening_->decide([](ListenSession& session, Instant at, auto& out) { session.start(at, out); });
    }
    ~ListenStream() override { listening_->close(); }

    void push(const AudioFrame& frame, Instant arrived) override
    {
        listening_->decide([&](ListenSession& session, Instant at, auto& out) {
            session.push(frame, arrived, listening_->queued(), at, out);
        });
    }
    void speech_started(Instant) override
    {
        listening_->decide([](ListenSession& session, Instant at, auto& out) { session.speech_started(at, out); });
    }
    void speech_stopped(Instant) override
    {
        listening_->speech_stopped(now());
        listening_->decide([&](ListenSession& session, Instant at, auto& out) {
            session.speech_stopped(listening_->queued(), at, out);
        });
    }
    void set_hints(std::vector<std::string> hints) override
    {
        listening_->decide([&](ListenSession& session, Instant, auto&) { session.set_hints(std::move(hints)); });
    }
    void finish() override
    {
        listening_->decide(
            [&](ListenSession& session, Instant at, auto& out) { session.finish(listening_->queued(), at, out); });
    }

private:
    std::shared_ptr<Listening> listening_; // Held while one of its own callbacks runs, too.
};

// Too many streams at the same time: says so and hears nothing.
class RefusedStream : public SttStream {
public:
    RefusedStream(EventLoop& home, std::string name, std::function<void(SttEvent)> tell)
        : alive_(std::make_shared<bool>(true))
    {
        home.post([weak = std::weak_ptr(alive_), tell = std::move(tell), name = std::move(name)] {
            if (weak.lock())
                tell(SttFailed { { ErrorKind::limit_reached, name + ": too many streams at the same time" }, false });
        });
    }
    void push(const AudioFrame&, Instant) override { }
    void speech_started(Instant) override { }
    void speech_stopped(Instant) override { }
    void set_hints(std::vector<std::string>) override { }
    void finish() override { }

private:
    std::shared_ptr<bool> alive_; // Held weakly by the task under way.
};

} // namespace

ListenStt::ListenStt(EventLoop& home, ListenOptions options, std::shared_ptr<ProviderStatistics> statistics, Log log)
    : home_(home)
    , options_(std::move(options))
    , statistics_(std::move(statistics))
    , log_(std::move(log))
    , capabilities_ { options_.name, true, true }
{
    WarmSockets::Options sockets;
    if (!options_.api_key.empty())
        sockets.headers.add("Authorization", "Token " + options_.api_key);
    sockets.ca_file = options_.ca_file;
    sockets.warm = options_.warm;
    sockets.warm_for = options_.warm_for;
    sockets.keep_alive = R"({"type":"KeepAlive"})";
    sockets_ = std::make_shared<WarmSockets>(home_, std::move(sockets), statistics_);
    sockets_->warm(listen_url(options_, {}));
}

ListenStt::~ListenStt() = default;

std::unique_ptr<SttStream> ListenStt::open(const SttOptions& stream, std::function<void(SttEvent)> tell)
{
    if (!statistics_->enter(options_.max_streams))
        return std::make_unique<RefusedStream>(home_, options_.name, std::move(tell));
    return std::make_unique<ListenStream>(
        std::make_shared<Listening>(home_, sockets_, statistics_, options_, stream, log_, std::move(tell)));
}

} // namespace parley
