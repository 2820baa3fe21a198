#include "talk.h"

#include "swaig/ai_object.h"
#include "swaig/functions.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace parley::talk {

namespace {

struct Bad {
    std::string what;
};

// Words, "quoted texts" and {json} of one line.
class Tokens {
public:
    explicit Tokens(std::string_view line)
        : rest_(line)
    {
    }

    [[nodiscard]] bool empty()
    {
        skip();
        return rest_.empty();
    }
    bool take(std::string_view word) // Several words are taken together or not at all.
    {
        skip();
        if (!rest_.starts_with(word) || (rest_.size() > word.size() && rest_[word.size()] != ' '))
            return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    std::string_view word()
    {
        skip();
        const auto size = std::min(rest_.find(' '), rest_.size());
        if (size == 0)
            throw Bad { "a word is missing" };
        const auto word = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return word;
    }
    std::string text()
    {
        skip();
        if (!rest_.starts_with('"'))
            throw Bad { "a text in quotes is missing" };
        const auto end = rest_.find('"', 1);
        if (end == std::string_view::npos)
            throw Bad { "the text has no closing quote" };
        const std::string text(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        return text;
    }
    bool quoted()
    {
        skip();
        return rest_.starts_with('"');
    }
    Json json() // The rest of the line up to the closing brace at its depth.
    {
        skip();
        int depth = 0;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            if (rest_[i] == '{')
                ++depth;
            else if (rest_[i] == '}' && --depth == 0) {
                auto json = Json::parse(rest_.substr(0, i + 1));
                if (!json)
                    throw Bad { json.error().what };
                rest_.remove_prefix(i + 1);
                return *json;
            }
        }
        throw Bad { "JSON is missing" };
    }
    Duration time() // "1.2", "1.2s", "300ms"
    {
        auto digits = word();
        double scale = 1e6;
        if (digits.ends_with("ms")) {
            scale = 1e3;
            digits.remove_suffix(2);
        } else if (digits.ends_with("s")) {
            digits.remove_suffix(1);
        }
        double value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc {} || end != digits.data() + digits.size())
            throw Bad { "not a time: " + std::string(digits) };
        return Duration(static_cast<std::int64_t>(value * scale + 0.5));
    }
    std::string remainder()
    {
        skip();
        return std::string(rest_);
    }

private:
    void skip()
    {
        while (rest_.starts_with(' '))
            rest_.remove_prefix(1);
    }
    std::string_view rest_;
};

void parse_model(Tokens& line, std::vector<ModelAnswer>& model)
{
    ModelAnswer answer;
    while (!line.empty()) {
        if (line.take("after"))
            answer.after = line.time();
        else if (line.take("fails"))
            answer.fails = true;
        else if (line.take("says"))
            answer.text = line.text();
        else if (line.take("a word every"))
            answer.per_word = line.time();
        else if (line.take("calls")) {
            ToolCall call;
            call.name = line.word();
            call.id = "call-" + std::to_string(model.size() + 1) + "-" + std::to_string(answer.calls.size() + 1);
            call.arguments = line.quoted() ? line.text() : line.json().dump();
            answer.calls.push_back(std::move(call));
        } else {
            throw Bad { "the model cannot: " + line.remainder() };
        }
    }
    model.push_back(std::move(answer));
}

// Members of the `ai` object, over those of earlier lines: objects are merged, one level deep.
void parse_ai(Tokens& line, Talk& talk)
{
    const Json given = line.json();
    for (const auto& [key, value] : given.as_object()) {
        Json& there = talk.ai[key];
        if (!there.is_object() || !value.is_object()) {
            there = value;
            continue;
        }
        Json::Object merged = there.as_object();
        for (const auto& [inner, inner_value] : value.as_object())
            merged[inner] = inner_value;
        there = std::move(merged);
    }
    auto parsed = swaig::parse_ai_object(talk.ai);
    if (!parsed)
        throw Bad { parsed.error().what };
    talk.spec = std::move(parsed->spec);
}

// A function that an include or an MCP server has.
void parse_fetched(Tokens& line, Talk& talk)
{
    agent::FetchedTools source;
    source.url = line.text();
    if (line.take("fails")) {
        source.error = "no answer";
    } else {
        std::vector<std::string> warnings;
        auto tools = swaig::parse_functions(Json::Array { line.json() }, warnings);
        if (!tools || !warnings.empty())
            throw Bad { tools ? warnings.front() : tools.error().what };
        source.tools = std::move(*tools);
    }
    talk.fetched.push_back(std::move(source));
}

void parse_tool(Tokens& line, Talk& talk)
{
    const std::string name(line.word());
    if (line.quoted()) { // tool <name> "<description>": offered to the model.
        ToolSpec tool;
        tool.name = name;
        tool.description = line.text();
        tool.parameters = Json::Object { { "type", "object" }, { "properties", Json::Object {} } };
        tool.meta_data = Json::Object {};
        talk.spec.tools.push_back(std::move(tool));
        return;
    }
    ToolAnswer answer;
    answer.name = name;
    while (!line.empty()) {
        if (line.take("after"))
            answer.after = line.time();
        else if (line.take("fails"))
            answer.fails = true;
        else if (line.take("answers"))
            answer.response = line.text();
        else if (line.take("prompts"))
            answer.tool_prompt = line.text();
        else if (line.take("action")) {
            const Json action = line.json();
            for (const auto& [key, value] : action.as_object())
                answer.actions.push_back({ key, value });
        } else {
            throw Bad { "a tool cannot: " + line.remainder() };
        }
    }
    talk.tools.push_back(std::move(answer));
}

void parse_param(Tokens& line, Talk& talk)
{
    auto& turn = talk.spec.turn;
    const std::pair<std::string_view, Duration*> times[] = { { "end_of_speech", &turn.end_of_speech },
        { "first_word", &turn.first_word }, { "attention", &turn.attention }, { "turn_limit", &turn.turn_limit },
        { "reply_budget", &turn.reply_budget }, { "noise", &turn.noise }, { "verdict", &turn.verdict } };
    for (const auto& [name, time] : times) {
        if (line.take(name)) {
            *time = line.time();
            return;
        }
    }
    if (line.take("no barge"))
        turn.barge = false;
    else if (line.take("barge_min_words"))
        turn.barge_min_words = static_cast<int>(line.time() / 1s);
    else
        throw Bad { "unknown parameter: " + line.remainder() };
}

void parse_setting(Tokens& line, Talk& talk)
{
    if (line.take("prompt"))
        talk.spec.prompt.text = line.text();
    else if (line.take("greeting"))
        talk.spec.greeting.text = line.text();
    else if (line.take("wait for user"))
        talk.spec.greeting.wait_for_user = true;
    else if (line.take("post prompt"))
        talk.spec.report.prompt.text = line.text();
    else if (line.take("report to"))
        talk.spec.report.hook.url = line.text();
    else if (line.take("pronounce")) {
        PronounceRule rule;
        rule.replace = line.text();
        rule.with = line.text();
        talk.spec.pronounce.push_back(std::move(rule));
    } else if (line.take("hint"))
        talk.spec.hints.push_back(line.text());
    else if (line.take("attention prompt"))
        talk.spec.silence.attention_prompt = line.text();
    else if (line.take("param"))
        parse_param(line, talk);
    else if (line.take("recogniser after"))
        talk.recogniser = line.time();
    else if (line.take("recogniser interim"))
        talk.interim = true;
    else if (line.take("voice first sound after"))
        talk.first_sound = line.time();
    else if (line.take("voice a word in"))
        talk.per_word = line.time();
    else if (line.take("voice without word times"))
        talk.word_times = false;
    else if (line.take("model"))
        parse_model(line, talk.model);
    else if (line.take("aside"))
        parse_model(line, talk.asides);
    else if (line.take("ai"))
        parse_ai(line, talk);
    else if (line.take("source"))
        parse_fetched(line, talk);
    else if (line.take("earlier conversation"))
        talk.earlier = line.text();
    else if (line.take("tool"))
        parse_tool(line, talk);
    else
        throw Bad { "unknown setting: " + line.remainder() };
}

agent::InjectMessage injection(Role role, std::string text)
{
    agent::InjectMessage message;
    message.role = role;
    message.text = std::move(text);
    return message;
}

agent::Event parse_event(Tokens& line)
{
    if (line.take("start"))
        return agent::SessionStarted {};
    if (line.take("recogniser comes back"))
        return SttFailed { { ErrorKind::unavailable, "the recogniser was away" }, true };
    if (line.take("system"))
        return injection(Role::system, line.text());
    if (line.take("user"))
        return injection(Role::user, line.text());
    if (line.take("assistant"))
        return injection(Role::assistant, line.text());
    if (line.take("global")) {
        agent::InjectMessage message;
        message.global_data = line.json().as_object();
        return message;
    }
    if (line.take("reset")) {
        agent::InjectMessage message;
        message.reset.emplace();
        message.reset->full_reset = line.take("full");
        if (line.take("prompt"))
            message.reset->system_prompt = line.text();
        if (line.take("user"))
            message.reset->user_prompt = line.text();
        return message;
    }
    if (line.take("hold")) {
        agent::HoldSession hold;
        if (!line.empty())
            hold.timeout = line.time();
        if (!line.empty())
            hold.prompt = line.text();
        return hold;
    }
    if (line.take("unhold"))
        return agent::UnholdSession { line.empty() ? "" : line.text() };
    if (line.take("words")) { // Without any voice activity.
        Transcript transcript;
        transcript.text = line.text();
        transcript.final = true;
        return transcript;
    }
    if (line.take("key"))
        return agent::Dtmf { line.word().front() };
    if (line.take("stop"))
        return agent::StopSession {};
    if (line.take("hangs up"))
        return agent::CallEnded { EndedBy::caller };
    throw Bad { "unknown event: " + line.remainder() };
}

void parse_step(Duration at, Tokens& line, Talk& talk)
{
    if (line.take("caller")) {
        if (line.take("hangs up")) {
            talk.steps.push_back({ at, agent::Event(agent::CallEnded { EndedBy::caller }) });
            return;
        }
        CallerSpeaks speaks;
        if (line.quoted())
            speaks.words = line.text();
        else
            (void)line.word(); // (cough)
        if (!line.take("for"))
            throw Bad { "how long does the caller speak?" };
        speaks.lasts = line.time();
        if (line.take("heard after"))
            speaks.heard_after = line.time();
        talk.steps.push_back({ at, std::move(speaks) });
    } else {
        talk.steps.push_back({ at, parse_event(line) });
    }
    if (!line.empty())
        throw Bad { "not understood: " + line.remainder() };
}

void parse_line(std::string_view text, int number, bool& in_log, Talk& talk)
{
    Tokens line(text);
    if (line.empty() || line.remainder().starts_with('#'))
        return;
    if (in_log) {
        talk.log.push_back(line.remainder());
    } else if (line.take("log:")) {
        in_log = true;
    } else if (line.take("=>")) {
        const Duration at = line.time();
        talk.expectations.push_back({ at, line.remainder(), number });
    } else if (const char first = line.remainder().front(); first >= '0' && first <= '9') {
        const Duration at = line.time();
        parse_step(at, line, talk);
    } else {
        parse_setting(line, talk);
    }
}

} // namespace

