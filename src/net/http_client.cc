#include "net/http_client.h"

#include "net/clock.h"
#include "net/fd_watch.h"
#include "net/http_transfer.h"

#include <atomic>
#include <map>

namespace parley {

namespace {

constexpr long max_idle_connections = 64;

void start_library()
{
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    VERIFY(started == CURLE_OK);
}

} // namespace

// All but `loop` and `next_id` belongs to the outbound loop's thread.
struct HttpClient::Core : std::enable_shared_from_this<HttpClient::Core> {
    explicit Core(EventLoop& outbound)
        : loop(outbound)
        , timer(outbound)
    {
        start_library();
        multi = curl_multi_init();
        VERIFY(multi);
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_idle_connections);
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(
            multi, CURLMOPT_SOCKETFUNCTION, +[](CURL*, curl_socket_t fd, int what, void* self, void*) {
                static_cast<Core*>(self)->watch(fd, what);
                return 0;
            });
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(
            multi, CURLMOPT_TIMERFUNCTION, +[](CURLM*, long wait_ms, void* self) {
                static_cast<Core*>(self)->arm(wait_ms);
                return 0;
            });
    }

    ~Core()
    {
        transfers.clear();
        curl_multi_cleanup(multi);
    }

    void watch(int fd, int what)
    {
        if (what == CURL_POLL_REMOVE) {
            watches.erase(fd);
            return;
        }
        auto& entry = watches[fd];
        if (!entry) {
            entry = std::make_unique<FdWatch>(loop, fd, [this, fd](FdWatch::Ready ready) {
                step(fd, ready == FdWatch::Ready::read ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
            });
        }
        entry->want((what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
    }

    void arm(long wait_ms)
    {
        if (wait_ms < 0)
            timer.cancel();
        else
            timer.set(now() + std::chrono::milliseconds(wait_ms), [this] { step(CURL_SOCKET_TIMEOUT, 0); });
    }

    void step(curl_socket_t fd, int what)
    {
        int running = 0;
        curl_multi_socket_action(multi, fd, what, &running);
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            const CURLcode code = message->data.result; // The message dies with the handle.
            HttpTransfer::of(message->easy_handle).hop_done(code);
        }
    }

    void begin(std::uint64_t id, HttpClientRequest request, TransferEvents events)
    {
        // The transfer ends itself from inside; it is destroyed when it is back out.
        const auto told = std::move(events.done);
        events.done = [this, id, told](Result<HttpResponse> result) {
            told(std::move(result));
            loop.post([weak = weak_from_this(), id] {
                if (const auto self = weak.lock())
                    self->transfers.erase(id);
            });
        };
        auto transfer = std::make_unique<HttpTransfer>(loop, multi, std::move(request), std::move(events));
        HttpTransfer& started = *transfer;
        transfers.emplace(id, std::move(transfer));
        started.start();
    }

    EventLoop& loop;
    std::atomic<std::uint64_t> next_id = 1;
    CURLM* multi = nullptr;
    Timer timer;
    std::map<int, std::unique_ptr<FdWatch>> watches;
    std::map<std::uint64_t, std::unique_ptr<HttpTransfer>> transfers;
};

// `callbacks` belongs to the thread of `deliver_to` and is empty once the exchange is over or destroyed. So what a
// callback owns is destroyed there too.
struct HttpExchange::State {
    EventLoop& deliver_to;
    std::function<void()> cancel;                   // Without effect when the client has gone first.
    std::shared_ptr<HttpClientCallbacks> callbacks; // A second reference during a call, which may destroy the exchange.
};

HttpExchange& HttpExchange::operator=(HttpExchange&& other) noexcept
{
    const HttpExchange replaced(std::move(*this)); // Ends here, not with `other`.
    state_ = std::move(other.state_);
    return *this;
}

HttpExchange::~HttpExchange()
{
    if (!state_ || !state_->callbacks)
        return;
    state_->callbacks.reset();
    state_->cancel();
}

HttpClient::HttpClient(EventLoop& outbound)
    : core_(std::make_shared<Core>(outbound))
{
}

HttpClient::~HttpClient()
{
    core_->loop.assert_on_thread();
}

namespace {

using StatePointer = std::shared_ptr<HttpExchange::State>;

template <typename F> void deliver(const StatePointer& state, F call);

} // namespace

HttpExchange HttpClient::start(HttpClientRequest request, HttpClientCallbacks callbacks, EventLoop& deliver_to)
{
    deliver_to.assert_on_thread();
    const std::uint64_t id = core_->next_id++;
    const std::weak_ptr<Core> weak = core_;
    EventLoop& outbound = core_->loop;
    TransferEvents events;
    const bool wants_head = static_cast<bool>(callbacks.on_head);
    const bool wants_body = static_cast<bool>(callbacks.on_body);
    auto state = std::make_shared<HttpExchange::State>(HttpExchange::State { deliver_to,
        [weak, &outbound, id] {
            outbound.post([weak, id] {
                if (const auto core = weak.lock())
                    core->transfers.erase(id);
            });
        },
        std::make_shared<HttpClientCallbacks>(std::move(callbacks)) });
    if (wants_head)
        events.head = [state](HttpResponse head) {
            deliver(state, [head = std::move(head)](HttpClientCallbacks& to) { to.on_head(head); });
        };
    if (wants_body)
        events.body = [state](std::string piece) {
            deliver(state, [piece = std::move(piece)](HttpClientCallbacks& to) { to.on_body(piece); });
        };
    events.done = [state](Result<HttpResponse> result) {
        deliver(state, [state, result = std::move(result)](HttpClientCallbacks& to) mutable {
            state->callbacks.reset(); // Over: the destructor has nothing to cancel.
            if (to.on_done)
                to.on_done(std::move(result));
        });
    };
    outbound.post([weak, id, request = std::move(request), events = std::move(events)]() mutable {
        if (const auto core = weak.lock())
            core->begin(id, std::move(request), std::move(events));
    });
    return HttpExchange(std::move(state));
}

namespace {

template <typename F> void deliver(const StatePointer& state, F call)
{
    state->deliver_to.post([state, call = std::move(call)]() mutable {
        if (const auto callbacks = state->callbacks)
            call(*callbacks);
    });
}

} // namespace

} // namespace parley
