#include "expand/data_map.h"

#include <gtest/gtest.h>

// swml-ai 95: expressions, then webhooks, then the output.
namespace parley::expand {
namespace {

Json json(std::string_view text)
{
    auto parsed = Json::parse(text);
    EXPECT_TRUE(parsed) << text << ": " << parsed.error().what;
    return *parsed;
}

// One evaluation, and what it commanded.
class Evaluation {
public:
    explicit Evaluation(std::string_view definition, std::string_view args = "{}")
        : map_(json(definition), context(args))
    {
        step(DataMapStarted {});
    }

    Evaluation& answer(int status, std::string body) { return step(RequestAnswered { status, std::move(body) }); }
    Evaluation& fail() { return step(RequestFailed { { ErrorKind::timed_out, "no answer within 30 s" } }); }

    [[nodiscard]] const DataMapRequest& request() const
    {
        const auto* found = std::get_if<DataMapRequest>(&last_.back());
        EXPECT_NE(found, nullptr);
        static const DataMapRequest none;
        return found ? *found : none;
    }
    [[nodiscard]] const DataMapDone* done() const { return std::get_if<DataMapDone>(&last_.back()); }
    [[nodiscard]] std::string output() const
    {
        if (done() == nullptr)
            return "asks " + request().url;
        return done()->output ? done()->output->dump() : "error: " + done()->output.error().what;
    }
    // The first member of each trace so far.
    [[nodiscard]] std::string traces() const
    {
        std::string names;
        for (const auto& trace : traced_)
            names += (names.empty() ? "" : " ") + trace.begin()->first;
        return names;
    }
    [[nodiscard]] Json trace(std::size_t index) const { return index < traced_.size() ? Json(traced_[index]) : Json(); }

    static DataMapContext context(std::string_view args)
    {
        return { json(R"({"function":"f","call_id":"c1","caller_id_num":"+15550100"})"), json(args),
            json(R"({"call":{"from":"+1999"},"vars":{"plan":"gold"},"caller_id_name":"Ada"})").as_object(),
            json(R"({"tier":"gold","profile":{"name":"Grace"}})").as_object(),
            json(R"({"table":{"sales":"+12025551234"},"word":"meta"})"), { { 1'705'350'615'000'000 } } };
    }

private:
    Evaluation& step(const DataMapEvent& event)
    {
        last_.clear();
        map_.handle(event, last_);
        EXPECT_FALSE(last_.empty());
        for (const auto& command : last_)
            if (const auto* trace = std::get_if<DataMapTrace>(&command))
                traced_.push_back(trace->members);
        return *this;
    }

    DataMap map_;
    DataMapCommands last_;
    std::vector<Json::Object> traced_;
};

std::string output(std::string_view definition, std::string_view args = "{}")
{
    return Evaluation(definition, args).output();
}

TEST(DataMapExpressions, the_first_that_matches_gives_the_output)
{
    const char* definition = R"({"expressions": [
        {"string": "${lc:args.target}", "pattern": "/SALES/i", "output": {"response": "Sales, ${args.name}"}},
        {"string": "${args.target}", "pattern": "(?i)support|help", "output": {"response": "Support"}},
        {"string": "${args.target}", "pattern": ".*", "output": {"response": "Nobody called ${args.target}"}}]})";
    EXPECT_EQ(output(definition, R"({"target":"the Sales desk","name":"Ada"})"), R"({"response":"Sales, Ada"})");
    EXPECT_EQ(output(definition, R"({"target":"HELP"})"), R"({"response":"Support"})");
    EXPECT_EQ(output(definition), R"({"response":"Nobody called "})");
}

TEST(DataMapExpressions, one_may_stand_alone_and_have_its_text_under_expr)
{
    EXPECT_EQ(output(R"({"expressions": {"expr": "${global_data.tier}", "pattern": "^gold$", "output": "yes"}})"),
        R"({"response":"yes"})");
}

TEST(DataMapExpressions, what_does_not_match_may_have_an_output_too)
{
    const char* definition
        = R"({"expressions": [{"string": "${args.n}", "pattern": "^\\d+$", "output": {"response": "a number"},
              "nomatch-output": {"response": "no number: ${args.n}"}}], "output": {"response": "never"}})";
    EXPECT_EQ(output(definition, R"({"n":12})"), R"({"response":"a number"})");
    EXPECT_EQ(output(definition, R"({"n":"x"})"), R"({"response":"no number: x"})");
}