Result<Talk> parse_talk(std::string name, std::string_view text)
{
    Talk talk;
    talk.name = std::move(name);
    talk.spec.languages = { { "English", "en-US", "slt", "" } };
    talk.spec.turn.attention = 0ms; // Off unless the file asks for it.
    bool in_log = false;
    int number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = std::min(text.find('\n'), text.size());
        try {
            parse_line(text.substr(0, end), number, in_log, talk);
        } catch (const Bad& bad) {
            return Error { ErrorKind::invalid_request,
                talk.name + " line " + std::to_string(number) + ": " + bad.what };
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return talk;
}

Result<Talk> load_talk(const std::string& path)
{
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file)
        return Error { ErrorKind::not_found, path };
    return parse_talk(std::filesystem::path(path).stem().string(), text.str());
}

std::vector<std::string> all_talks()
{
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(PARLEY_TALKS)) {
        if (entry.path().extension() == ".talk")
            paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string row_text(const agent::AppendMessage& row)
{
    std::string text(to_string(row.role));
    for (const auto& call : row.tool_calls)
        text += " calls " + call.name + " " + call.arguments;
    if (row.role == Role::notification)
        text += " " + row.content;
    else if (!row.content.empty() || row.tool_calls.empty())
        text += " \"" + row.content + "\"";
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
        text.replace(at, 1, "\\n"); // A row is a line.
    return text;
}

} // namespace parley::talk
