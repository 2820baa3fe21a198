#include "providers/offline_words.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

// Statement or instruction? The first words tell, and words that only make sense between an author and a model.
namespace parley::offline {
namespace {

using List = std::initializer_list<std::string_view>;

bool in(std::string_view word, List list)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

// What models are told to do, and how.
bool imperative(std::string_view word)
{
    return in(word,
        { "be", "do", "don't", "always", "never", "please", "only", "just", "answer", "use", "say", "keep", "ask",
            "speak", "talk", "tell", "stay", "reply", "respond", "call", "greet", "act", "help", "remember", "make",
            "give", "offer", "try", "let", "provide", "avoid", "pretend", "start", "begin", "end", "finish", "follow",
            "introduce", "confirm", "check", "repeat", "write", "thank", "summarize", "summarise", "explain",
            "describe", "transfer", "hang", "wait", "think", "refer", "mention", "assume", "treat", "address", "stick",
            "limit", "collect", "get", "find", "look", "ensure", "politely", "briefly" });
}

bool verb_of_state(std::string_view word)
{
    return in(word, { "is", "are", "was", "were", "has", "have", "costs", "cost", "takes", "take", "can", "will" });
}

// Who and what belongs to the conversation itself.
bool about_conversation(const Words& words)
{
    return std::any_of(words.begin(), words.end(), [](const Word& word) {
        return in(word.lower,
            { "caller", "caller's", "callers", "user", "user's", "users", "function", "functions", "tool", "tools",
                "conversation", "prompt", "instructions", "persona", "assistant" });
    });
}

// "You can pay by card" is for the caller's ears, "You are a shop" is for the model's.
bool tells_model_what_it_is(const Words& words)
{
    if (!in(words[1].lower,
            { "can", "could", "may", "will", "get", "receive", "pay", "have", "need", "find", "reach", "save",
                "don't" }))
        return true;
    std::size_t verb = 2;
    while (verb + 1 < words.size() && in(words[verb].lower, { "not", "also", "only", "always", "to", "either" }))
        ++verb;
    const bool us = verb + 1 < words.size() && in(words[verb + 1].lower, { "us", "our" });
    return in(words[verb].lower,
               { "answer", "help", "speak", "talk", "respond", "reply", "greet", "assist", "say", "tell", "act", "ask",
                   "access" })
        && !us;
}

// The words behind the first comma, where a condition's main clause begins.
Words main_clause(std::string_view sentence)
{
    const auto comma = sentence.find(',');
    return comma == std::string_view::npos ? Words {} : words_of(sentence.substr(comma + 1));
}

} // namespace

bool is_instruction(std::string_view sentence)
{
    const auto words = words_of(sentence);
    if (words.size() < 3)
        return true; // "Be brief.", a heading: nothing to answer with.
    if (about_conversation(words))
        return true;
    const auto& first = words[0].lower;
    if (first == "you")
        return tells_model_what_it_is(words);
    if (first == "your")
        return in(words[1].lower,
            { "task", "job", "role", "goal", "goals", "name", "purpose", "duty", "tone", "style", "answer", "answers",
                "reply", "replies", "response", "responses", "voice", "personality", "mission", "work" });
    if (in(first, { "if", "when", "whenever", "unless", "before", "after", "once" })) {
        const auto rest = main_clause(sentence);
        return in(words[1].lower, { "asked", "they", "he", "she", "somebody", "someone" })
            || (!rest.empty() && imperative(rest[0].lower));
    }
    return imperative(first) && !verb_of_state(words[1].lower);
}

} // namespace parley::offline
