#pragma once

#include "agent/ai_session.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

// A session on virtual time, driven event by event.
namespace parley::agent {

inline AiSpec quiet_spec()
{
    AiSpec spec;
    spec.prompt.text = "You help.";
    spec.prompt.options.temperature = 0.3;
    spec.languages = { { "English", "en-GB", "rms", "flite" } };
    spec.greeting.wait_for_user = true;
    spec.turn.attention = 0ms;
    return spec;
}

inline ToolSpec tool(std::string name)
{
    ToolSpec spec;
    spec.name = std::move(name);
    spec.description = "Does it.";
    spec.parameters = Json::Object { { "type", "object" } };
    spec.meta_data = Json::Object { { "m", 1 } };
    return spec;
}

class SessionScript {
public:
    explicit SessionScript(AiSpec spec = quiet_spec(), SessionIdentity who = identity())
        : session_(std::move(spec), std::move(who), Log::none())
    {
        event(SessionStarted {});
    }

    static SessionIdentity identity()
    {
        SessionIdentity identity;
        identity.call = { "call" };
        identity.session = { "session" };
        identity.clock = { Instant {}, WallTime { 1'000'000'000 } };
        identity.call_start = { 999'000'000 };
        identity.caller_id_number = "+15550100";
        return identity;
    }

    SessionScript& at(std::int64_t ms)
    {
        const Instant target { std::chrono::milliseconds(ms) };
        while (session_.deadline() && *session_.deadline() <= target) {
            now_ = *session_.deadline();
            session_.handle_timeout(now_, out_);
        }
        now_ = target;
        return *this;
    }
    SessionScript& event(const Event& event)
    {
        session_.handle(event, now_, out_);
        return *this;
    }

    // The caller says this; it is committed 700 ms later.
    SessionScript& turn(std::string words)
    {
        const auto ms = to_milliseconds(now_.time_since_epoch());
        event(SpeechStarted {});
        at(ms + 500);
        Transcript transcript;
        transcript.text = std::move(words);
        transcript.final = true;
        transcript.confidence = 0.9F;
        transcript.speech_start = Instant { std::chrono::milliseconds(ms) };
        event(transcript).event(SpeechStopped {});
        return at(ms + 1'200);
    }
    SessionScript& model(LmEvent event_of_model)
    {
        const auto* ask = last<AskModel>();
        EXPECT_NE(ask, nullptr);
        return event(ModelEvent { ask->reply, std::move(event_of_model) });
    }
    SessionScript& says(std::string text) { return model(LmText { std::move(text) }).model(LmDone { 10, 3 }); }
    SessionScript& played() // All that was spoken so far and not played yet.
    {
        for (const auto& utterance : spoken_since_played())
            event(PlayoutStarted { utterance })
                .at(to_milliseconds(now_.time_since_epoch()) + 1'000)
                .event(PlayoutFinished { utterance });
        return *this;
    }

    template <typename T> [[nodiscard]] const T* last() const
    {
        for (auto command = out_.rbegin(); command != out_.rend(); ++command) {
            if (const auto* found = std::get_if<T>(&*command))
                return found;
        }
        return nullptr;
    }
    template <typename T> [[nodiscard]] std::vector<T> all() const
    {
        std::vector<T> found;
        for (const auto& command : out_) {
            if (const auto* one = std::get_if<T>(&command))
                found.push_back(*one);
        }
        return found;
    }
    [[nodiscard]] const Commands& all_commands() const { return out_; }
    [[nodiscard]] const AiSession& session() const { return session_; }

private:
    std::vector<UtteranceId> spoken_since_played()
    {
        std::vector<UtteranceId> utterances;
        for (const auto& speak : all<Speak>()) {
            if (speak.utterance > played_) {
                utterances.push_back(speak.utterance);
            }
        }
        if (!utterances.empty())
            played_ = utterances.back();
        return utterances;
    }

    AiSession session_;
    Commands out_;
    Instant now_ {};
    UtteranceId played_;
};

} // namespace parley::agent
