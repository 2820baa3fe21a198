#include "providers/warm_sockets.h"

#include "net/clock.h"

#include <algorithm>

namespace parley {

struct ProviderSocket::State {
    std::unique_ptr<WebSocketClient> client;
    ProviderSocketEvents events;
    bool open = false;
    bool closed = false;
    bool taken = false;
};

namespace {

using State = ProviderSocket::State;

// Sends only what the other side could still take.
WebSocket* usable(const State& state)
{
    return state.client && !state.closed ? &state.client->socket() : nullptr;
}

} // namespace

ProviderSocket::~ProviderSocket()
{
    state_->events = {};
    state_->client.reset();
}

void ProviderSocket::send(std::string text)
{
    if (auto* socket = usable(*state_))
        socket->send(std::move(text));
}

void ProviderSocket::send_binary(std::string bytes)
{
    if (auto* socket = usable(*state_))
        socket->send_binary(std::move(bytes));
}

std::size_t ProviderSocket::queued_bytes() const
{
    const auto* socket = usable(*state_);
    return socket != nullptr ? socket->queued_bytes() : 0;
}

WarmSockets::WarmSockets(EventLoop& loop, Options options, std::shared_ptr<ProviderStatistics> statistics)
    : loop_(loop)
    , options_(std::move(options))
    , statistics_(std::move(statistics))
    , timer_(loop)
{
}

WarmSockets::~WarmSockets()
{
    for (const auto& url : waiting_) {
        for (const auto& socket : url.sockets) {
            if (socket->open && !socket->closed)
                --statistics_->warm;
        }
    }
}

void WarmSockets::warm(const std::string& url)
{
    if (options_.warm <= 0)
        return;
    auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return w.url == url; });
    if (found == waiting_.end()) {
        waiting_.push_front({ url, {}, {} });
        while (waiting_.size() > options_.max_urls) {
            for (const auto& socket : waiting_.back().sockets)
                statistics_->warm -= socket->open && !socket->closed ? 1 : 0;
            waiting_.pop_back();
        }
    } else {
        waiting_.splice(waiting_.begin(), waiting_, found);
    }
    waiting_.front().needed = now();
    fill(waiting_.front());
    if (!timer_.pending())
        timer_.set(now() + options_.keep_alive_every, [this] { tick(); });
}

std::unique_ptr<ProviderSocket> WarmSockets::take(const std::string& url, Want want, ProviderSocketEvents events)
{
    std::shared_ptr<State> state;
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return w.url == url; });
    while (want == Want::any && found != waiting_.end() && !found->sockets.empty() && !state) {
        state = found->sockets.front();
        found->sockets.pop_front();
        if (state->closed)
            state.reset();
    }
    if (!state)
        state = connect(url);
    if (!state)
        return nullptr;
    state->taken = true;
    state->events = std::move(events);
    if (state->open) {
        --statistics_->warm;
        ++statistics_->taken_warm;
        loop_.post([weak = std::weak_ptr(state)] {
            const auto there = weak.lock();
            if (there && !there->closed && there->events.opened)
                std::function(there->events.opened)();
        });
    }
    warm(url);
    return std::make_unique<ProviderSocket>(std::move(state));
}

std::shared_ptr<State> WarmSockets::connect(const std::string& url)
{
    auto state = std::make_shared<State>();
    const auto guarded = [weak = std::weak_ptr(state)](auto work) {
        return [weak, work](WebSocket&, auto&&... arguments) {
            if (const auto there = weak.lock())
                work(*there, std::forward<decltype(arguments)>(arguments)...);
        };
    };
    WebSocketEvents events;
    events.opened = guarded([statistics = statistics_](State& there) {
        there.open = true;
        if (!there.taken)
            ++statistics->warm;
        else if (there.events.opened)
            std::function(there.events.opened)(); // A copy: the listener may destroy itself.
    });
    events.message = guarded([](State& there, std::string text) {
        if (there.events.message)
            std::function(there.events.message)(std::move(text));
    });
    events.closed = guarded([statistics = statistics_](State& there, const WebSocketClosed& why) {
        if (there.open && !there.taken && !there.closed)
            --statistics->warm;
        there.closed = true;
        std::string what = why.detail;
        if (why.reason == WebSocketClosed::Reason::peer)
            what = "closed with " + std::to_string(why.code) + (what.empty() ? "" : ": " + what);
        if (there.events.closed)
            std::function(there.events.closed)(std::move(what));
    });
    WebSocketClientOptions options { url, options_.headers, options_.ca_file, {} };
    options.limits.handshake = options_.handshake;
    auto client = WebSocketClient::connect(loop_, std::move(options), std::move(events));
    if (!client)
        return nullptr;
    state->client = std::move(*client);
    return state;
}

void WarmSockets::fill(Waiting& waiting)
{
    std::erase_if(waiting.sockets, [](const auto& socket) { return socket->closed; });
    while (static_cast<int>(waiting.sockets.size()) < options_.warm) {
        auto state = connect(waiting.url);
        if (!state)
            return;
        waiting.sockets.push_back(std::move(state));
    }
}

// Keeps what waits alive, and lets go what nobody needs any more. One that was closed is replaced when the next is
// needed.
void WarmSockets::tick()
{
    const auto at = now();
    for (auto& waiting : waiting_) {
        std::erase_if(waiting.sockets, [&](const auto& socket) {
            const bool unneeded = at - waiting.needed >= options_.warm_for;
            if (unneeded && socket->open && !socket->closed)
                --statistics_->warm;
            if (!unneeded && socket->open && !socket->closed && !options_.keep_alive.empty())
                socket->client->socket().send(options_.keep_alive);
            return unneeded || socket->closed;
        });
    }
    std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.sockets.empty(); });
    if (!waiting_.empty())
        timer_.set(at + options_.keep_alive_every, [this] { tick(); });
}

} // namespace parley
