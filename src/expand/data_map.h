#pragma once

#include "base/json.h"
#include "base/result.h"
#include "expand/data_map_request.h"
#include "expand/expander.h"
#include "expand/scope.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A tool that needs no server of its own: `data_map` says which answer belongs to which argument, whom to ask by HTTP,
// and what to make of the reply (docs/data-map.md). A machine: it asks for one request at a time and is told what came
// back. Knows the definition and its context; knows nothing of sockets, of retries, or of what the answer does.
namespace parley::expand {

constexpr std::size_t max_data_map_webhooks = 16;       // Further ones are passed over.
constexpr std::size_t max_data_map_expressions = 64;    // Of one list; further ones are passed over.
constexpr std::size_t max_foreach_items = 1'000;        // Further ones are left out.
constexpr std::size_t max_data_map_output = 256 * 1024; // Bytes of text; the rest is missing.

// What placeholders see.
struct DataMapContext {
    Json post_data; // What a webhook would be sent; an object.
    Json args;      // Of the call; an object.
    Json::Object prompt_variables;
    Json::Object global_data;
    Json meta_data; // An object.
    ExpandTime time;
};

struct DataMapStarted {
    friend bool operator==(DataMapStarted, DataMapStarted) = default;
};
struct RequestAnswered {
    int status = 0;
    std::string body;
};
struct RequestFailed {
    Error why;
};
using DataMapEvent = std::variant<DataMapStarted, RequestAnswered, RequestFailed>;

// What was done and why, for the debug feed: members of one event, the first of which names it.
struct DataMapTrace {
    Json::Object members;
};
struct DataMapDone {
    Result<Json> output; // A reply like that of a webhook.
    Duration after {};   // What `@{sleep}` asks to wait before.
};
using DataMapCommand = std::variant<DataMapTrace, DataMapRequest, DataMapDone>;
using DataMapCommands = std::vector<DataMapCommand>;

class DataMap {
public:
    DataMap(Json definition, DataMapContext);
    DataMap(const DataMap&) = delete;
    DataMap& operator=(const DataMap&) = delete;

    // `DataMapStarted` first, then an answer to each request, until `DataMapDone`.
    void handle(const DataMapEvent&, DataMapCommands& out);

private:
    enum class State : std::uint8_t {
        idle,    // Not started.
        waiting, // For the answer to the request of webhook `current_`.
        done,
    };

    void on(const DataMapStarted&, DataMapCommands& out);
    void on(const RequestAnswered&, DataMapCommands& out);
    void on(const RequestFailed&, DataMapCommands& out);

    void next_webhook(DataMapCommands& out);
    bool send(const Json& webhook, DataMapCommands& out);
    bool use_reply(const Json& webhook, const Json& reply, DataMapCommands& out);
    void webhook_failed(std::string member, std::string why, const RequestAnswered*, DataMapCommands& out);
    bool try_expressions(const Json* list, const Scope&, DataMapCommands& out);
    bool try_expression(const Json& expression, const Scope&, DataMapCommands& out);
    bool lacks_arguments(const Json& webhook) const;
    [[nodiscard]] std::optional<std::string> error_key(const Json& webhook, const Json& reply) const;
    std::string joined_items(const Json& foreach, const Scope&, DataMapCommands& out);

    std::string filled(const Json& template_text, const Scope&, DataMapCommands& out);
    Json filled_output(const Json& output, const Scope&, DataMapCommands& out);
    void note(const ExpandNotes&, DataMapCommands& out);
    void complain(std::string what, DataMapCommands& out);
    void finish(Result<Json> output, DataMapCommands& out);

    const Json definition_;
    const DataMapContext context_;
    const Json input_; // The post data with the arguments.
    Scope scope_;      // Before any reply.

    State state_ = State::idle;
    std::size_t current_ = 0; // The webhook that is tried next, or waited for.
    DataMapRequest sent_;
    Duration sleep_ {};
};

} // namespace parley::expand
