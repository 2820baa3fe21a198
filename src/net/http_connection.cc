#include "net/http_connection.h"

#include "net/clock.h"

#include <boost/asio/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

namespace parley {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t max_pipelined = 64 * 1024; // Bytes read ahead while an answer is pending; then TCP holds back.
constexpr Duration linger = 2s;                  // After an error answer: time for the client to read it.

std::string http_date()
{
    const std::time_t seconds = static_cast<std::time_t>(wall_now().microseconds / 1'000'000);
    std::tm parts {};
    gmtime_r(&seconds, &parts);
    char text[40] = {};
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text;
}

bool clean(std::string_view text)
{
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool clean(const HttpHeaders& headers)
{
    return std::all_of(headers.begin(), headers.end(),
        [](const auto& field) { return !field.first.empty() && clean(field.first) && clean(field.second); });
}

bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

int status_of(const ErrorCode& error)
{
    if (error == http::error::header_limit)
        return 431;
    if (error == http::error::body_limit)
        return 413;
    if (error == http::error::bad_version)
        return 505;
    return 400;
}

// RFC 9112 3.2.2: a server takes the absolute form too.
std::string origin_form(std::string_view target)
{
    if (!target.starts_with("http://"))
        return std::string(target);
    const auto path = target.find_first_of("/?", 7);
    if (path == std::string_view::npos)
        return "/";
    return (target[path] == '?' ? "/" : "") + std::string(target.substr(path));
}

class Connection final : public HttpConnection, public std::enable_shared_from_this<Connection> {
public:
    Connection(EventLoop& loop, std::shared_ptr<ByteStream> stream, Owner& owner, const HttpServerLimits& limits)
        : loop_(loop)
        , limits_(limits)
        , stream_(std::move(stream))
        , owner_(&owner)
        , read_deadline_(loop)
        , write_deadline_(loop)
    {
    }

    void start() override
    {
        next_request();
        read();
    }

    void respond(HttpResponse response) override
    {
        loop_.assert_on_thread();
        if (state_ != State::answering)
            return;
        if (!clean(response.headers))
            response = { 500, {}, "" }; // A line break in a header would let its author write headers of his own.
        const bool body = has_body(response.status);
        std::string text = head(response.status, response.headers);
        if (body)
            text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
        text += "\r\n";
        if (body && !head_only_)
            text += response.body;
        state_ = State::flushing;
        queue(text);
    }

    void start_stream(int status, const HttpHeaders& headers) override
    {
        loop_.assert_on_thread();
        if (state_ != State::answering)
            return;
        if (!chunked_)
            keep_alive_ = false; // HTTP/1.0: the end of the connection is the end of the body.
        std::string text = head(clean(headers) ? status : 500, clean(headers) ? headers : HttpHeaders());
        if (chunked_)
            text += "Transfer-Encoding: chunked\r\n";
        state_ = State::streaming;
        queue(text + "\r\n");
    }

    bool write_piece(std::string_view piece) override
    {
        loop_.assert_on_thread();
        if (state_ != State::streaming)
            return false;
        if (piece.empty() || head_only_)
            return true;
        if (waiting_.size() + sending_.size() + piece.size() > limits_.stream_backlog) {
            cut();
            return false;
        }
        if (!chunked_) {
            queue(piece);
            return true;
        }
        char size[24];
        std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
        std::string chunk(size);
        chunk += piece;
        chunk += "\r\n";
        queue(chunk);
        return true;
    }

    void finish_stream() override
    {
        loop_.assert_on_thread();
        if (state_ != State::streaming)
            return;
        state_ = State::flushing;
        queue(chunked_ && !head_only_ ? "0\r\n\r\n" : "");
    }

    void cut() override
    {
        if (state_ == State::closed)
            return;
        const auto self = shared_from_this();
        state_ = State::closed;
        read_deadline_.cancel();
        write_deadline_.cancel();
        stream_->close();
        if (owner_)
            std::exchange(owner_, nullptr)->closed(*this);
    }

    void abandon() override
    {
        owner_ = nullptr;
        cut();
    }

    [[nodiscard]] bool client_waits() const override { return state_ != State::closed && !read_ended_; }

private:
    enum class State : std::uint8_t {
        receiving, // A request, or nothing yet, is coming in.
        answering, // The handler has the request.
        streaming, // An answer of unknown length is going out.
        flushing,  // The answer is complete and on its way.
        lingering, // Refused: the answer is out, what still comes is thrown away.
        closed,
    };

    // Reading.

    void next_request()
    {
        state_ = State::receiving;
        parser_.emplace();
        parser_->eager(true);
        parser_->header_limit(static_cast<std::uint32_t>(limits_.header));
        parser_->body_limit(limits_.body);
        began_ = false;
        continued_ = false;
        arm_read(limits_.idle);
    }

    void arm_read(Duration wait)
    {
        read_deadline_.set(now() + wait, [this] {
            if (state_ == State::receiving && began_)
                refuse(408);
            else
                cut();
        });
    }

    void read()
    {
        if (reading_ || read_ended_ || state_ == State::closed)
            return;
        if (state_ != State::receiving && input_.size() >= max_pipelined)
            return;
        reading_ = true;
        stream_->read_some(asio::buffer(read_buffer_),
            [self = shared_from_this()](const ErrorCode& error, std::size_t size) { self->read_done(error, size); });
    }

    void read_done(const ErrorCode& error, std::size_t size)
    {
        reading_ = false;
        if (state_ == State::closed)
            return;
        if (error) {
            read_ended_ = true;
            // A client that only closed its sending side still gets the answer under way.
            if (state_ == State::receiving || state_ == State::lingering || error != asio::error::eof)
                cut();
            return;
        }
        if (state_ != State::lingering)
            input_.append(read_buffer_.data(), size);
        if (state_ == State::receiving)
            parse();
        read();
    }

    void parse()
    {
        while (state_ == State::receiving && !input_.empty()) {
            if (!began_) {
                began_ = true;
                arm_read(limits_.request);
            }
            ErrorCode error;
            const std::size_t used = parser_->put(asio::buffer(input_), error);
            input_.erase(0, used);
            if (error && error != http::error::need_more) {
                refuse(status_of(error));
                return;
            }
            if (parser_->is_done()) {
                dispatch();
                return;
            }
            if (parser_->is_header_done())
                send_continue();
            if (used == 0 || error)
                break;
        }
    }

    void send_continue()
    {
        if (std::exchange(continued_, true) || parser_->get().version() < 11)
            return;
        if (equal_ignoring_case(std::string_view(parser_->get()[http::field::expect]), "100-continue"))
            queue("HTTP/1.1 100 Continue\r\n\r\n");
    }

    void dispatch()
    {
        read_deadline_.cancel();
        auto message = parser_->release();
        parser_.reset();
        keep_alive_ = message.keep_alive();
        chunked_ = message.version() >= 11;
        head_only_ = message.method() == http::verb::head;
        if (chunked_ && message.count(http::field::host) != 1) { // RFC 9112 3.2
            refuse(400);
            return;
        }
        HttpRequest request;
        request.method = std::string(message.method_string());
        request.target = origin_form(message.target());
        for (const auto& field : message)
            request.headers.add(std::string(field.name_string()), std::string(field.value()));
        request.body = std::move(message.body());
        request.peer = stream_->peer();
        state_ = State::answering;
        owner_->requested(std::move(request), HttpResponder(make_responder_state(shared_from_this())));
    }

    // What cannot be understood is answered and the connection given up: where the next request begins is not known.
    void refuse(int status)
    {
        keep_alive_ = false;
        head_only_ = false;
        refused_ = true;
        state_ = State::answering;
        input_.clear();
        respond({ status, { { "Content-Type", "text/plain" } }, std::string(http_reason(status)) + "\n" });
    }

    // Writing.

    [[nodiscard]] std::string head(int status, const HttpHeaders& headers) const
    {
        std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(http_reason(status)) + "\r\n";
        for (const auto& [name, value] : headers) {
            const bool ours = equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Connection")
                || equal_ignoring_case(name, "Transfer-Encoding");
            if (!ours)
                text += name + ": " + value + "\r\n";
        }
        if (!headers.contains("Date"))
            text += "Date: " + http_date() + "\r\n";
        text += keep_alive_ ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
        return text;
    }

    void queue(std::string_view text)
    {
        waiting_ += text;
        if (!writing_)
            write();
    }

    void write()
    {
        if (sent_ == sending_.size()) {
            sending_ = std::exchange(waiting_, {});
            sent_ = 0;
        }
        if (sending_.empty()) {
            write_deadline_.cancel();
            if (state_ == State::flushing)
                answered();
            return;
        }
        writing_ = true;
        write_deadline_.set(now() + limits_.write, [this] { cut(); });
        const asio::const_buffer rest = asio::buffer(sending_) + sent_;
        stream_->write_some(std::span(&rest, 1), [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
            self->writing_ = false;
            if (self->state_ == State::closed)
                return;
            if (error) {
                self->cut();
                return;
            }
            self->sent_ += size;
            self->write();
        });
    }

    void answered()
    {
        if (refused_) {
            // Closing with unread bytes would reset the connection and take the answer with it.
            stream_->finish_writing();
            state_ = State::lingering;
            read_deadline_.set(now() + linger, [this] { cut(); });
            read();
            return;
        }
        if (!keep_alive_ || (read_ended_ && input_.empty())) {
            cut();
            return;
        }
        next_request();
        parse();
        if (state_ == State::receiving && read_ended_)
            cut(); // Half a request and no more to come.
        else
            read();
    }

    EventLoop& loop_;
    const HttpServerLimits limits_;
    const std::shared_ptr<ByteStream> stream_; // Shared with its operations under way.
    Owner* owner_;
    Timer read_deadline_;
    Timer write_deadline_;

    State state_ = State::receiving;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::array<char, read_size> read_buffer_ {};
    std::string input_; // Read and not yet parsed.
    bool reading_ = false;
    bool read_ended_ = false;
    bool began_ = false;     // A byte of the current request has come.
    bool continued_ = false; // `Expect` was looked at.

    bool keep_alive_ = true;
    bool chunked_ = true;
    bool head_only_ = false;
    bool refused_ = false;
    std::string sending_; // With the network since `sent_`.
    std::size_t sent_ = 0;
    std::string waiting_;
    bool writing_ = false;
};

} // namespace

std::shared_ptr<HttpConnection> HttpConnection::create(
    EventLoop& loop, std::shared_ptr<ByteStream> stream, Owner& owner, const HttpServerLimits& limits)
{
    return std::make_shared<Connection>(loop, std::move(stream), owner, limits);
}

} // namespace parley
