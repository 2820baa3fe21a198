#pragma once

#include "base/base64.h"
#include "base/json.h"
#include "net/http_server.h"
#include "net/web_socket_server.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Providers on real sockets. What is said to them is counted: the samples of a frame all have the frame's number, which
// is the word that is heard in it (0: silence), so that a lost word and a doubled one are seen. All on one loop.
namespace parley::contract {

enum class Toxic : std::uint8_t {
    none,
    close,      // At the chosen moment, politely.
    reset,      // At the chosen moment, by cutting all connections.
    garbage,    // Nonsense at the chosen moment.
    bad_json,   // Half a message.
    stall,      // From the chosen moment on nothing comes.
    wrong_rate, // Sound of another rate than agreed.
    refuse,     // 429
    fail,       // 500 with a page.
    silent,     // Everything right, but no sound.
};

// The wire of `listen_wire.h`.
class ListenMock {
public:
    ListenMock(EventLoop& loop, Toxic toxic = Toxic::none, int after = 0)
        : loop_(loop)
        , toxic_(toxic)
        , after_(after)
    {
        listen(0);
    }

    [[nodiscard]] std::string url() const { return "ws://127.0.0.1:" + std::to_string(port_) + "/v1/listen"; }

    int connections = 0;
    int frames = 0;
    int keep_alives = 0;
    std::vector<std::string> targets;
    std::vector<std::string> keys;
    bool always = false; // Every connection is poisoned, not the first one alone.

private:
    struct Line {
        std::vector<int> words; // Since the last final result.
        std::size_t begin = 0;  // Of them, in samples of the connection.
        std::size_t samples = 0;
        bool stalled = false;
    };

    void listen(std::uint16_t port)
    {
        WebSocketServer::Options options { { "127.0.0.1", port }, std::nullopt, {} };
        WebSocketEvents events;
        events.opened = [this](WebSocket& socket) {
            ++connections;
            lines_[&socket] = {};
            targets.push_back(socket.peer().target);
            keys.emplace_back(socket.peer().headers.find("Authorization").value_or(""));
            socket.send(R"({"type":"Metadata"})");
        };
        events.message = [this](WebSocket& socket, const std::string& text) { on_text(socket, text); };
        events.binary = [this](WebSocket& socket, const std::string& bytes) { on_sound(socket, bytes); };
        events.closed = [this](WebSocket& socket, const WebSocketClosed&) { lines_.erase(&socket); };
        server_ = *WebSocketServer::listen(loop_, options, events);
        port_ = server_->local().port;
    }

    void on_sound(WebSocket& socket, const std::string& bytes)
    {
        auto& line = lines_[&socket];
        ++frames;
        const int word
            = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) | static_cast<unsigned char>(bytes[1]) << 8;
        line.samples += bytes.size() / 2;
        if (word != 0)
            line.words.push_back(word);
        if (toxic_ != Toxic::none && frames >= after_) {
            poison(socket, line);
            return;
        }
        if (line.words.size() % 5 == 1 && word != 0)
            answer(socket, line, false);
    }

    void poison(WebSocket& socket, Line& line)
    {
        const auto toxic = toxic_;
        if (!always)
            toxic_ = Toxic::none;
        switch (toxic) {
        case Toxic::close: socket.close(1011, "NET-0001"); break;
        case Toxic::reset:
            loop_.post([this] {
                const auto port = port_;
                server_.reset();
                lines_.clear();
                listen(port);
            });
            break;
        case Toxic::garbage: socket.send("<html>502</html>"); break;
        case Toxic::bad_json: socket.send(R"({"type":"Results","is_final":tr)"); break;
        default: line.stalled = true; break;
        }
    }

    void on_text(WebSocket& socket, const std::string& text)
    {
        auto& line = lines_[&socket];
        const auto type = Json::parse(text)->string_or("type");
        keep_alives += type == "KeepAlive" ? 1 : 0;
        if (type == "Finalize" || type == "CloseStream")
            answer(socket, line, true);
        if (type == "CloseStream")
            socket.close();
    }