TEST(DataMapExpressions, tables_are_looked_up_and_what_is_missing_does_not_match)
{
    const char* definition = R"({"expressions": [{"string": "${meta_data.table.${lc:args.target}}", "pattern": "\\w+",
        "output": {"action": [{"transfer": "${meta_data.table.${lc:args.target}}"}]}}], "output": {"response": "unknown"}})";
    EXPECT_EQ(output(definition, R"({"target":"Sales"})"), R"({"action":[{"transfer":"+12025551234"}]})");
    EXPECT_EQ(output(definition, R"({"target":"Legal"})"), R"({"response":"unknown"})");
}

TEST(DataMapExpressions, a_match_without_output_goes_on)
{
    EXPECT_EQ(output(R"({"expressions": [{"string": "a", "pattern": "a"}, {"string": "a", "pattern": "b"},
                      {"string": "a", "pattern": "a", "output": {"response": "second"}}]})"),
        R"({"response":"second"})");
}

TEST(DataMapExpressions, faulty_ones_are_told_and_passed_over)
{
    Evaluation evaluation(R"({"expressions": [{"string": "a", "pattern": "(", "output": "1", "nomatch-output": "2"},
        {"string": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "pattern": "(a+)+$", "output": "3", "nomatch-output": "4"},
        {"string": "a", "output": "5"}, {"pattern": "a", "output": "6"}, 7], "output": "last"})");
    EXPECT_EQ(evaluation.output(), R"({"response":"last"})");
    EXPECT_EQ(evaluation.traces(), "error error error error error");
    EXPECT_EQ(evaluation.trace(1).find("error")->string_or("message"), "expression: pattern: takes too many steps");
}

TEST(DataMapExpressions, traces_say_what_was_tried)
{
    Evaluation evaluation(
        R"({"expressions": [{"string": "${args.a}", "pattern": "b", "output": {"response": "${args.a}"}}]})",
        R"({"a":"abc"})");
    EXPECT_EQ(evaluation.trace(0).dump(),
        R"({"expression":{"string":"${args.a}","pattern":"b","match":true},"input":"abc","output":{"response":"abc"}})");
}

TEST(DataMapWebhooks, are_asked_after_the_expressions)
{
    Evaluation evaluation(R"({"expressions": [{"string": "x", "pattern": "y", "output": "no"}],
        "webhooks": [{"url": "https://user:p%40ss@weather.example/v1?q=${lc:enc:args.city}&key=a%20b", "method": "get",
            "headers": {"X-Caller": "${caller_id_num}\r\nX-Evil: 1", "Authorization": "Bearer ${global_data.tier}"},
            "output": {"response": "${current.temp_f} degrees, ${current.condition.text}"}}]})",
        R"({"city":"New York"})");
    EXPECT_EQ(evaluation.request(),
        (DataMapRequest { "GET", "https://weather.example/v1?q=new%20york&key=a%20b", "user", "p%40ss",
            { { "X-Caller", "+15550100  X-Evil: 1" }, { "Authorization", "Bearer gold" },
                { "Accept", "application/json" } },
            "", {} }));
    evaluation.answer(200, R"({"current":{"temp_f":71.0,"condition":{"text":"Sunny"}}})");
    EXPECT_EQ(evaluation.output(), R"({"response":"71 degrees, Sunny"})");
    EXPECT_EQ(evaluation.traces(), "expression webhook_log webhook_reply webhook");
}

TEST(DataMapWebhooks, what_a_person_said_is_made_fit_for_a_url)
{
    Evaluation evaluation(R"({"webhooks": {"url": "http://a.example/${args.city}?x=[1]", "output": "x"}})",
        R"({"city":"São Paulo \"@\n"})");
    EXPECT_EQ(evaluation.request().url, "http://a.example/S%C3%A3o%20Paulo%20%22@%0A?x=[1]");
    EXPECT_EQ(evaluation.request().user, "");
}

