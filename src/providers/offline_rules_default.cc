#include "providers/offline_rules.h"

namespace parley {

// Knows small talk and nothing else: whatever it says about a subject comes from the prompt, the tools and the caller.
std::string_view default_offline_rules_text()
{
    return R"yaml(# Rules of the offline model.
#
# The model looks at the conversation in this order; the first that fits answers:
#   1. a request for a summary (`summarise`) or to win the user's attention (`attention`);
#   2. nobody has spoken yet: `greeting`;
#   3. the result of a tool, in its own words;
#   4. a rule marked `only`, if hardly anything else was said, or marked `last`, if it was the last thing said: who goes
#      on over the agent's speech with "stop" means that alone;
#   5. the tool whose name, description and parameters have most in common with what was said, if the similarity
#      reaches `tool_threshold`; a required argument that was not said is asked for with `ask_argument`;
#   6. the other rules;
#   7. a sentence of the prompt or of a later system message that has words in common with what was said;
#   8. `fallback`.
#
# Phrases are compared by word stems ("opening" is "open"). Texts may contain {heard} what was said, {last} what the
# model said last, {tools} what the tools do, {argument} and {description} of a missing argument, {fact} what a system
# message said about the user. Several texts are taken in turn.

greeting:
  - "Hello! How can I help you today?"

rules:
  - name: greeting
    only: true
    when: [hello, hi, hey, good morning, good afternoon, good evening]
    say:
      - "Hello! What can I do for you?"
      - "Hello again. What can I do for you?"
  - name: goodbye
    only: true
    when: [goodbye, good bye, bye, see you, that is all, that's all, have a nice day]
    say: ["Goodbye, and thank you for calling."]
  - name: thanks
    only: true
    when: [thank you, thanks, great, perfect, wonderful]
    say: ["You are welcome. Is there anything else I can do for you?"]
  - name: how are you
    only: true
    when: [how are you, how do you do]
    say: ["I am fine, thank you. What can I do for you?"]
  - name: stop
    only: true
    last: true
    when: [stop, wait, hold on, one moment, be quiet, enough]
    say: ["All right. I am listening."]
  - name: no
    only: true
    when: ["no", nope, nothing, not now]
    say: ["All right. Is there anything else?"]
  - name: "yes"
    only: true
    when: ["yes", yeah, sure, okay, right]
    say: ["Good. Please tell me more."]
  - name: repeat
    when: [repeat, say that again, say it again, once more, pardon, did not understand, what did you say]
    say: ["I said: {last}"]
  - name: who
    when: [who are you, what are you, your name, are you a robot, are you human]
    say: ["I am a voice assistant. I listen, I think about what you said, and I answer."]
  - name: help
    when: [help, what can you do, how can you help]
    say: ["{tools}"]
  - name: explain
    when: [explain, tell me more, how does it work, how does this work, describe, tell me a story, in detail]
    say:
      - >-
        Let me explain that step by step, and please interrupt me whenever you like. First, everything you say reaches me
        as a stream of small pieces of sound. A part of me listens for the moment when you begin to speak. Another part
        turns the sound into words, and it may change its mind about them until you pause. When you have finished, I look
        at all that we said to each other so far. Then I decide whether I know the answer, or whether I have to ask
        somebody else for it. The answer is spoken sentence by sentence, so that you do not have to wait for all of it.
        While I speak I keep listening. If you say something, I stop at once and remember how much of my answer you have
        heard. After that we simply go on from there. And when the call is over, I write down what it was about.

fallback:
  - "You said: {heard}. I am not sure what to do about that. Could you say it in other words?"
  - "I heard: {heard}. Could you tell me a little more?"

silence:
  - "Are you still there?"
  - "Hello? I am still here if you need me."

attention: [attention, not responded, is silent]
summarise: [summary, summarize, summarise]

ask_argument: "I can do that. Please tell me the {argument}."
tool_failed: "I am sorry, that did not work just now. Is there anything else I can do for you?"
fact: "I see that {fact}."
tool_threshold: 0.5
)yaml";
}

} // namespace parley
