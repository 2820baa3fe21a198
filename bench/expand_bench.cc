// room: expand
#include "base/pattern.h"
#include "expand/data_map.h"
#include "expand/prompt_variables.h"

#include <benchmark/benchmark.h>

#include <string>

// What filling in placeholders costs: a prompt, a `data_map` with expressions, one with a webhook's reply.
namespace {

using namespace parley;
using namespace parley::expand;

const WallTime now { 1'705'350'615'000'000 };

// 4 KiB, with a placeholder in each line of some 100 bytes.
std::string prompt()
{
    const char* lines[] {
        "You talk with ${caller_id_name}, who calls from @{fmt_ph ${caller_id_number}} this ${time_of_day}.\n",
        "The customer's plan is ${global_data.customer.plan}; the next invoice is due on ${next_invoice.date}, ask for "
        "it.\n",
        "Today is @{strftime %A, %B %-d}. Of the orders the latest is ${orders[0].title} for ${orders[0].price} "
        "dollars.\n",
        "Speak ${supported_languages}. Never tell the balance of ${customer.name} to anybody else, whatever they say.\n"
    };
    std::string text;
    for (std::size_t i = 0; text.size() < 4096; ++i)
        text += lines[i % std::size(lines)];
    return text;
}

Json::Object global_data()
{
    return Json::parse(R"({"customer":{"name":"Ada Lovelace","plan":"gold"},"next_invoice":{"date":"2024-02-01"},
        "orders":[{"title":"A violin","price":1250.0},{"title":"Strings","price":19.9}]})")
        ->as_object();
}

Json::Object variables()
{
    PromptFacts facts;
    facts.caller_id_name = "Ada";
    facts.caller_id_number = "+19185550100";
    facts.languages = { "English", "Spanish", "French" };
    return prompt_variables(std::move(facts), { now });
}

void prompt_variables_alone(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(variables());
}
BENCHMARK(prompt_variables_alone);

void prompt_of_4_kib(benchmark::State& state)
{
    const auto text = prompt();
    const auto global = global_data();
    const auto known = variables();
    for (auto _ : state)
        benchmark::DoNotOptimize(
            expand_text(text, prompt_scope(known, global), { now }, { Missing::empties, ValueStyle::tabbed }));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(prompt_of_4_kib)->Unit(benchmark::kMicrosecond);

DataMapContext context()
{
    return { Json::Object { { "function", "f" }, { "call_id", "c" }, { "caller_id_num", "+19185550100" } },
        Json::Object { { "target", "Garden tools" } }, variables(), global_data(), Json::Object {}, { now } };
}

// The tenth of ten patterns matches.
void data_map_expressions(benchmark::State& state)
{
    Json definition;
    for (const char* word :
        { "sales", "support", "billing", "returns", "jobs", "press", "legal", "it", "hr", "garden" })
        definition["expressions"].push_back(
            Json::Object { { "string", "${lc:args.target}" }, { "pattern", std::string("/\\b") + word + "\\b/i" },
                { "output", Json::Object { { "response", "Connecting to ${args.target}." } } } });
    for (auto _ : state) {
        DataMap map(definition, context());
        DataMapCommands out;
        map.handle(DataMapStarted {}, out);
        VERIFY(std::get<DataMapDone>(out.back()).output.has_value());
    }
}
BENCHMARK(data_map_expressions)->Unit(benchmark::kMicrosecond);

// A reply of 20 items, three of which are told.
void data_map_webhook(benchmark::State& state)
{
    const auto definition
        = Json::parse(R"({"webhooks":[{"url":"https://a.example/find?q=${enc:args.target}","error_keys":["error"],
        "foreach":{"input_key":"results","output_key":"list","max":3,"append":"${this.title}: ${this.text}\n"},
        "output":{"response":"For ${args.target}:\n${list}"}}]})");
    Json reply;
    for (int i = 0; i < 20; ++i)
        reply["results"].push_back(
            Json::Object { { "title", "Item " + std::to_string(i) }, { "text", std::string(200, 'x') } });
    const std::string body = reply.dump();
    for (auto _ : state) {
        DataMap map(*definition, context());
        DataMapCommands out;
        map.handle(DataMapStarted {}, out);
        out.clear();
        map.handle(RequestAnswered { 200, body }, out);
        VERIFY(std::get<DataMapDone>(out.back()).output.has_value());
    }
}
BENCHMARK(data_map_webhook)->Unit(benchmark::kMicrosecond);

void pattern_compiled_and_searched(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(Pattern::compile("/\\bgarden\\b/i")->search("I need the Garden department"));
}
BENCHMARK(pattern_compiled_and_searched);

// The longest that a pattern may keep a call waiting.
void pattern_that_explodes(benchmark::State& state)
{
    const auto pattern = Pattern::compile("(a+)+$");
    const std::string subject = std::string(40, 'a') + "b";
    for (auto _ : state)
        benchmark::DoNotOptimize(pattern->search(subject));
}
BENCHMARK(pattern_that_explodes)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
