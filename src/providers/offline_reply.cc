#include "providers/offline_model.h"
#include "providers/offline_tools.h"
#include "providers/offline_words.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace parley {
namespace {

using namespace offline;
using Role = LmMessage::Role;

// Words of the user beside a phrase that still count as nothing else.
constexpr std::size_t few_words = 2;
// A sentence of the prompt answers if it shares so much with what was said.
constexpr int enough_points = 3;

class Conversation {
public:
    Conversation(const OfflineRules& rules, const LmRequest& request)
        : rules_(rules)
        , request_(request)
        , messages_(request.messages)
    {
        for (std::size_t i = 0; i < messages_.size(); ++i) {
            const auto& message = messages_[i];
            if (message.role == Role::user)
                user_ = i;
            if (message.role == Role::assistant && !message.content.empty()) {
                agent_ = i;
                ++replies_;
            }
            if (message.role != Role::system)
                last_ = i;
        }
        if (user_)
            heard_ = words_of(messages_[*user_].content);
    }

    [[nodiscard]] LmReply reply() const
    {
        if (asked_by_system(rules_.summarise))
            return said(summary());
        if (asked_by_system(rules_.attention))
            return said(pick(rules_.silence));
        if (!last_ || !user_)
            return said(pick(rules_.greeting));
        if (messages_[*last_].role == Role::tool)
            return said(with_fact(tool_answer()));
        if (const auto* rule = matching_rule(true))
            return said(with_fact(pick(rule->say)));
        if (auto called = tool_call())
            return std::move(*called);
        if (const auto* rule = matching_rule(false))
            return said(with_fact(pick(rule->say)));
        if (auto known = knowledge(); !known.empty())
            return said(with_fact(known));
        // What a system message said about the user is an answer of its own when there is no better one.
        if (auto fact = with_fact(""); !fact.empty())
            return said(fact + pick(rules_.greeting));
        return said(pick(rules_.fallback));
    }

private:
    static LmReply said(std::string text) { return { std::move(text), {} }; }

    // The last message, if it is a system message (or all there is to do) with one of these words.
    [[nodiscard]] bool asked_by_system(const std::vector<std::string>& phrases) const
    {
        if (messages_.empty() || messages_.size() < 2)
            return false;
        const auto& last = messages_.back();
        if (last.role != Role::system && last.role != Role::user)
            return false;
        if (last.role == Role::user && messages_.size() < 3)
            return false;
        const auto words = words_of(last.content);
        return std::any_of(phrases.begin(), phrases.end(),
            [&](const std::string& phrase) { return find_phrase(words, words_of(phrase)).has_value(); });
    }

    [[nodiscard]] std::string pick(const std::vector<std::string>& texts) const
    {
        if (texts.empty())
            return "";
        auto text = texts[replies_ % texts.size()];
        text = fill(std::move(text), "heard", user_ ? messages_[*user_].content : "");
        text = fill(std::move(text), "last", agent_ ? messages_[*agent_].content : "nothing yet");
        return fill(std::move(text), "tools", tools_text());
    }

    [[nodiscard]] std::string tools_text() const
    {
        std::string list;
        for (const auto& tool : request_.tools) {
            const auto described = sentences_of(tool.description); // None if it is only spaces.
            auto text = described.empty() ? join(words_of(tool.name), 0, 99) : described.front();
            while (!text.empty() && (text.back() == '.' || text.back() == ' '))
                text.pop_back();
            if (!text.empty())
                text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
            list += (list.empty() ? "" : ", or ") + text;
        }
        return list.empty() ? "You can talk to me, and I will do my best." : "You can ask me to " + list + ".";
    }

    // Is this the last thing that was said, but for a "please"?
    [[nodiscard]] bool ends_with(const Words& phrase) const
    {
        auto end = heard_.end();
        while (end != heard_.begin() && empty_word(*std::prev(end)) && !phrase.empty() && !empty_word(phrase.back()))
            --end;
        if (static_cast<std::size_t>(end - heard_.begin()) < phrase.size())
            return false;
        return std::equal(phrase.begin(), phrase.end(), end - static_cast<std::ptrdiff_t>(phrase.size()),
            [](const Word& a, const Word& b) { return a.stem == b.stem; });
    }

    [[nodiscard]] const OfflineRule* matching_rule(bool only) const
    {
        for (const auto& rule : rules_.rules) {
            if (rule.only != only)
                continue;
            for (const auto& phrase : rule.when) {
                const auto words = words_of(phrase);
                if (!find_phrase(heard_, words))
                    continue;
                const auto content = static_cast<std::size_t>(
                    std::count_if(heard_.begin(), heard_.end(), [](const Word& word) { return !empty_word(word); }));
                const auto own = static_cast<std::size_t>(
                    std::count_if(words.begin(), words.end(), [](const Word& word) { return !empty_word(word); }));
                if (rule.last && ends_with(words))
                    return &rule;
                if (!only || (heard_.size() <= words.size() + few_words * 2 && content <= own + few_words))
                    return &rule;
            }
        }
        return nullptr;
    }

