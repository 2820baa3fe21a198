#include "expand/data_map.h"

#include "base/pattern.h"

#include <algorithm>
#include <charconv>

namespace parley::expand {

namespace {

// In debug events; a reply may be a megabyte.
constexpr std::size_t max_traced_body = 16 * 1024;

// Members that may be one thing or a list of them.
std::vector<const Json*> listed(const Json* given)
{
    std::vector<const Json*> list;
    if (given == nullptr || given->is_null())
        return list;
    if (!given->is_array())
        return { given };
    for (const Json& one : given->as_array())
        list.push_back(&one);
    return list;
}

const Json* either(const Json& object, std::string_view name, std::string_view other)
{
    const Json* found = object.find(name);
    return found != nullptr ? found : object.find(other);
}

bool is_given(const Json* value)
{
    return value != nullptr && !value->is_null();
}

bool is_empty(const Json* value)
{
    return !is_given(value) || (value->is_string() && value->as_string().empty());
}

// `"error": null` and `"error": false` say that there is none.
bool tells_an_error(const Json* value)
{
    return is_given(value) && !(value->is_bool() && !value->as_bool());
}

bool is_on(const Json* value)
{
    return value != nullptr
        && ((value->is_bool() && value->as_bool()) || (value->is_string() && value->as_string() == "true"));
}

// "3" and 3; nothing sensible: no limit of the author's.
std::size_t items_wanted(const Json* value)
{
    std::int64_t number = 0;
    if (value != nullptr && value->is_number()) {
        number = static_cast<std::int64_t>(std::clamp(value->as_number(), 0.0, 1e9));
    } else if (value != nullptr && value->is_string()) {
        const std::string& text = value->as_string();
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number > 0 ? std::min(static_cast<std::size_t>(number), max_foreach_items) : max_foreach_items;
}

// A usable output: a reply, or its text alone.
bool is_output(const Json* value)
{
    return value != nullptr && (value->is_object() || value->is_string());
}

Json input_of(const DataMapContext& context)
{
    Json input = context.post_data.is_object() ? context.post_data : Json(Json::Object {});
    input["args"] = context.args;
    return input;
}

void tell(Json::Object members, DataMapCommands& out)
{
    out.emplace_back(DataMapTrace { std::move(members) });
}

// Names that every placeholder may use, before and after a request. They hide members of the reply that are called so.
void add_context_names(Scope& scope, const DataMapContext& context, const Json& input)
{
    scope.add_named("args", context.args);
    scope.add_named("input", input);
    scope.add_named("prompt_vars", context.prompt_variables);
    scope.add_named("global_data", context.global_data);
    scope.add_named("meta_data", context.meta_data);
}

} // namespace

DataMap::DataMap(Json definition, DataMapContext context)
    : definition_(std::move(definition))
    , context_(std::move(context))
    , input_(input_of(context_))
{
    scope_.add_root(context_.args); // The last resort: authors write `${query}` for `${args.query}`.
    scope_.add_root(context_.prompt_variables);
    scope_.add_root(context_.global_data);
    scope_.add_root(input_);
    add_context_names(scope_, context_, input_);
}

void DataMap::handle(const DataMapEvent& event, DataMapCommands& out)
{
    std::visit([&](const auto& e) { on(e, out); }, event);
}

void DataMap::on(const DataMapStarted&, DataMapCommands& out)
{
    VERIFY(state_ == State::idle);
    if (!try_expressions(definition_.find("expressions"), scope_, out))
        next_webhook(out);
}

void DataMap::on(const RequestAnswered& answer, DataMapCommands& out)
{
    VERIFY(state_ == State::waiting);
    const Json& webhook = *listed(definition_.find("webhooks"))[current_++];
    tell({ { "webhook_log",
             Json::Object { { "request_url", sent_.url }, { "request_payload", sent_.body.substr(0, max_traced_body) },
                 { "webhook_response", valid_utf8(answer.body.substr(0, max_traced_body)) },
                 { "http_code", answer.status } } } },
        out);
    if (answer.status < 200 || answer.status >= 300) {
        webhook_failed("error", "HTTP " + std::to_string(answer.status), &answer, out);
        return;
    }
    auto reply = Json::parse(answer.body);
    if (!reply || !(reply->is_object() || reply->is_array())) {
        webhook_failed("parse_error", reply ? "neither an object nor an array" : reply.error().what, &answer, out);
        return;
    }
    if (reply->is_array())
        reply = Json(Json::Object { { "array", std::move(*reply) } });
    tell({ { "webhook_reply", *reply } }, out);
    if (const auto key = error_key(webhook, *reply)) {
        tell({ { "error_keys", *key }, { "webhook", sent_.url }, { "input", *reply } }, out);
        next_webhook(out);
        return;
    }
    if (!use_reply(webhook, *reply, out))
        next_webhook(out);
}

void DataMap::on(const RequestFailed& failed, DataMapCommands& out)
{
    VERIFY(state_ == State::waiting);
    ++current_;
    webhook_failed("protocol_error", failed.why.what, nullptr, out);
}

void DataMap::webhook_failed(std::string member, std::string why, const RequestAnswered* answer, DataMapCommands& out)
{
    Json::Object failure { { "error", why }, { "request_url", sent_.url }, { "attempts", 1 },
        { "request_payload", sent_.body.substr(0, max_traced_body) },
        { "http_code", answer != nullptr ? answer->status : 0 } };
    failure[member] = std::move(why);
    if (answer != nullptr)
        failure["raw_response"] = valid_utf8(answer->body.substr(0, max_traced_body));
    tell({ { "webhook_fail", std::move(failure) } }, out);
    next_webhook(out);
}

// Sends the request of the first webhook from `current_` on that can be asked; without one the last output stands.
void DataMap::next_webhook(DataMapCommands& out)
{
    const auto webhooks = listed(definition_.find("webhooks"));
    for (; current_ < webhooks.size(); ++current_) {
        if (current_ >= max_data_map_webhooks) {
            complain("more webhooks than are asked", out);
            break;
        }
        if (send(*webhooks[current_], out)) {
            state_ = State::waiting;
            return;
        }
    }
    const Json* output = definition_.find("output");
    if (is_output(output))
        finish(filled_output(*output, scope_, out), out);
    else
        finish(Error { ErrorKind::unavailable, "data_map: nothing in it gave an output" }, out);
}

bool DataMap::lacks_arguments(const Json& webhook) const
{
    const auto required = listed(either(webhook, "require_args", "required_args"));
    return std::any_of(required.begin(), required.end(),
        [&](const Json* name) { return name->is_string() && is_empty(context_.args.find(name->as_string())); });
}

// False: this webhook is passed over.
bool DataMap::send(const Json& webhook, DataMapCommands& out)
{
    if (!is_output(webhook.find("output")) && listed(webhook.find("expressions")).empty()) {
        tell({ { "error",
                 Json::Object { { "error", "ai: webhook error" },
                     { "message", "Webhook obj must have output or expressions" } } } },
            out);
        return false;
    }
    if (lacks_arguments(webhook))
        return false;
    auto method = request_method(webhook.string_or("method"));
    const std::string url = webhook.string_or("url");
    if (!method || url.empty()) {
        complain("webhook: " + (method ? "url: is missing" : method.error().what), out);
        return false;
    }
    DataMapRequest request;
    request.method = std::move(*method);
    set_url(request, filled(url, scope_, out));
    if (const Json* headers = webhook.find("headers"); headers != nullptr && headers->is_object())
        for (const auto& [name, value] : headers->as_object())
            add_header(request, name, filled(value, scope_, out));

    Json body;
    if (const Json* given = either(webhook, "params", "body"); is_given(given)) {
        auto expanded = expand_json(*given, scope_, context_.time);
        note(expanded.notes, out);
        body = std::move(expanded.value);
    }
    if (is_on(webhook.find("input_args_as_params")) && (body.is_null() || body.is_object())) {
        Json::Object merged = context_.args.is_object() ? context_.args.as_object() : Json::Object();
        if (body.is_object())
            for (const auto& [name, value] : body.as_object()) // The model's arguments do not change the author's.
                merged[name] = value;
        body = std::move(merged);
    }
    if (body.is_null() && request.method == "POST")
        body = Json::Object {};
    if (!body.is_null()) {
        request.body = body.is_string() ? body.as_string() : body.dump();
        const std::string form = webhook.string_or("form_param");
        if (!form.empty())
            request.body = percent_encoded(form) + "=" + percent_encoded(request.body);
        add_header_if_missing(
            request, "Content-Type", form.empty() ? "application/json" : "application/x-www-form-urlencoded");
    }
    add_header_if_missing(request, "Accept", "application/json");
    request.after = std::exchange(sleep_, {});
    sent_ = request;
    out.emplace_back(std::move(request));
    return true;
}

std::optional<std::string> DataMap::error_key(const Json& webhook, const Json& reply) const
{
    for (const Json* keys : { webhook.find("error_keys"), definition_.find("error_keys") })
        for (const Json* key : listed(keys))
            if (key->is_string() && tells_an_error(reply.find(key->as_string())))
                return key->as_string();
    return std::nullopt;
}

// False: the reply gave no output.
bool DataMap::use_reply(const Json& webhook, const Json& reply, DataMapCommands& out)
{
    Scope scope;
    scope.add_root(context_.args);
    for (const char* name : { "vars", "call", "envs" })
        if (const Json* value = context_.prompt_variables.find(name))
            scope.add_named(name, *value);
    scope.add_root(reply);
    scope.add_named("response", reply);
    add_context_names(scope, context_, input_);
    Json items;
    if (const Json* foreach = webhook.find("foreach"); foreach != nullptr && foreach->is_object()) {
        items = joined_items(*foreach, scope, out);
        const std::string name = foreach->string_or("output_key");
        if (!name.empty())
            scope.add_named(name, items);
    }
    if (try_expressions(webhook.find("expressions"), scope, out))
        return true;
    const Json* output = webhook.find("output");
    if (!is_output(output))
        return false;
    Json filled = filled_output(*output, scope, out);
    tell({ { "webhook", sent_.url }, { "input", reply }, { "output", filled } }, out);
    finish(std::move(filled), out);
    return true;
}

std::string DataMap::joined_items(const Json& foreach, const Scope& scope, DataMapCommands& out)
{
    std::string joined;
    const Found found = scope.find(foreach.string_or("input_key"));
    if (found.json == nullptr || !found.json->is_array())
        return joined;
    const std::string append = foreach.string_or("append");
    const auto& items = found.json->as_array();
    const std::size_t count = std::min(items.size(), items_wanted(foreach.find("max")));
    for (std::size_t i = 0; i < count; ++i) {
        Scope with_item = scope;
        with_item.add_named("this", items[i]);
        auto expanded = expand_text(append, with_item, context_.time,
            { Missing::empties, ValueStyle::compact, max_data_map_output - joined.size() });
        joined += expanded.text;
        note(expanded.notes, out);
        if (expanded.notes.cut)
            break;
    }
    return joined;
}

// True: one of them gave the output.
bool DataMap::try_expressions(const Json* list, const Scope& scope, DataMapCommands& out)
{
    std::size_t tried = 0;
    for (const Json* expression : listed(list)) {
        if (++tried > max_data_map_expressions) {
            complain("more expressions than are tried", out);
            return false;
        }
        if (try_expression(*expression, scope, out))
            return true;
    }
    return false;
}

bool DataMap::try_expression(const Json& expression, const Scope& scope, DataMapCommands& out)
{
    const Json* text = either(expression, "string", "expr");
    const Json* written = expression.find("pattern");
    if (text == nullptr || written == nullptr || !written->is_string()) {
        complain("expression: string or pattern is missing", out);
        return false;
    }
    const std::string subject = filled(*text, scope, out);
    const auto pattern = Pattern::compile(written->as_string());
    const auto matched = pattern ? pattern->search(subject) : Result<bool>(pattern.error());
    if (!matched) { // Neither a match nor none.
        complain("expression: " + matched.error().what, out);
        return false;
    }
    const Json* output = *matched ? expression.find("output") : either(expression, "nomatch-output", "nomatch_output");
    Json::Object members { { "expression",
                               Json::Object { { "string", *text }, { "pattern", *written }, { "match", *matched } } },
        { "input", subject } };
    if (!is_output(output)) {
        tell(std::move(members), out);
        return false;
    }
    Json filled = filled_output(*output, scope, out);
    members["output"] = filled;
    tell(std::move(members), out);
    finish(std::move(filled), out);
    return true;
}

std::string DataMap::filled(const Json& text, const Scope& scope, DataMapCommands& out)
{
    auto expanded = expand_text(value_text(text), scope, context_.time);
    note(expanded.notes, out);
    return std::move(expanded.text);
}

Json DataMap::filled_output(const Json& output, const Scope& scope, DataMapCommands& out)
{
    ExpandOptions options;
    options.max_bytes = max_data_map_output;
    options.stays_below = "SWML"; // A document of its own: whoever runs it knows more names.
    auto expanded = expand_json(output, scope, context_.time, options);
    note(expanded.notes, out);
    if (expanded.value.is_string())
        return Json::Object { { "response", std::move(expanded.value) } };
    return std::move(expanded.value);
}

void DataMap::note(const ExpandNotes& notes, DataMapCommands& out)
{
    sleep_ = std::min(sleep_ + notes.sleep, max_sleep);
    for (const auto& what : notes.complaints)
        complain(what, out);
}

void DataMap::complain(std::string what, DataMapCommands& out)
{
    tell({ { "error", Json::Object { { "error", "ai: data_map" }, { "message", what } } } }, out);
}

void DataMap::finish(Result<Json> output, DataMapCommands& out)
{
    state_ = State::done;
    out.emplace_back(DataMapDone { std::move(output), std::exchange(sleep_, {}) });
}

} // namespace parley::expand