TEST(DataMapWebhooks, the_reply_is_at_the_root_and_under_response)
{
    const char* definition = R"({"webhooks": [{"url": "http://a.example", "output": {"response":
        "${name} ${response.name} ${args.name} ${input.args.name} ${input.call_id} ${prompt_vars.caller_id_name} ${global_data.profile.name} ${meta_data.word} ${call.from} ${vars.plan} ${query} ${tier}|"}}]})";
    Evaluation evaluation(definition, R"({"name":"Arg","query":"last resort"})");
    evaluation.answer(201, R"({"name":"Reply","args":"hidden","global_data":1,"input":2})");
    EXPECT_EQ(evaluation.output(), R"({"response":"Reply Reply Arg Arg c1 Ada Grace meta +1999 gold last resort |"})");
}

TEST(DataMapWebhooks, an_array_is_wrapped)
{
    Evaluation evaluation(
        R"({"webhooks": [{"url": "http://a.example", "output": {"response": "${array[0].joke}${response.array[1].joke}"}}]})");
    EXPECT_EQ(evaluation.answer(200, R"([{"joke":"a"},{"joke":"b"}])").output(), R"({"response":"ab"})");
}

// swml-ai contradiction 18: a status other than 2xx is a failure, whatever its body.
TEST(DataMapWebhooks, the_next_is_asked_when_one_fails)
{
    const char* definition = R"({"webhooks": [
        {"url": "http://1.example", "output": "1"}, {"url": "http://2.example", "output": "2"},
        {"url": "http://3.example", "output": "3"}, {"url": "http://4.example", "output": "4"},
        {"url": "http://5.example", "output": "5"}], "output": {"response": "Sorry"}})";
    Evaluation evaluation(definition);
    EXPECT_EQ(evaluation.output(), "asks http://1.example");
    EXPECT_EQ(evaluation.answer(404, R"({"a":1})").output(), "asks http://2.example");
    EXPECT_EQ(evaluation.answer(200, "<html>").output(), "asks http://3.example");
    EXPECT_EQ(evaluation.fail().output(), "asks http://4.example");
    EXPECT_EQ(evaluation.answer(200, "42").output(), "asks http://5.example");
    EXPECT_EQ(evaluation.answer(204, "").output(), R"({"response":"Sorry"})");
    EXPECT_EQ(evaluation.traces(),
        "webhook_log webhook_fail webhook_log webhook_fail webhook_fail webhook_log webhook_fail webhook_log "
        "webhook_fail");
    const Json failure = evaluation.trace(1);
    EXPECT_EQ(failure.find("webhook_fail")->find("http_code")->as_integer(), 404);
    EXPECT_EQ(failure.find("webhook_fail")->string_or("raw_response"), R"({"a":1})");
    EXPECT_EQ(evaluation.trace(4).find("webhook_fail")->string_or("protocol_error"), "no answer within 30 s");
}

