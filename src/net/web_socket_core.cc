#include "net/web_socket_core.h"

#include "net/clock.h"
#include "net/loop_core.h"

// The only file that instantiates Beast's WebSocket, and over one stream type: it is by far the slowest to compile.
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <array>
#include <deque>
#include <optional>

namespace parley {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using ErrorCode = boost::system::error_code;

// What Beast sees of a `ByteStream`. In a named namespace, because Beast finds its hooks by argument-dependent look-up.
namespace beast_side {

class Stream {
public:
    using executor_type = asio::io_context::executor_type;

    Stream(EventLoop& l, std::shared_ptr<ByteStream> b)
        : loop(l)
        , bytes(std::move(b))
    {
    }

    executor_type get_executor() { return loop.core().io.get_executor(); }

    template <typename Buffers, typename Token> auto async_read_some(const Buffers& buffers, Token&& token)
    {
        return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
            [this](auto&& handler, const Buffers& sequence) {
                asio::mutable_buffer first;
                for (auto at = asio::buffer_sequence_begin(sequence);
                     at != asio::buffer_sequence_end(sequence) && first.size() == 0; ++at)
                    first = *at;
                bytes->read_some(first, std::forward<decltype(handler)>(handler));
            },
            token, buffers);
    }

    template <typename Buffers, typename Token> auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
            [this](auto&& handler, const Buffers& sequence) {
                std::array<asio::const_buffer, 4> pieces;
                std::size_t count = 0;
                for (auto at = asio::buffer_sequence_begin(sequence);
                     at != asio::buffer_sequence_end(sequence) && count < pieces.size(); ++at) {
                    if (const asio::const_buffer piece = *at; piece.size() > 0)
                        pieces[count++] = piece;
                }
                bytes->write_some(std::span(pieces.data(), count), std::forward<decltype(handler)>(handler));
            },
            token, buffers);
    }

    EventLoop& loop;
    std::shared_ptr<ByteStream> bytes; // Shared with its operations under way.
};

// Throws away what still comes until the peer closes: closing with unread bytes would reset the connection and take
// our close frame with it. Bounded by time.
struct Drain : std::enable_shared_from_this<Drain> {
    static constexpr Duration longest = 2s;

    Drain(EventLoop& loop, std::shared_ptr<ByteStream> b, UniqueFunction<void(ErrorCode)> d)
        : bytes(std::move(b))
        , done(std::move(d))
        , deadline(loop)
    {
    }
    void start()
    {
        bytes->finish_writing();
        deadline.set(now() + longest, [this] { bytes->close(); });
        read();
    }
    void read()
    {
        bytes->read_some(asio::buffer(scratch), [self = shared_from_this()](const ErrorCode& error, std::size_t) {
            if (!error) {
                self->read();
                return;
            }
            self->deadline.cancel();
            self->done(ErrorCode());
        });
    }

    std::shared_ptr<ByteStream> bytes;
    UniqueFunction<void(ErrorCode)> done;
    Timer deadline;
    std::array<char, 16 * 1024> scratch {};
};

template <typename Handler> void async_teardown(beast::role_type, Stream& stream, Handler&& handler)
{
    std::make_shared<Drain>(stream.loop, stream.bytes, UniqueFunction<void(ErrorCode)>(std::forward<Handler>(handler)))
        ->start();
}

inline void beast_close_socket(Stream& stream)
{
    stream.bytes->close();
}

} // namespace beast_side

namespace {

constexpr std::uint32_t max_handshake_bytes = 16 * 1024;

HttpHeaders headers_of(const http::fields& fields)
{
    HttpHeaders headers;
    for (const auto& field : fields)
        headers.add(std::string(field.name_string()), std::string(field.value()));
    return headers;
}

class Core final : public WebSocketCore, public std::enable_shared_from_this<Core> {
public:
    Core(EventLoop& loop, std::shared_ptr<ByteStream> bytes, Owner& owner, const WebSocketLimits& limits)
        : loop_(loop)
        , limits_(limits)
        , owner_(&owner)
        , bytes_(bytes)
        , stream_(loop, std::move(bytes))
        , deadline_(loop)
        , last_heard_(now())
    {
        stream_.set_option(websocket::stream_base::timeout {
            websocket::stream_base::none(), websocket::stream_base::none(), false }); // `deadline_` does it.
        stream_.read_message_max(limits.message);
        stream_.auto_fragment(false);
        stream_.control_callback([this](websocket::frame_type, beast::string_view) { last_heard_ = now(); });
    }

    void accept() override
    {
        arm_handshake();
        bytes_->start([self = shared_from_this()](const ErrorCode& error, std::size_t) {
            if (self->failed(error, "handshake"))
                return;
            self->read_upgrade();
        });
    }

