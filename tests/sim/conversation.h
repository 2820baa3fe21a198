#pragma once

#include "network.h"

#include "agent/ai_session.h"
#include "media/media_session.h"

#include <deque>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

// One call on virtual time: an `AiSession` and the `MediaSession` of its line, wired as the server wires them. The
// caller is a stream of RTP packets through a bad network; the model and the voice are random; the recogniser knows
// what the caller says and when. What must hold in every conversation is watched while it runs.
namespace parley::sim {

class Conversation {
public:
    Conversation(AiSpec, Weather, std::uint32_t seed, VoiceActivityOptions = {});

    // The caller makes sound for so long; with words, the recogniser brings them, first some and then all.
    void speak(Instant from, Duration length, std::string words);
    void at(Instant, std::function<void()>);
    void give(agent::Event);
    void run_until(Instant);

    [[nodiscard]] Instant now() const { return now_; }
    std::uint32_t random(std::uint32_t below)
    {
        return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
    }

    // What one in so many of the things asked for comes to; zero: none fails.
    std::uint32_t model_fails_one_in = 0;
    std::uint32_t voice_fails_one_in = 0;
    bool voice_stutters = false; // Slower than its sound now and then.

    // The line sends back what left, so much later and softer, and the recogniser writes it down. Zero: it does not.
    Duration echo_delay {};
    double echo_loss_db = 10;

    // A reply of the model, as far as it was voiced, in order.
    struct Word {
        std::string text;
        std::size_t samples;
    };
    [[nodiscard]] const std::vector<std::string>& generated() const { return generated_; }
    [[nodiscard]] const std::vector<Word>& voiced() const { return voiced_; }
    [[nodiscard]] const std::vector<agent::AppendMessage>& rows() const { return rows_; }
    [[nodiscard]] std::vector<std::string> rows_of(Role) const;

    // Samples of sound in the packets that left, in all and when the playout was first stopped within them.
    [[nodiscard]] std::size_t samples_left() const { return samples_left_; }
    [[nodiscard]] std::optional<std::size_t> samples_left_at_stop() const { return samples_left_at_stop_; }
    [[nodiscard]] std::optional<Instant> first_sound() const { return first_sound_; }
    [[nodiscard]] int finished() const { return finished_; }
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    [[nodiscard]] const AiSession& session() const { return session_; }
    [[nodiscard]] media::MediaSession& line() { return line_; }

private:
    void work();
    void beat();
    void caller_beat();
    void on_line(const media::MediaEvent&);
    void on_edge(bool started, Instant when);
    void violated(std::string what);
    void check_wedged();

    void on(agent::AskModel&);
    void on(const agent::CancelModel&);
    void on(agent::Speak&);
    void on(const agent::DuckPlayout&) { line_.playout().duck(); }
    void on(const agent::UnduckPlayout&) { line_.playout().unduck(); }
    void on(const agent::PausePlayout&) { line_.playout().pause(); }
    void on(const agent::ResumePlayout&) { line_.playout().resume(); }
    void on(const agent::StopPlayout&);
    void on(agent::CallTool&);
    void on(const agent::CancelTool&) { }
    // Nothing that a line hears.
    void on(const agent::FetchTools&) { violated("tools of others are fetched"); }
    void on(const agent::FetchConversation&) { violated("a conversation is fetched"); }
    void on(const agent::AskAside&) { violated("something is asked aside"); }
    void on(const agent::CancelAside&) { }
    void on(const agent::PlaySound&) { }
    void on(const agent::StopSound&) { }
    void on(const agent::SetLanguage&) { }
    void on(const agent::SetHints&) { }
    void on(const agent::PostDebug&) { }
    void on(const agent::EmitUserEvent&) { }
    void on(agent::AppendMessage&);
    void on(const agent::ReportTurn&) { }
    void on(const agent::PostReport&) { }
    void on(const agent::Finished&);

    std::string make_reply();
    void add_echo(std::span<std::int16_t> heard);
    void recognise_echo(std::string words);
    void deliver(std::uint64_t epoch, UtteranceId, std::vector<std::int16_t> samples, std::size_t from);

    std::mt19937 random_;
    Network network_;
    AiSession session_;
    media::MediaSession line_;
    Instant now_ {};
    Instant next_beat_ {};
    std::multimap<Instant, std::function<void()>> queue_;
    std::deque<agent::Event> waiting_;
    bool working_ = false;

    struct Speech {
        Instant from;
        Instant until;
    };
    std::vector<Speech> speeches_;
    std::uint16_t caller_sequence_ = 65'500; // The wrap is part of it.

    std::optional<ReplyId> asked_;
    std::uint64_t voice_epoch_ = 0; // Cancelling forgets all before.
    int voice_pending_ = 0;
    Instant voice_free_ {};
    std::optional<UtteranceId> last_spoken_;

    std::vector<std::string> generated_;
    std::vector<Word> voiced_;
    std::vector<agent::AppendMessage> rows_;
    std::deque<std::int16_t> on_the_way_; // What left and did not come back yet.
    std::size_t samples_left_ = 0;
    std::optional<std::size_t> samples_left_at_stop_;
    std::optional<Instant> first_sound_;
    int finished_ = 0;
    std::optional<bool> speaking_;
    Instant last_edge_ {};
    Instant last_frame_ {};
    std::vector<std::string> violations_;
};

// Words between single spaces.
[[nodiscard]] std::size_t count_words(const std::string&);

} // namespace parley::sim