TEST(DataMapWebhooks, error_keys_of_the_webhook_and_of_all)
{
    const auto first = [](const char* own, const char* common, const char* reply) {
        Evaluation evaluation(std::string(R"({"webhooks": {"url": "http://a.example", "error_keys": )") + own
            + R"(, "output": "good"}, "error_keys": )" + common + R"(, "output": "bad"})");
        return evaluation.answer(200, reply).output();
    };
    EXPECT_EQ(first(R"(["error","fault"])", "null", R"({"fault":"x"})"), R"({"response":"bad"})");
    EXPECT_EQ(first(R"("error")", "null", R"({"error":{}})"), R"({"response":"bad"})");
    EXPECT_EQ(first("null", R"(["error"])", R"({"error":"x"})"), R"({"response":"bad"})");
    EXPECT_EQ(first(R"(["error"])", "null", R"({"error":null})"), R"({"response":"good"})");
    EXPECT_EQ(first(R"(["error"])", "null", R"({"error":false})"), R"({"response":"good"})");
    EXPECT_EQ(first(R"(["error"])", R"("fault")", R"({"x":{"error":1}})"), R"({"response":"good"})");
}

TEST(DataMapWebhooks, one_whose_arguments_are_missing_is_passed_over)
{
    for (const char* spelled : { R"("require_args": ["city","state"])", R"("required_args": ["city","state"])" }) {
        const std::string definition = std::string(R"({"webhooks": [{"url": "http://1.example", "output": "1", )")
            + spelled + R"(}, {"url": "http://2.example", "output": "2", "require_args": "city"}], "output": "none"})";
        EXPECT_EQ(output(definition, R"({"city":"a","state":"b"})"), "asks http://1.example");
        EXPECT_EQ(output(definition, R"({"city":"a","state":""})"), "asks http://2.example");
        EXPECT_EQ(output(definition, R"({"city":0})"), "asks http://2.example");
        EXPECT_EQ(output(definition, R"({"state":"b"})"), R"({"response":"none"})");
    }
}

TEST(DataMapWebhooks, parameters_are_the_body)
{
    const auto sent = [](std::string_view members, std::string_view args = R"({"q":"x y","n":2})") {
        Evaluation evaluation(
            std::string(R"({"webhooks": [{"url": "http://a.example", "output": "x", )").append(members).append("}]}"),
            args);
        std::string type;
        for (const auto& [name, value] : evaluation.request().headers)
            if (name == "Content-Type" || name == "content-type")
                type += value;
        return evaluation.request().method + " " + type + " " + evaluation.request().body;
    };
    EXPECT_EQ(
        sent(R"("method": "POST", "params": {"q": "${args.q}", "deep": [{"n": "${args.n}"}], "count": 3, "on": true})"),
        R"(POST application/json {"q":"x y","deep":[{"n":"2"}],"count":3,"on":true})");
    EXPECT_EQ(sent(R"("method": "PUT", "body": {"q": "${args.q}"})"), R"(PUT application/json {"q":"x y"})");
    EXPECT_EQ(sent(R"("method": "POST", "body": "q=${enc:args.q}", "headers": {"content-type": "text/plain"})"),
        "POST text/plain q=x%20y");
    EXPECT_EQ(sent(R"("method": "POST")"), "POST application/json {}");
    EXPECT_EQ(sent(R"("method": "DELETE")"), "DELETE  ");
    EXPECT_EQ(sent(R"("method": "GET")"), "GET  ");
    EXPECT_EQ(sent(R"("method": "POST", "form_param": "payload", "params": {"q": "${args.q}"})"),
        "POST application/x-www-form-urlencoded payload=%7B%22q%22%3A%22x%20y%22%7D");
}

TEST(DataMapWebhooks, arguments_become_parameters_when_told_so)
{
    const auto body = [](std::string_view members) {
        return Evaluation(std::string(R"({"webhooks": [{"url": "http://a.example", "output": "x", "method": "POST", )")
                              .append(members)
                + "}]}",
            R"({"q":"x","key":"the model's"})")
            .request()
            .body;
    };
    EXPECT_EQ(body(R"("input_args_as_params": true)"), R"({"q":"x","key":"the model's"})");
    EXPECT_EQ(body(R"("input_args_as_params": "true", "params": {"key": "the author's", "z": 1})"),
        R"({"q":"x","key":"the author's","z":1})");
    EXPECT_EQ(body(R"("input_args_as_params": false, "params": {"z": 1})"), R"({"z":1})");
}

TEST(DataMapWebhooks, each_item_of_a_list_adds_text)
{
    const auto text = [](const char* foreach, std::string reply) {
        Evaluation evaluation(std::string(R"({"webhooks": [{"url": "http://a.example", "foreach": )") + foreach
                + R"(, "output": {"response": "Found: ${text}"}}]})",
            R"({"who":"Ada"})");
        return evaluation.answer(200, std::move(reply)).output();
    };
    const char* reply
        = R"({"results":[{"title":"a"},{"title":"b"},{"title":"c"}],"deep":{"list":[1,2]},"text":"hidden"})";
    EXPECT_EQ(text(R"({"input_key":"results","output_key":"text","max":2,"append":"${this.title} for ${args.who}; "})",
                  reply),
        R"({"response":"Found: a for Ada; b for Ada; "})");
    EXPECT_EQ(text(R"({"input_key":"results","output_key":"text","append":"${this.title}"})", reply),
        R"({"response":"Found: abc"})");
    EXPECT_EQ(text(R"({"input_key":"response.deep.list","output_key":"text","max":"1","append":"<${this}>"})", reply),
        R"({"response":"Found: <1>"})");
    EXPECT_EQ(
        text(R"({"input_key":"nothing","output_key":"text","append":"${this}"})", reply), R"({"response":"Found: "})");
    EXPECT_EQ(text(R"({"input_key":"array","output_key":"text","append":"${this}"})", "[1,2]"),
        R"({"response":"Found: 12"})");
}

TEST(DataMapWebhooks, the_list_is_neither_endless_nor_is_its_text)
{
    const char* definition = R"({"webhooks": [{"url": "http://a.example", "foreach": {"input_key":"array",
        "output_key":"text","append":"${this}"}, "output": {"response": "${text}"}}]})";
    Json many;
    for (std::size_t i = 0; i < max_foreach_items + 10; ++i)
        many.push_back(1);
    EXPECT_EQ(Evaluation(definition).answer(200, many.dump()).output().size(),
        max_foreach_items + std::string_view(R"({"response":""})").size());
    Json large;
    for (int i = 0; i < 10; ++i)
        large.push_back(std::string(100'000, 'x'));
    Evaluation evaluation(definition);
    evaluation.answer(200, large.dump());
    EXPECT_EQ(evaluation.output().size(), max_data_map_output + std::string_view(R"({"response":""})").size());
    EXPECT_NE(evaluation.traces().find("error"), std::string::npos);
}

TEST(DataMapWebhooks, expressions_look_at_the_reply)
{
    const char* definition = R"({"webhooks": [
        {"url": "http://1.example", "expressions": [{"string": "${status}", "pattern": "^open$", "output": "It is open"}]},
        {"url": "http://2.example", "output": "second"}]})";
    EXPECT_EQ(Evaluation(definition).answer(200, R"({"status":"open"})").output(), R"({"response":"It is open"})");
    EXPECT_EQ(Evaluation(definition).answer(200, R"({"status":"closed"})").output(), "asks http://2.example");
}

TEST(DataMapWebhooks, one_that_can_give_nothing_is_not_asked)
{
    Evaluation evaluation(R"({"webhooks": [{"url": "http://1.example"}, {"output": "no url"},
        {"url": "http://3.example", "method": "BREW", "output": "tea"}, 4]})");
    EXPECT_EQ(evaluation.output(), "error: data_map: nothing in it gave an output");
    EXPECT_EQ(evaluation.trace(0).dump(),
        R"({"error":{"error":"ai: webhook error","message":"Webhook obj must have output or expressions"}})");
    EXPECT_EQ(evaluation.traces(), "error error error error");
}

TEST(DataMapWebhooks, are_counted)
{
    Json map;
    for (std::size_t i = 0; i < max_data_map_webhooks + 5; ++i)
        map["webhooks"].push_back(json(R"({"url":"http://a.example","output":"x"})"));
    Evaluation evaluation(map.dump());
    std::size_t asked = 0;
    for (; evaluation.done() == nullptr; ++asked)
        evaluation.fail();
    EXPECT_EQ(asked, max_data_map_webhooks);
}

TEST(DataMapExpressions, are_counted)
{
    Json map;
    for (std::size_t i = 0; i < max_data_map_expressions; ++i)
        map["expressions"].push_back(json(R"({"string":"a","pattern":"b"})"));
    map["expressions"].push_back(json(R"({"string":"a","pattern":"a","output":"late"})"));
    map["output"] = "last";
    EXPECT_EQ(output(map.dump()), R"({"response":"last"})");
}

TEST(DataMapOutput, is_filled_in_however_deep_and_typed)
{
    EXPECT_EQ(output(R"({"output": {"response": {"tool_result": "${args.a}", "tool_prompt": "Say ${args.a}"},
                      "action": [{"set_global_data": {"x": "${args.a}", "n": 2}}, {"hold": 60}], "post_process": true}})",
                  R"({"a":"b"})"),
        R"({"response":{"tool_result":"b","tool_prompt":"Say b"},"action":[{"set_global_data":{"x":"b","n":2}},{"hold":60}],"post_process":true})");
}