    void handshake(const std::string& host, const std::string& target, const HttpHeaders& headers) override
    {
        arm_handshake();
        peer_.target = target;
        bytes_->start([self = shared_from_this(), host, target, headers](const ErrorCode& error, std::size_t) {
            if (self->failed(error, "connect"))
                return;
            self->stream_.set_option(websocket::stream_base::decorator([headers](websocket::request_type& request) {
                for (const auto& [name, value] : headers)
                    request.set(name, value);
            }));
            self->stream_.async_handshake(self->answer_, host, target, [self](const ErrorCode& result) {
                const bool declined = result == websocket::error::upgrade_declined;
                const std::string what
                    = declined ? "handshake: HTTP " + std::to_string(self->answer_.result_int()) : "handshake";
                if (!self->failed(result, what))
                    self->open();
            });
        });
    }

    void abandon() override
    {
        owner_ = nullptr;
        finish({});
    }

    void send(std::string text) override { enqueue(std::move(text), true); }
    void send_binary(std::string bytes) override { enqueue(std::move(bytes), false); }

    void enqueue(std::string payload, bool text)
    {
        loop_.assert_on_thread();
        if (state_ != State::opening && state_ != State::open)
            return;
        queued_ += payload.size();
        queue_.push_back({ std::move(payload), text });
        if (queued_ > limits_.send_queue) {
            finish({ WebSocketClosed::Reason::slow_consumer, 1006, "the send queue passed its limit" });
            return;
        }
        write();
    }

    void close(std::uint16_t code, std::string reason) override
    {
        loop_.assert_on_thread();
        if (state_ != State::opening && state_ != State::open)
            return;
        const bool was_open = state_ == State::open;
        constexpr std::size_t longest_reason = 123; // RFC 6455 5.5: a control frame carries at most 125 bytes.
        close_reason_ = websocket::close_reason(
            static_cast<websocket::close_code>(code), beast::string_view(reason).substr(0, longest_reason));
        if (!was_open) {
            finish({ WebSocketClosed::Reason::us, code, std::move(reason) });
            return;
        }
        state_ = State::closing;
        deadline_.set(now() + limits_.closing, [this] { closed_by_us(); });
        write();
    }

    void pause_reading() override { paused_ = true; }

    void resume_reading() override
    {
        paused_ = false;
        read();
    }

    [[nodiscard]] const WebSocketPeer& peer() const override { return peer_; }
    [[nodiscard]] Instant last_heard() const override { return last_heard_; }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued_; }

private:
    enum class State : std::uint8_t {
        opening, // TLS or the upgrade is under way.
        open,
        closing, // We asked for the end: the queue is sent, then the close frame.
        closed,
    };

    void arm_handshake()
    {
        deadline_.set(now() + limits_.handshake, [this] {
            finish({ WebSocketClosed::Reason::lost, 1006, "the handshake took too long" });
        });
    }

