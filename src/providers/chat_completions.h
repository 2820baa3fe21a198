#pragma once

#include "base/json.h"
#include "base/result.h"
#include "net/sse.h"
#include "speech/language_model.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

// The OpenAI Chat Completions wire format, without the wire: what is posted, and what the streamed answer means.
namespace parley {

// `model` is the provider's own name of it.
[[nodiscard]] Json chat_request(const LmRequest&, const std::string& model);

// The other direction, for the served offline model. Errors name the field.
struct ChatRequest {
    LmRequest request;
    bool stream = false;
    bool include_usage = false;
};
Result<ChatRequest> parse_chat_request(std::string_view body);

// What an answer that is no 200 means. `body` may be JSON, HTML or nothing.
[[nodiscard]] Error chat_error(int status, std::string_view body);

// Turns the event stream into model events, whatever chunks it comes in.
class ChatDecoder {
public:
    static constexpr std::size_t max_tool_calls = 64;
    static constexpr std::size_t max_arguments = 256 * 1024;

    // Appends `LmText`. An error ends the reply.
    Result<void> feed(std::string_view bytes, std::vector<LmEvent>& out);

    // The body ended: appends the tool calls and `LmDone`. An error if the reply was not whole.
    Result<void> finish(std::vector<LmEvent>& out);

    // A whole answer, from a server that does not stream.
    Result<void> whole(std::string_view body, std::vector<LmEvent>& out);

    // Something of the reply was received: it cannot be asked for again.
    [[nodiscard]] bool started() const { return started_; }
    // The reply is whole; nothing that still comes is part of it.
    [[nodiscard]] bool done() const { return done_; }

private:
    Result<void> take(const Json& chunk, std::vector<LmEvent>& out);
    Result<void> take_delta(const Json& delta, std::vector<LmEvent>& out);
    Result<void> take_tool_call(const Json& fragment);
    void take_usage(const Json& chunk);

    SseParser sse_;
    std::map<std::int64_t, ToolCall> calls_;
    std::string finish_reason_;
    LmDone usage_;
    bool started_ = false;
    bool spoke_ = false;
    bool done_ = false; // "[DONE]"
};

} // namespace parley