TEST(DataMapOutput, swml_documents_keep_what_only_they_know)
{
    EXPECT_EQ(output(R"({"output": {"response": "${pay_result}|", "action": [{"SWML": {"sections": {"main": [
                      {"send_sms": {"body": "%{args.message}", "to_number": "${call.from}"}},
                      {"set": {"ai_response": "Paid: ${pay_result}"}}]}}, "transfer": "${no}"}]}})",
                  R"({"message":"Hello"})"),
        R"({"response":"|","action":[{"SWML":{"sections":{"main":[{"send_sms":{"body":"Hello","to_number":"+1999"}},{"set":{"ai_response":"Paid: ${pay_result}"}}]}},"transfer":""}]})");
}

TEST(DataMapOutput, waits_are_left_to_the_carrier)
{
    Evaluation evaluation(R"({"expressions": {"string": "@{sleep 1}", "pattern": "x"},
        "webhooks": {"url": "http://a.example/@{sleep 2}", "output": "@{sleep 4}done"}})");
    EXPECT_EQ(evaluation.request().after, 3s);
    evaluation.answer(200, "{}");
    EXPECT_EQ(evaluation.done()->after, 4s);
    EXPECT_EQ(evaluation.output(), R"({"response":"done"})");
}

TEST(DataMapOutput, nothing_gives_an_error)
{
    for (const char* definition : { "{}", "[]", "null", R"({"output": 1})", R"({"expressions": 3, "webhooks": null})" })
        EXPECT_EQ(output(definition), "error: data_map: nothing in it gave an output") << definition;
}