    void read_upgrade()
    {
        upgrade_.emplace();
        upgrade_->header_limit(max_handshake_bytes);
        http::async_read(
            stream_.next_layer(), input_, *upgrade_, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                if (self->failed(error, "upgrade"))
                    return;
                self->answer_upgrade();
            });
    }

    void answer_upgrade()
    {
        const auto& request = upgrade_->get();
        if (!websocket::is_upgrade(request)) {
            refuse_upgrade();
            return;
        }
        peer_.target = std::string(request.target());
        peer_.headers = headers_of(request);
        input_.clear(); // A client sends nothing before it has our answer (RFC 6455 4.1).
        stream_.async_accept(request, [self = shared_from_this()](const ErrorCode& error) {
            if (!self->failed(error, "upgrade"))
                self->open();
        });
    }

    void refuse_upgrade()
    {
        static constexpr std::string_view answer = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"
                                                   "Connection: Upgrade, close\r\nContent-Length: 0\r\n\r\n";
        const asio::const_buffer buffer(answer.data(), answer.size());
        bytes_->write_some(std::span(&buffer, 1), [self = shared_from_this()](const ErrorCode&, std::size_t) {
            self->finish({ WebSocketClosed::Reason::bad_frame, 1006, "not a WebSocket request" });
        });
    }

    void open()
    {
        const auto self = shared_from_this();
        upgrade_.reset();
        deadline_.cancel();
        state_ = State::open;
        peer_.address = bytes_->peer();
        peer_.tls = bytes_->secure();
        last_heard_ = now();
        owner_->opened(*this);
        read();
        write();
    }

    // True when there is nothing to go on with.
    bool failed(const ErrorCode& error, std::string_view what)
    {
        if (state_ == State::closed)
            return true;
        if (!error)
            return false;
        finish({ WebSocketClosed::Reason::lost, 1006, std::string(what) + ": " + error.message() });
        return true;
    }

    void read()
    {
        if (reading_ || paused_ || state_ != State::open)
            return;
        reading_ = true;
        stream_.async_read(input_, [self = shared_from_this()](const ErrorCode& error, std::size_t) {
            self->reading_ = false;
            if (self->state_ == State::closed)
                return;
            if (error)
                self->read_failed(error);
            else
                self->received();
        });
    }

    void received()
    {
        last_heard_ = now();
        std::string text(static_cast<const char*>(input_.data().data()), input_.size());
        input_.consume(input_.size());
        if (state_ == State::closing)
            return;
        struct ReadOn { // Also when the listener throws.
            Core& core;
            ~ReadOn() { core.read(); }
        };
        const auto self = shared_from_this();
        const ReadOn read_on { *this };
        if (stream_.got_text())
            owner_->message(*this, std::move(text));
        else if (!owner_->binary(*this, std::move(text)))
            close(1003, "text messages only"); // RFC 6455 7.4.1
    }

    void read_failed(const ErrorCode& error)
    {
        using Reason = WebSocketClosed::Reason;
        if (state_ == State::closing) {
            closed_by_us();
        } else if (error == websocket::error::closed) {
            const auto& reason = stream_.reason();
            finish({ Reason::peer, static_cast<std::uint16_t>(reason.code), std::string(reason.reason.c_str()) });
        } else if (error == websocket::error::message_too_big) {
            finish({ Reason::too_large, 1009, error.message() });
        } else if (error == websocket::condition::protocol_violation) {
            finish({ Reason::bad_frame, 1002, error.message() });
        } else {
            finish({ Reason::lost, 1006, error.message() });
        }
    }

    void write()
    {
        if (writing_ || (state_ != State::open && state_ != State::closing))
            return;
        if (queue_.empty()) {
            if (state_ == State::closing)
                send_close();
            return;
        }
        writing_ = true;
        stream_.text(queue_.front().text);
        stream_.async_write(
            asio::buffer(queue_.front().payload), [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                self->writing_ = false;
                if (self->state_ == State::closed)
                    return;
                if (error) {
                    // The reader knows better why, unless it is paused.
                    if (!self->reading_)
                        self->read_failed(error);
                    return;
                }
                self->queued_ -= self->queue_.front().payload.size();
                self->queue_.pop_front();
                self->write();
            });
    }

    void send_close()
    {
        if (std::exchange(close_sent_, true))
            return;
        stream_.async_close(close_reason_, [self = shared_from_this()](const ErrorCode&) {
            if (self->state_ == State::closing)
                self->closed_by_us();
        });
    }

    void closed_by_us()
    {
        finish({ WebSocketClosed::Reason::us, static_cast<std::uint16_t>(close_reason_.code),
            std::string(close_reason_.reason.c_str()) });
    }

    // The end, told later: the owner may be in the middle of something.
    void finish(WebSocketClosed closed)
    {
        if (state_ == State::closed)
            return;
        const bool was_open = state_ != State::opening;
        state_ = State::closed;
        deadline_.cancel();
        bytes_->close();
        loop_.post([self = shared_from_this(), closed = std::move(closed), was_open] {
            if (self->owner_)
                std::exchange(self->owner_, nullptr)->closed(*self, closed, was_open);
        });
    }

    EventLoop& loop_;
    const WebSocketLimits limits_;
    Owner* owner_;
    const std::shared_ptr<ByteStream> bytes_;             // Shared with its operations under way.
    websocket::stream<beast_side::Stream, false> stream_; // Without permessage-deflate.
    Timer deadline_;                                      // Of the handshake, then of the close.

    State state_ = State::opening;
    WebSocketPeer peer_;
    Instant last_heard_;
    beast::flat_buffer input_;
    std::optional<http::request_parser<http::empty_body>> upgrade_;
    websocket::response_type answer_; // To our handshake.
    bool reading_ = false;
    bool paused_ = false;

    struct Message {
        std::string payload;
        bool text = true;
    };
    std::deque<Message> queue_; // The first is with the network while `writing_`.
    std::size_t queued_ = 0;
    bool writing_ = false;
    websocket::close_reason close_reason_;
    bool close_sent_ = false;
};

} // namespace

std::shared_ptr<WebSocketCore> WebSocketCore::create(
    EventLoop& loop, std::shared_ptr<ByteStream> bytes, Owner& owner, const WebSocketLimits& limits)
{
    return std::make_shared<Core>(loop, std::move(bytes), owner, limits);
}

} // namespace parley
