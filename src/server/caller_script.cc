#include "server/caller_script.h"

#include "rtp/telephone_event.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace parley::caller {

namespace {

Error wrong(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

// Words of a line; a quoted one keeps its spaces. `\"` and `\\` within quotes.
Result<std::vector<std::string>> split(std::string_view line)
{
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < line.size()) {
        if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
            ++at;
            continue;
        }
        if (line[at] == '#' && (words.empty() || words.front() != "digits"))
            break;
        std::string word;
        if (line[at] != '"') {
            for (; at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '\r'; ++at)
                word += line[at];
            words.push_back(std::move(word));
            continue;
        }
        for (++at; at < line.size() && line[at] != '"'; ++at) {
            if (line[at] == '\\' && at + 1 < line.size())
                ++at;
            word += line[at];
        }
        if (at == line.size())
            return wrong("no closing quote");
        ++at;
        words.push_back(std::move(word));
    }
    return words;
}

using Words = std::vector<std::string>;

Result<Step> parse_say(const Words& words)
{
    if (words.size() != 2 || words[1].empty())
        return wrong("say: expected one quoted text");
    return Step(Say { words[1] });
}

Result<Step> parse_wait(const Words& words)
{
    WaitAgent step;
    if (words.size() < 2 || words[1] != "agent")
        return wrong("wait: expected `agent`");
    for (std::size_t n = 2; n < words.size(); ++n) {
        if (words[n] == "optional") {
            step.optional = true;
            continue;
        }
        if (words[n] != "timeout" || ++n == words.size())
            return wrong("wait agent: expected `timeout` and a length, or `optional`");
        const auto timeout = parse_length(words[n]);
        if (!timeout)
            return timeout.error();
        step.timeout = *timeout;
    }
    return Step(step);
}

Result<Step> parse_barge(const Words& words)
{
    if (words.size() != 4 || words[1] != "after" || words[3].empty())
        return wrong("barge: expected `after`, a length and one quoted text");
    const auto after = parse_length(words[2]);
    if (!after)
        return after.error();
    return Step(Barge { *after, words[3] });
}

template <typename Kind> Result<Step> parse_timed(const Words& words)
{
    if (words.size() != 2)
        return wrong(words[0] + ": expected a length");
    const auto length = parse_length(words[1]);
    if (!length)
        return length.error();
    return Step(Kind { *length });
}

Result<Step> parse_digits(const Words& words)
{
    if (words.size() != 2
        || !std::all_of(words[1].begin(), words[1].end(), [](char key) { return key_to_event(key).has_value(); }))
        return wrong("digits: expected keys out of 0-9 * # A-D");
    return Step(Digits { words[1] });
}

Result<Step> parse_wav(const Words& words)
{
    if (words.size() != 2)
        return wrong("wav: expected one file name");
    return Step(PlayWav { words[1] });
}

Result<Step> parse_hangup(const Words& words)
{
    if (words.size() != 1)
        return wrong("hangup: expected nothing behind it");
    return Step(HangUp {});
}

struct Row {
    std::string_view name;
    Result<Step> (*parse)(const Words&);
};

constexpr std::array rows {
    Row { "say", parse_say },
    Row { "wait", parse_wait },
    Row { "barge", parse_barge },
    Row { "noise", parse_timed<Noise> },
    Row { "silence", parse_timed<Silence> },
    Row { "digits", parse_digits },
    Row { "wav", parse_wav },
    Row { "hangup", parse_hangup },
};

Result<Step> parse_step(const Words& words)
{
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.name == words[0]; });
    if (row == rows.end())
        return wrong("unknown step `" + words[0] + "`");
    return row->parse(words);
}

} // namespace

Result<Duration> parse_length(std::string_view text)
{
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const double scale = unit == "ms" ? 1e3 : unit == "s" ? 1e6 : 0;
    const double most = static_cast<double>(longest_wait.count());
    if (error != std::errc() || scale == 0 || !(number >= 0) || number * scale > most)
        return wrong("`" + std::string(text) + "` is no length: expected something like 1500ms or 3s, up to an hour");
    return Duration(static_cast<std::int64_t>(number * scale));
}

Result<Script> parse_script(std::string_view text)
{
    Script script;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto words = split(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto at_line
            = [&](const Error& error) { return wrong("line " + std::to_string(number) + ": " + error.what); };
        if (!words)
            return at_line(words.error());
        if (words->empty())
            continue;
        auto step = parse_step(*words);
        if (!step)
            return at_line(step.error());
        if (script.size() == max_steps)
            return Error { ErrorKind::limit_reached, "more than " + std::to_string(max_steps) + " steps" };
        script.push_back(std::move(*step));
    }
    return script;
}

Script script_of_sentences(const std::vector<std::string>& sentences)
{
    constexpr Duration greeting = 3s;
    constexpr Duration answer = 30s;
    Script script { WaitAgent { greeting, true } };
    for (const auto& sentence : sentences) {
        script.emplace_back(Say { sentence });
        script.emplace_back(WaitAgent { answer, false });
    }
    script.emplace_back(HangUp {});
    return script;
}

} // namespace parley::caller