    // --- tools

    [[nodiscard]] std::string ask_for(const LmTool& tool, const std::string& argument) const
    {
        const Json* properties = tool.parameters.find("properties");
        const Json* schema = properties != nullptr ? properties->find(argument) : nullptr;
        const auto description = schema != nullptr ? schema->string_or("description") : "";
        return fill(fill(rules_.ask_argument, "argument", join(words_of(argument), 0, 99)), "description", description);
    }

    // If the last thing we said asked for an argument, what was said before it belongs to the same request.
    [[nodiscard]] Words request_words() const
    {
        if (!agent_ || *agent_ > *user_)
            return heard_;
        for (const auto& tool : request_.tools) {
            const Json* required = tool.parameters.find("required");
            if (required == nullptr || !required->is_array())
                continue;
            for (const auto& name : required->as_array()) {
                if (!name.is_string()
                    || messages_[*agent_].content.find(ask_for(tool, name.as_string())) == std::string::npos)
                    continue;
                for (std::size_t i = *agent_; i-- > 0;) {
                    if (messages_[i].role != Role::user)
                        continue;
                    auto words = words_of(messages_[i].content);
                    words.insert(words.end(), heard_.begin(), heard_.end());
                    return words;
                }
            }
        }
        return heard_;
    }

    [[nodiscard]] std::optional<LmReply> tool_call() const
    {
        const auto words = request_words();
        const LmTool* best = nullptr;
        double highest = 0;
        for (const auto& tool : request_.tools) {
            const double score = similarity(words, tool, request_.tools);
            if (score >= rules_.tool_threshold && score > highest) {
                highest = score;
                best = &tool;
            }
        }
        if (best == nullptr)
            return std::nullopt;
        auto arguments = extract_arguments(words, *best);
        if (!arguments.missing.empty())
            return said(with_fact(ask_for(*best, arguments.missing.front())));
        LmReply called;
        called.tool_calls.push_back({ call_id(), best->name, Json(std::move(arguments.values)).dump() });
        return called;
    }

    // The same request gives the same id; another place in any conversation gives another one.
    [[nodiscard]] std::string call_id() const
    {
        std::uint64_t hash = 14'695'981'039'346'656'037U; // FNV-1a
        for (const auto& message : messages_) {
            for (const char c : message.content + "\n") {
                hash ^= static_cast<unsigned char>(c);
                hash *= 1'099'511'628'211U;
            }
        }
        char text[32];
        std::snprintf(text, sizeof text, "call_%zu_%08x", messages_.size(), static_cast<unsigned>(hash));
        return text;
    }

    [[nodiscard]] std::string tool_answer() const
    {
        std::string answer;
        for (std::size_t i = *last_ + 1; i-- > 0 && messages_[i].role != Role::assistant;) {
            if (messages_[i].role == Role::tool)
                answer = result_text(messages_[i].content) + (answer.empty() ? "" : " ") + answer;
        }
        return answer.find_first_not_of(' ') == std::string::npos ? pick({ rules_.tool_failed }) : answer;
    }

    // A sentence stays a sentence; a bare JSON object is read out.
    [[nodiscard]] std::string result_text(const std::string& content) const
    {
        auto json = Json::parse(content);
        if (!json || !json->is_object()) {
            const auto words = words_of(content);
            return words.size() == 1 && words.front().lower == "ok" ? "That is done." : content;
        }
        if (json->find("error") != nullptr)
            return "";
        for (const auto* key : { "response", "tool_result", "result", "answer", "text", "message" }) {
            if (auto text = json->string_or(key); !text.empty())
                return text;
        }
        std::string list;
        for (const auto& [key, value] : json->as_object()) {
            const auto shown = value.is_string() ? value.as_string() : value.dump();
            list += (list.empty() ? "The " : ", the ") + join(words_of(key), 0, 99) + " is " + shown;
        }
        return list.empty() ? "" : list + ".";
    }

    // --- what system messages know

    // "The caller is a VIP." told after our last words becomes "I see that you are a VIP."
    [[nodiscard]] std::string with_fact(std::string text) const
    {
        bool first = true;
        for (std::size_t i = 0; i < messages_.size(); ++i) {
            if (messages_[i].role != Role::system)
                continue;
            const bool prompt = std::exchange(first, false);
            if (prompt || (agent_ && i < *agent_))
                continue;
            const auto fact = about_user(messages_[i].content);
            if (!fact.empty())
                text = fill(rules_.fact, "fact", fact) + (text.empty() ? " " : " " + text);
        }
        return text;
    }