// What skills of well-known SDKs send.
TEST(DataMapSkills, weather)
{
    Evaluation evaluation(
        R"({"webhooks": [{"url": "https://api.weather.example/v1/current.json?key=k&q=${lc:enc:args.location}&aqi=no",
        "method": "GET", "output": {"response": "Tell the user the current weather conditions. Current conditions: ${current.condition.text}. Temperature: ${current.temp_f} degrees fahrenheit."}}],
        "error_keys": ["error"], "output": {"response": "Sorry, I cannot get weather information right now."}})",
        R"({"location":"Tulsa"})");
    EXPECT_EQ(evaluation.request().url, "https://api.weather.example/v1/current.json?key=k&q=tulsa&aqi=no");
    EXPECT_EQ(evaluation.answer(200, R"({"error":{"code":1006}})").output(),
        R"({"response":"Sorry, I cannot get weather information right now."})");
}

TEST(DataMapSkills, document_search)
{
    Evaluation evaluation(
        R"({"webhooks": [{"url": "https://s.example/api/datasphere/documents/search", "method": "POST",
        "headers": {"Content-Type": "application/json", "Authorization": "Basic x"},
        "params": {"document_id": "d", "query_string": "${args.query}", "count": 1},
        "foreach": {"input_key": "chunks", "output_key": "formatted_results", "max": 1, "append": "=== RESULT ===\n${this.text}\n"},
        "output": {"response": "Results for \"${args.query}\":\n${formatted_results}"}, "error_keys": ["error"]}]})",
        R"({"query":"opening hours"})");
    EXPECT_EQ(evaluation.request().body, R"({"document_id":"d","query_string":"opening hours","count":1})");
    EXPECT_EQ(evaluation.answer(200, R"({"chunks":[{"text":"9 to 5"},{"text":"closed"}]})").output(),
        R"({"response":"Results for \"opening hours\":\n=== RESULT ===\n9 to 5\n"})");
}

} // namespace
} // namespace parley::expand
