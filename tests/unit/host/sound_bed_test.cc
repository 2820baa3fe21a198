// What is heard under the voice.
#include "host/sound_bed.h"

#include "audio/gain.h"
#include "audio/tones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace parley {
namespace {

class NoVoice final : public TextToSpeech {
public:
    [[nodiscard]] const TtsCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<TtsStream> open(const TtsOptions&, std::function<void(TtsEvent)>) override { return nullptr; }

private:
    TtsCapabilities capabilities_;
};

class Bed {
public:
    Bed()
        : bed({ loop, voice,
                  [this](const std::string& url, FileAnswer answer) {
                      fetched.push_back(url);
                      answers.push_back(std::move(answer));
                  },
                  [](const BrokenInvariant&) { FAIL(); }, 8'000 },
            [this](agent::SoundEnded sound) { ended.push_back(sound); })
    {
    }

    void files_arrive()
    {
        for (const auto& answer : std::exchange(answers, {}))
            answer(file);
    }
    void run() // What was posted so far; once, since a loop that was stopped stays so.
    {
        loop.post([this] { loop.stop(); });
        loop.run();
    }
    std::vector<std::int16_t> beat(std::size_t samples = 160, int rate = 8'000)
    {
        std::vector<std::int16_t> out(samples, 99);
        sounds = bed.next(out, rate);
        return out;
    }

    EventLoop loop;
    NoVoice voice;
    Result<std::shared_ptr<const AudioFrame>> file
        = std::make_shared<const AudioFrame>(AudioFrame { 8'000, std::vector<std::int16_t>(400, 1'000) });
    std::vector<std::string> fetched;
    std::vector<FileAnswer> answers;
    std::vector<agent::SoundEnded> ended;
    SoundBed bed;
    bool sounds = false;
};

std::size_t loud(const std::vector<std::int16_t>& samples)
{
    return static_cast<std::size_t>(std::ranges::count_if(samples, [](auto s) { return s != 0; }));
}

agent::PlaySound play(agent::SoundPlace place, std::string source, std::optional<int> loops = {}, int volume = 0)
{
    return { place, std::move(source), loops, volume };
}

using agent::SoundPlace;

// swml-ai 94: loops and volume.
TEST(SoundBed, plays_a_file_so_often_and_so_loud_and_tells_its_end)
{
    Bed line;
    line.bed.carry_out(play(SoundPlace::background, "http://sounds/office.wav", 2, -20));
    EXPECT_EQ(line.beat(), std::vector<std::int16_t>(160, 0)); // It is on its way.
    line.files_arrive();
    EXPECT_EQ(line.fetched, std::vector<std::string> { "http://sounds/office.wav" });
    const auto heard = line.beat(1'000); // Two times 400, without a gap.
    EXPECT_EQ(std::vector<std::int16_t>(heard.begin(), heard.begin() + 800), std::vector<std::int16_t>(800, 100));
    EXPECT_EQ(loud(heard), 800U);
    line.run();
    ASSERT_EQ(line.ended.size(), 1U);
    EXPECT_EQ(line.ended[0].place, SoundPlace::background);
    EXPECT_EQ(line.ended[0].error, "");
    line.beat();
    EXPECT_FALSE(line.sounds);
    EXPECT_EQ(line.fetched.size(), 1U);
}

TEST(SoundBed, without_a_number_of_loops_it_goes_on_until_it_is_stopped)
{
    Bed line;
    line.bed.carry_out(play(SoundPlace::background, "http://sounds/office.wav"));
    line.files_arrive();
    EXPECT_EQ(loud(line.beat(16'000)), 16'000U);
    line.bed.carry_out(agent::StopSound { SoundPlace::background });
    const auto end = line.beat();
    EXPECT_GT(end.front(), 900);
    EXPECT_LT(end.back(), 20); // It dies away.
    EXPECT_EQ(loud(line.beat()), 0U);
    line.run();
    EXPECT_TRUE(line.ended.empty());
}

TEST(SoundBed, a_file_that_cannot_be_had_is_told)
{
    Bed line;
    line.file = Error { ErrorKind::unavailable, "404" };
    line.bed.carry_out(play(SoundPlace::tool, "http://sounds/none.wav"));
    line.files_arrive();
    line.run();
    ASSERT_EQ(line.ended.size(), 1U);
    EXPECT_EQ(line.ended[0].error, "404");
}

TEST(SoundBed, a_file_that_comes_after_the_stop_is_not_heard)
{
    Bed line;
    line.bed.carry_out(play(SoundPlace::tool, "http://sounds/wait.wav"));
    line.bed.carry_out(agent::StopSound { SoundPlace::tool });
    line.files_arrive();
    EXPECT_EQ(loud(line.beat()), 0U);
}

TEST(SoundBed, an_empty_file_ends)
{
    Bed line;
    line.file = std::make_shared<const AudioFrame>(AudioFrame { 8'000, {} });
    line.bed.carry_out(play(SoundPlace::tool, "http://sounds/empty.wav"));
    line.files_arrive();
    EXPECT_EQ(loud(line.beat()), 0U);
    line.run();
    ASSERT_EQ(line.ended.size(), 1U);
    EXPECT_NE(line.ended[0].error, "");
}

TEST(SoundBed, tones_are_made_by_rule_at_the_rate_of_the_line)
{
    for (const int rate : { 8'000, 16'000 }) {
        Bed line;
        line.bed.carry_out(play(SoundPlace::hold, "tone_stream://%(100,100,1000);loops=2"));
        const auto first = line.beat(static_cast<std::size_t>(rate / 10), rate);
        EXPECT_GT(tone_level_dbfs(first.data(), first.size(), 1'000, rate), -20);
        line.beat(static_cast<std::size_t>(rate / 10 * 3), rate);
        line.run();
        EXPECT_EQ(line.ended.size(), 1U);
    }
    Bed line;
    line.bed.carry_out(play(SoundPlace::hold, "tone_stream://noise"));
    line.run();
    ASSERT_EQ(line.ended.size(), 1U);
    EXPECT_NE(line.ended[0].error, "");
}

// swml-ai 44: music of the house, where there is no other; the background is silent meanwhile.
TEST(SoundBed, music_on_hold_has_the_line_to_itself)
{
    Bed line;
    line.bed.carry_out(play(SoundPlace::background, "tone_stream://%(60000,0,3000)"));
    line.bed.carry_out(play(SoundPlace::hold, ""));
    const auto held = line.beat(8'000);
    EXPECT_GT(level_dbfs(held), -45);
    EXPECT_LT(tone_level_dbfs(held.data(), held.size(), 3'000, 8'000), -50);
    line.bed.carry_out(agent::StopSound { SoundPlace::hold });
    line.beat();
    const auto back = line.beat(8'000);
    EXPECT_GT(tone_level_dbfs(back.data(), back.size(), 3'000, 8'000), -20);
}

} // namespace
} // namespace parley
