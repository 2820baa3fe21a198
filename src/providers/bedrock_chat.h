#pragma once

#include "base/json.h"
#include "base/result.h"
#include "providers/aws_event_stream.h"
#include "speech/language_model.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Amazon Bedrock's ConverseStream, without the wire: what is posted, and what the streamed answer means.
namespace parley {

// `/model/…/converse-stream` for a model's id, a profile's id or an ARN.
[[nodiscard]] std::string bedrock_path(std::string_view model);

// Bedrock knows no system message within a conversation, wants the user to begin and to alternate with the assistant,
// and takes tool calls only where tools are offered: the request is brought into that form.
[[nodiscard]] Json bedrock_request(const LmRequest&);

// What an answer that is no 200 means. `type` is its x-amzn-ErrorType.
[[nodiscard]] Error bedrock_error(int status, std::string_view type, std::string_view body);

class BedrockDecoder {
public:
    static constexpr std::size_t max_tool_calls = 64;
    static constexpr std::size_t max_arguments = 256 * 1024;

    // Appends `LmText`. An error ends the reply.
    Result<void> feed(std::string_view bytes, std::vector<LmEvent>& out);

    // The body ended: appends the tool calls and `LmDone`. An error if the reply was not whole.
    Result<void> finish(std::vector<LmEvent>& out);

    // Something of the reply was received: it cannot be asked for again.
    [[nodiscard]] bool started() const { return started_; }

private:
    Result<void> take(const AwsEvent&, std::vector<LmEvent>& out);
    Result<void> take_delta(const Json& body, std::vector<LmEvent>& out);
    void take_usage(const Json& body);

    AwsEventDecoder events_;
    std::map<std::int64_t, ToolCall> calls_; // By block.
    std::string stop_reason_;
    LmDone usage_;
    bool started_ = false;
};

} // namespace parley