    [[nodiscard]] static std::string about_user(const std::string& message)
    {
        struct Row {
            std::string_view from;
            std::string_view to;
        };
        static constexpr Row rows[] = { { "is ", "you are " }, { "has ", "you have " }, { "was ", "you were " },
            { "wants ", "you want " }, { "lives ", "you live " }, { "likes ", "you like " } };
        for (const auto& sentence : sentences_of(message)) {
            std::string_view rest = sentence;
            const auto skip = [&](std::string_view word) {
                const bool there = rest.size() > word.size()
                    && std::equal(word.begin(), word.end(), rest.begin(),
                        [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
                if (there)
                    rest.remove_prefix(word.size());
                return there;
            };
            skip("the ");
            if (!skip("caller") && !skip("customer") && !skip("user"))
                continue;
            std::string fact;
            if (skip("'s "))
                fact = "your " + std::string(rest);
            else if (skip(" ")) {
                for (const auto& row : rows) {
                    if (rest.starts_with(row.from))
                        fact = std::string(row.to) + std::string(rest.substr(row.from.size()));
                }
            }
            while (!fact.empty() && (fact.back() == '.' || fact.back() == '!' || fact.back() == ' '))
                fact.pop_back();
            if (!fact.empty())
                return fact;
        }
        return "";
    }

    // What was said and a sentence of the prompt have in common: two points for a word of the subject, one for a word
    // that says little by itself. Nothing if all of it says little.
    [[nodiscard]] int shared_points(const Words& sentence) const
    {
        int points = 0;
        bool subject = false;
        bool all = true;
        std::set<std::string> counted;
        for (const auto& word : heard_) {
            const bool weak = weak_word(word);
            if ((!weak && empty_word(word)) || !counted.insert(word.stem).second)
                continue;
            const bool shared = find_phrase(sentence, { word }).has_value();
            subject = subject || (shared && !weak);
            all = all && (shared || weak);
            points += shared ? (weak ? 1 : 2) : 0;
        }
        if (!subject)
            return 0;
        return all ? points + enough_points : points; // Nothing was said that the sentence does not speak of.
    }

    [[nodiscard]] std::string knowledge() const
    {
        std::string best;
        int most = enough_points - 1;
        for (const auto& message : messages_) {
            if (message.role != Role::system)
                continue;
            for (const auto& sentence : sentences_of(message.content)) {
                const auto words = words_of(sentence);
                if (is_instruction(sentence))
                    continue;
                if (const int points = shared_points(words); points > most) {
                    most = points;
                    best = sentence;
                }
            }
        }
        return best;
    }

    // --- the end

    [[nodiscard]] std::string summary() const
    {
        const auto list = [](const std::vector<std::string>& parts) {
            std::string text;
            for (const auto& part : parts)
                text += (text.empty() ? "\"" : ", \"") + part + "\"";
            return text;
        };
        std::vector<std::string> asked;
        std::vector<std::string> tools;
        std::vector<std::string> results;
        std::string answered;
        for (std::size_t i = 0; i + 1 < messages_.size(); ++i) {
            const auto& message = messages_[i];
            if (message.role == Role::user)
                asked.push_back(message.content);
            if (message.role == Role::assistant && !message.content.empty())
                answered = message.content;
            for (const auto& call : message.tool_calls)
                tools.push_back(call.name);
            if (message.role == Role::tool)
                results.push_back(message.content);
        }
        const auto& wish = messages_.back().content;
        if (wish.find("JSON") != std::string::npos || wish.find("json") != std::string::npos) {
            const auto array = [](const std::vector<std::string>& parts) {
                Json json = Json::Array {};
                for (const auto& part : parts)
                    json.push_back(part);
                return json;
            };
            return Json(Json::Object { { "summary", text_summary(asked, tools, results, answered, list) },
                            { "questions", array(asked) }, { "functions", array(tools) } })
                .dump();
        }
        return text_summary(asked, tools, results, answered, list);
    }

    template <typename List> [[nodiscard]] static std::string text_summary(const std::vector<std::string>& asked,
        const std::vector<std::string>& tools, const std::vector<std::string>& results, const std::string& answered,
        const List& list)
    {
        std::string text = asked.empty() ? "The caller said nothing." : "The caller said: " + list(asked) + ".";
        if (!tools.empty())
            text += " Functions called: " + list(tools) + ", which answered: " + list(results) + ".";
        if (!answered.empty())
            text += " The agent's last words were: \"" + answered + "\".";
        return text;
    }

    const OfflineRules& rules_;
    const LmRequest& request_;
    const std::vector<LmMessage>& messages_;
    std::optional<std::size_t> user_;  // The last thing the user said.
    std::optional<std::size_t> agent_; // The last thing we said.
    std::optional<std::size_t> last_;  // The last message that is no system message.
    std::size_t replies_ = 0;
    Words heard_;
};

} // namespace

LmReply reply(const OfflineRules& rules, const LmRequest& request)
{
    return Conversation(rules, request).reply();
}

} // namespace parley
