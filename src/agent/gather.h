#pragma once

#include "agent/contexts_spec.h"
#include "agent/step_commands.h"

#include <cstddef>
#include <string>
#include <vector>

// Asks the questions of one `gather_info`, one at a time, until each has an answer that counts. Knows nothing of the
// steps around it: who started it hears from `complete()` when to go on.
namespace parley::agent {

class Gather {
public:
    // Both must outlive it.
    Gather(const ContextSpec& context, const GatherSpec& spec)
        : context_(&context)
        , spec_(&spec)
    {
    }

    void start(step::Commands& out);

    // The model called gather_submit. The last answer completes the gathering and asks nothing more.
    void submit(const Json::Object& arguments, step::Commands& out);

    // The gathering ends, complete or not: what isolated questions hid is seen again.
    void close(step::Commands& out);

    [[nodiscard]] bool complete() const { return at_ >= spec_->questions.size(); }
    [[nodiscard]] const GatherQuestion& question() const { return spec_->questions[at_]; } // Unless complete.
    [[nodiscard]] const GatherSpec& spec() const { return *spec_; }
    [[nodiscard]] std::vector<std::string> keys() const;

private:
    void ask(step::Commands& out);
    void reject(const char* reason, std::string what, step::Commands& out);

    const ContextSpec* context_;
    const GatherSpec* spec_;
    std::size_t at_ = 0;
    int attempt_ = 0; // At this question.
    bool siblings_hidden_ = false;
};

} // namespace parley::agent