    static void answer(WebSocket& socket, Line& line, bool final)
    {
        if (line.stalled)
            return;
        std::string said;
        for (const int word : line.words)
            said += (said.empty() ? "" : " ") + std::to_string(word);
        const double start = static_cast<double>(line.begin) / 8'000;
        const double end = static_cast<double>(line.samples) / 8'000;
        socket.send(
            Json(Json::Object { { "type", "Results" }, { "is_final", final }, { "start", start },
                     { "duration", end - start },
                     { "channel",
                         Json::Object { { "alternatives",
                             Json::Array { Json::Object { { "transcript", said }, { "confidence", 0.9 } } } } } } })
                .dump());
        if (final) {
            line.words.clear();
            line.begin = line.samples;
        }
    }

    EventLoop& loop_;
    Toxic toxic_;
    int after_;
    std::uint16_t port_ = 0;
    std::unique_ptr<WebSocketServer> server_;
    std::map<WebSocket*, Line> lines_;
};

// A sentence of n bytes sounds for n * 10 ms: at 8 kHz, 80 samples of value 1000 for each byte.
inline std::string sound_of(const std::string& text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size() * 80; ++i)
        bytes += std::string("\xe8\x03", 2);
    return bytes;
}

// The wire of `stream_input_wire.h`, at 8 kHz.
class StreamInputMock {
public:
    StreamInputMock(EventLoop& loop, Toxic toxic = Toxic::none)
        : loop_(loop)
        , toxic_(toxic)
    {
        listen(0);
    }

    [[nodiscard]] std::string url() const { return "ws://127.0.0.1:" + std::to_string(port_) + "/v1/text-to-speech"; }

    int connections = 0;
    std::vector<std::string> texts;
    std::vector<std::string> keys;
    bool always = false;

private:
    void listen(std::uint16_t port)
    {
        WebSocketServer::Options options { { "127.0.0.1", port }, std::nullopt, {} };
        WebSocketEvents events;
        events.opened = [this](WebSocket& socket) {
            ++connections;
            keys.emplace_back(socket.peer().headers.find("xi-api-key").value_or(""));
        };
        events.message = [this](WebSocket& socket, const std::string& text) { on_text(socket, *Json::parse(text)); };
        server_ = *WebSocketServer::listen(loop_, options, events);
        port_ = server_->local().port;
    }

    void on_text(WebSocket& socket, const Json& message)
    {
        const auto context = message.string_or("context_id");
        const auto text = message.string_or("text");
        if (message.find("flush") == nullptr) {
            if (message.find("close_context") != nullptr && context != cut_)
                socket.send(Json(Json::Object { { "isFinal", true }, { "contextId", context } }).dump());
            return;
        }
        const auto said = text.substr(0, text.size() - 1);
        texts.push_back(said);
        const auto sound = toxic_ == Toxic::silent ? std::string() : sound_of(said);
        // Two messages; the first ends in mid sample.
        const auto half = sound.size() / 2 | 1U;
        const auto whole = said.size() / 2;
        if (toxic_ == Toxic::fail || toxic_ == Toxic::refuse) {
            cut_ = context;
            socket.send(Json(Json::Object { { "error", "busy" }, { "contextId", context } }).dump());
            return;
        }
        send(socket, context, sound.substr(0, std::min(half, sound.size())), said.substr(0, whole));
        if (toxic_ != Toxic::none && toxic_ != Toxic::silent) {
            cut_ = context;
            poison(socket);
            return;
        }
        send(socket, context, sound.substr(std::min(half, sound.size())), said.substr(whole));
    }

    void poison(WebSocket& socket)
    {
        const auto toxic = toxic_;
        if (!always)
            toxic_ = Toxic::none;
        switch (toxic) {
        case Toxic::close: socket.close(1008, "limit"); break;
        case Toxic::reset:
            loop_.post([this] {
                const auto port = port_;
                server_.reset();
                listen(port);
            });
            break;
        case Toxic::garbage: socket.send("<html>"); break;
        case Toxic::bad_json: socket.send(R"({"audio":"AAA)"); break;
        default: break;
        }
    }

