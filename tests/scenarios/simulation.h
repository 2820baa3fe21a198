#pragma once

#include "talk.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

// Runs one conversation on virtual time: an AiSession with a scripted caller, recogniser, model, voice, playout and
// tools around it. Watches what must hold in every conversation, whatever fails.
namespace parley::talk {

// What goes wrong, counted from 1: the n-th time that this is asked for.
struct Fault {
    enum class Kind : std::uint8_t {
        none,
        model_fails,
        model_hangs,
        voice_fails,
        voice_hangs,
        tool_fails,
        tool_hangs,
        words_lost, // The recogniser does not bring them.
        stt_fails,  // For good.
        stt_recovers,
    };
    Kind kind = Kind::none;
    int which = 0;
};

const char* name_of(Fault::Kind);

class Simulation {
public:
    explicit Simulation(const Talk&, Fault = {});

    void run();

    // "<seconds> <what happened>", in order.
    [[nodiscard]] const std::vector<std::string>& trace() const { return trace_; }
    [[nodiscard]] const std::vector<agent::AppendMessage>& rows() const { return rows_; }
    [[nodiscard]] std::vector<std::string> log() const;
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    [[nodiscard]] const std::vector<agent::AskModel>& asked() const { return asked_; }
    [[nodiscard]] const std::vector<TurnReport>& turns() const { return turns_; }
    [[nodiscard]] const std::optional<agent::PostReport>& report() const { return report_; }
    [[nodiscard]] const std::optional<agent::Finished>& finished() const { return finished_; }
    [[nodiscard]] const AiSession& session() const { return session_; }

    // How often each thing was asked for: what a sweep can make fail.
    [[nodiscard]] int count(Fault::Kind) const;

    // Everything that was generated for each utterance, and what was played when it was stopped.
    struct Cut {
        UtteranceId utterance;
        Duration heard;
        std::vector<TimedWord> words;
    };
    [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }

private:
    struct Sound {
        UtteranceId utterance;
        std::vector<TimedWord> words;
        Instant ready;
        Duration length {};
        bool started = false;
        bool silent = false; // The voice hangs.
        Duration played {};
        Instant resumed {};
    };

    void at(Instant when, agent::Event event);
    void after(Duration delay, agent::Event event) { at(now_ + delay, std::move(event)); }
    void give(const agent::Event&);
    void take(const agent::Commands&);
    void note(std::string what);
    void violated(std::string what);
    void check_wedged();
    void check_rows();
    void check_request(const LmRequest&);
    bool faulty(Fault::Kind);

    void on(const agent::AskModel&);
    void on(const agent::CancelModel&);
    void on(const agent::Speak&);
    void on(const agent::DuckPlayout&) { note("duck"); }
    void on(const agent::UnduckPlayout&) { note("unduck"); }
    void on(const agent::PausePlayout&);
    void on(const agent::ResumePlayout&);
    void on(const agent::StopPlayout&);
    void on(const agent::CallTool&);
    void on(const agent::CancelTool&);
    void on(const agent::FetchTools&);
    void on(const agent::FetchConversation&);
    void on(const agent::AskAside&);
    void on(const agent::CancelAside&);
    void on(const agent::PlaySound&);
    void on(const agent::StopSound&);
    void on(const agent::SetLanguage& language) { note("language " + language.code); }
    void on(const agent::SetHints&) { note("hints"); }
    void on(const agent::PostDebug&) { } // Of no account to the conversation; the machine tests read them.
    void on(const agent::EmitUserEvent&);
    void on(const agent::AppendMessage&);
    void on(const agent::ReportTurn&);
    void on(const agent::PostReport&);
    void on(const agent::Finished&);

    void schedule_caller(Instant, const CallerSpeaks&);
    [[nodiscard]] std::optional<Instant> playout_due() const;
    void play();

    Talk talk_;
    Fault fault_;
    AiSession session_;
    Instant now_ {};
    std::multimap<Instant, agent::Event> queue_; // Same time: in the order they were put in.
    std::vector<Sound> sounds_;
    bool paused_ = false;
    std::size_t next_answer_ = 0;
    std::vector<ToolAnswer> tool_answers_;
    std::size_t next_aside_ = 0;
    std::set<agent::AsideId> asides_;
    std::map<Fault::Kind, int> counts_;
    std::optional<ReplyId> asking_;
    std::set<std::uint64_t> cancelled_;
    std::set<std::string> cancelled_tools_;
    std::set<std::string> open_tools_;

    std::vector<std::string> trace_;
    std::vector<agent::AppendMessage> rows_;
    std::vector<Instant> row_times_;
    std::vector<std::string> violations_;
    std::vector<agent::AskModel> asked_;
    std::vector<TurnReport> turns_;
    std::optional<agent::PostReport> report_;
    std::optional<agent::Finished> finished_;
    Instant finished_at_ {};
    std::vector<Cut> cuts_;
};

} // namespace parley::talk
