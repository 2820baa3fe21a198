#include "relay/play_parameters.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

Result<PlaySpec> read(std::string_view params)
{
    auto parsed = Json::parse(params);
    EXPECT_TRUE(parsed) << params;
    return play_spec(parsed->as_object());
}

template <typename Item> Item only(std::string_view item)
{
    auto spec = read(R"({"play":[)" + std::string(item) + "]}");
    EXPECT_TRUE(spec) << (spec ? "" : spec.error().what);
    return std::get<Item>(spec.value().items.at(0));
}

std::string error(std::string_view params)
{
    auto spec = read(params);
    return spec ? "" : std::string(to_string(spec.error().kind)) + " " + spec.error().what;
}

std::string item_error(std::string_view item)
{
    return error(R"({"play":[{"type":"silence","params":{"duration":1}},)" + std::string(item) + "]}");
}

TEST(PlayParameters, ReadsEachType)
{
    EXPECT_EQ(only<SpeechItem>(R"({"type":"tts","params":{"text":"hi","language":"de-DE","gender":"male"}})"),
        (SpeechItem { "hi", "de-DE", "male" }));
    EXPECT_EQ(only<SpeechItem>(R"({"type":"tts","params":{"text":"hi","voice":"rms"}})"),
        (SpeechItem { "hi", "en-US", "rms" }));
    EXPECT_EQ(
        only<FileItem>(R"({"type":"audio","params":{"url":"https://x/a.mp3"}})"), (FileItem { "https://x/a.mp3" }));
    EXPECT_EQ(only<SilenceItem>(R"({"type":"silence","params":{"duration":1.5}})"), (SilenceItem { 1'500ms }));
    EXPECT_EQ(only<RingtoneItem>(R"({"type":"ringtone","params":{"name":"UK","duration":"4"}})"),
        (RingtoneItem { "uk", false, 4s }));
    EXPECT_EQ(
        only<RingtoneItem>(R"({"type":"ringtone","params":{"name":"bong+us"}})"), (RingtoneItem { "us", true, {} }));
}

TEST(PlayParameters, TakesFlatItems)
{
    EXPECT_EQ(only<SpeechItem>(R"({"type":"tts","text":"hi"})"), (SpeechItem { "hi", "en-US", "female" }));
    EXPECT_EQ(only<SilenceItem>(R"({"type":"silence","duration":2})"), (SilenceItem { 2s }));
}

TEST(PlayParameters, WhatStandsBesideTheItemsIsTheirDefault)
{
    const auto spec = read(
        R"({"language":"en-GB","gender":"male","play":[{"type":"tts","params":{"text":"a"}},
            {"type":"tts","params":{"text":"b","language":"en-US","gender":"female"}}]})");
    EXPECT_EQ(std::get<SpeechItem>(spec.value().items[0]), (SpeechItem { "a", "en-GB", "male" }));
    EXPECT_EQ(std::get<SpeechItem>(spec.value().items[1]), (SpeechItem { "b", "en-US", "female" }));
}

TEST(PlayParameters, LoopVolumeAndDirection)
{
    const std::string silence = R"("play":[{"type":"silence","duration":1}])";
    EXPECT_EQ(read("{" + silence + "}").value().loop, 1);
    EXPECT_EQ(read(R"({"loop":0,)" + silence + "}").value().loop, 0);
    EXPECT_EQ(read(R"({"volume":-12.5,"direction":"both",)" + silence + "}").value().gain_db, -12.5);
    EXPECT_EQ(error(R"({"loop":-1,)" + silence + "}"), "invalid_request loop: must be a whole number of at least 0");
    EXPECT_EQ(error(R"({"loop":1.5,)" + silence + "}"), "invalid_request loop: must be a whole number of at least 0");
    EXPECT_EQ(error(R"({"volume":41,)" + silence + "}"), "invalid_request volume: must be between -40 and 40 dB");
    EXPECT_EQ(
        error(R"({"direction":"up",)" + silence + "}"), "invalid_request direction: must be listen, speak or both");
    EXPECT_EQ(error(R"({"direction":"speak",)" + silence + "}"),
        "unsupported direction: speak needs a second party, which is not available yet");
}

TEST(PlayParameters, WhatIsWrongIsNamed)
{
    EXPECT_EQ(error("{}"), "invalid_request play: is missing");
    EXPECT_EQ(error(R"({"play":[]})"), "invalid_request play: must be an array of 1 to 100 objects");
    EXPECT_EQ(error(R"({"play":{}})"), "invalid_request play: must be an array of 1 to 100 objects");
    EXPECT_EQ(item_error("7"), "invalid_request play[1]: must be an object");
    EXPECT_EQ(item_error("{}"), "invalid_request play[1].type: is missing");
    EXPECT_EQ(
        item_error(R"({"type":"video"})"), "invalid_request play[1].type: must be tts, audio, silence or ringtone");
    EXPECT_EQ(item_error(R"({"type":"tts","params":[]})"), "invalid_request play[1].params: must be an object");
    EXPECT_EQ(item_error(R"({"type":"tts","params":{}})"), "invalid_request play[1].params.text: is missing");
    EXPECT_EQ(item_error(R"({"type":"tts","text":""})"), "invalid_request play[1].text: must be a non-empty string");
    EXPECT_EQ(item_error(R"({"type":"tts","params":{"text":"a","gender":"robot"}})"),
        "invalid_request play[1].params.gender: must be male or female");
    EXPECT_EQ(item_error(R"({"type":"audio","params":{"url":"file:///etc/passwd"}})"),
        "invalid_request play[1].params.url: must begin with http:// or https://");
    EXPECT_EQ(item_error(R"({"type":"silence","params":{}})"), "invalid_request play[1].params.duration: is missing");
    EXPECT_EQ(item_error(R"({"type":"silence","params":{"duration":0}})"),
        "invalid_request play[1].params.duration: must be above 0 and at most 3600 seconds");
    EXPECT_EQ(item_error(R"({"type":"ringtone","params":{"name":"atlantis"}})"),
        "invalid_request play[1].params.name: is no country with a ringtone");
}

TEST(PlayParameters, TextHasALimit)
{
    EXPECT_EQ(item_error(R"({"type":"tts","text":")" + std::string(max_play_text + 1, 'a') + "\"}"),
        "invalid_request play[1].text: must be at most 16384 bytes");
}

} // namespace
} // namespace parley::relay