    static void send(WebSocket& socket, const std::string& context, const std::string& sound, const std::string& text)
    {
        Json::Array chars;
        Json::Array starts;
        Json::Array lengths;
        for (std::size_t i = 0; i < text.size(); ++i) {
            chars.emplace_back(std::string(1, text[i]));
            starts.emplace_back(static_cast<std::int64_t>(i * 10));
            lengths.emplace_back(10);
        }
        socket.send(Json(Json::Object { { "audio", base64_encode(sound) }, { "contextId", context },
                             { "alignment",
                                 Json::Object { { "chars", chars }, { "charStartTimesMs", starts },
                                     { "charDurationsMs", lengths } } } })
                        .dump());
    }

    EventLoop& loop_;
    Toxic toxic_;
    std::string cut_; // A context that was poisoned: no end of it is told.
    std::uint16_t port_ = 0;
    std::unique_ptr<WebSocketServer> server_;
};

// Speech and transcriptions by HTTP.
class SpeechHttpMock {
public:
    SpeechHttpMock(EventLoop& loop, Toxic toxic = Toxic::none)
        : toxic_(toxic)
    {
        server_ = *HttpServer::listen(loop, { "127.0.0.1", 0 }, [this](HttpRequest request, HttpResponder responder) {
            if (request.method == "HEAD") { // It wants a connection, nothing else.
                ++warmed;
                responder.respond({ 405, {}, "" });
                return;
            }
            requests.push_back(std::move(request));
            serve(requests.back(), std::move(responder));
        });
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->local().port); }

    std::vector<HttpRequest> requests;
    int warmed = 0;
    bool always = false;

private:
    void serve(const HttpRequest& request, HttpResponder responder)
    {
        const auto toxic = toxic_;
        if (!always)
            toxic_ = Toxic::none;
        switch (toxic) {
        case Toxic::refuse: responder.respond({ 429, {}, "" }); return;
        case Toxic::fail: responder.respond({ 500, { { "Content-Type", "text/html" } }, "<html>" }); return;
        case Toxic::garbage: responder.respond({ 200, { { "Content-Type", "text/html" } }, "<html>" }); return;
        case Toxic::bad_json: responder.respond({ 200, { { "Content-Type", "application/json" } }, "{\"te" }); return;
        case Toxic::stall: held_.push_back(std::move(responder)); return;
        case Toxic::silent: responder.respond({ 200, { { "Content-Type", "audio/pcm" } }, "" }); return;
        case Toxic::wrong_rate:
            responder.respond({ 200, { { "Content-Type", "audio/pcm;rate=16000" } }, sound_of("x") });
            return;
        default: break;
        }
        const bool broken = toxic == Toxic::reset || toxic == Toxic::close;
        if (request.path().ends_with("/transcriptions"))
            transcribe(request.body, std::move(responder), broken);
        else
            speak(Json::parse(request.body)->string_or("input"), std::move(responder), broken);
    }

    static void transcribe(const std::string& form, HttpResponder responder, bool broken)
    {
        if (broken) {
            responder.start_stream(200, { { "Content-Type", "application/json" } }).write("{");
            return;
        }
        const auto wav = form.substr(form.find("RIFF") + 44);
        std::string said;
        int last = 0;
        for (std::size_t i = 0; i + 1 < wav.size() && wav.substr(i, 2) != "\r\n"; i += 320) {
            const int word = static_cast<unsigned char>(wav[i]) | static_cast<unsigned char>(wav[i + 1]) << 8;
            if (word != 0 && word != last)
                said += (said.empty() ? "" : " ") + std::to_string(word);
            last = word;
        }
        responder.respond(
            { 200, { { "Content-Type", "application/json" } }, Json(Json::Object { { "text", said } }).dump() });
    }

    static void speak(const std::string& text, HttpResponder responder, bool broken)
    {
        auto out = responder.start_stream(200, { { "Content-Type", "audio/pcm" } });
        const auto sound = sound_of(text);
        const auto end = broken ? sound.size() / 2 : sound.size();
        for (std::size_t at = 0; at < end; at += 333) // Half samples at every other cut.
            out.write(sound.substr(at, std::min<std::size_t>(333, end - at)));
        if (!broken)
            out.finish();
    }

    Toxic toxic_;
    std::unique_ptr<HttpServer> server_;
    std::vector<HttpResponder> held_; // Never answered.
};

} // namespace parley::contract
