#include "sdp/codecs.h"
#include "sdp/offer_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::sdp {
namespace {

const std::string session
    = "v=0\r\no=- 7 8 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 6000 RTP/AVP ";

SessionDescription parsed(const std::string& text)
{
    auto description = parse(text);
    EXPECT_TRUE(description) << text << description.error().what;
    return description ? *description : SessionDescription {};
}

LocalMedia wanting(std::vector<Codec> codecs, Duration ptime = 20ms, bool comfort_noise = false)
{
    LocalMedia media { { "192.0.2.1", 40'000 }, 5, 1 };
    media.sound = { std::move(codecs), ptime, comfort_noise };
    return media;
}

const std::vector<Codec> all { Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma };

Result<Answer> answer_to(const std::string& formats_and_attributes, const LocalMedia& ours = wanting(all))
{
    return make_answer(parsed(session + formats_and_attributes), ours);
}

std::string lines_of(const SessionDescription& description)
{
    const std::string text = write(description);
    return text.substr(text.find("m=audio"));
}

TEST(Codecs, an_offer_lists_them_in_the_order_that_was_configured)
{
    EXPECT_EQ(lines_of(make_offer(wanting(all))),
        "m=audio 40000 RTP/AVP 111 9 0 8 101 102\r\n"
        "a=rtpmap:111 opus/48000/2\r\n"
        "a=fmtp:111 maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0;useinbandfec=1;usedtx=1\r\n"
        "a=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        "a=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-15\r\n"
        "a=ptime:20\r\na=maxptime:60\r\na=sendrecv\r\n");
    EXPECT_EQ(lines_of(make_offer(wanting({ Codec::pcma }, 30ms, true))),
        "m=audio 40000 RTP/AVP 8 13 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:30\r\na=maxptime:60\r\na=sendrecv\r\n");
}

TEST(Codecs, an_answer_takes_the_first_of_the_offer_that_is_configured)
{
    EXPECT_EQ(answer_to("0 9 96\r\na=rtpmap:96 opus/48000/2\r\n")->agreed.codec, Codec::pcmu);
    EXPECT_EQ(answer_to("0 9\r\n", wanting({ Codec::g722 }))->agreed.codec, Codec::g722);
    EXPECT_FALSE(answer_to("0 8\r\n", wanting({ Codec::g722 })));
    EXPECT_FALSE(answer_to("96\r\na=rtpmap:96 opus/48000\r\n")); // RFC 7587 7: always two channels.
    EXPECT_FALSE(answer_to("96\r\na=rtpmap:96 opus/16000/2\r\n"));
    EXPECT_FALSE(answer_to("96\r\n")); // A dynamic number that is mapped to nothing.
    EXPECT_FALSE(answer_to("96\r\na=rtpmap:96 opus\r\n"));
}

TEST(Codecs, opus_is_answered_with_its_number_its_format_and_its_clock)
{
    const auto answer
        = answer_to("96 101 97\r\na=rtpmap:96 OPUS/48000/2\r\n"
                    "a=fmtp:96 maxplaybackrate=24000; useinbandfec=1;usedtx=1;maxaveragebitrate=20000;x\r\n"
                    "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->agreed.codec, Codec::opus);
    EXPECT_EQ(answer->agreed.send_payload_type, 96);
    EXPECT_EQ(answer->agreed.opus, (OpusWishes { 24'000, 20'000, true, true, false }));
    EXPECT_EQ(answer->agreed.receive_telephone_event, 97);
    EXPECT_EQ(answer->agreed.telephone_event_rate, 48'000);
    EXPECT_EQ(lines_of(answer->description),
        "m=audio 40000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\n"
        "a=fmtp:96 maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0;useinbandfec=1;usedtx=1\r\n"
        "a=rtpmap:97 telephone-event/48000\r\na=fmtp:97 0-15\r\na=ptime:20\r\na=maxptime:60\r\na=sendrecv\r\n");
}

TEST(Codecs, keys_at_another_clock_are_better_than_none)
{
    const auto answer = answer_to("96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n");
    EXPECT_EQ(answer->agreed.send_telephone_event, 101);
    EXPECT_EQ(answer->agreed.telephone_event_rate, 8'000);
    const auto broken = answer_to("0 101\r\na=rtpmap:101 telephone-event/0\r\n");
    EXPECT_FALSE(broken->agreed.send_telephone_event);
    EXPECT_FALSE(answer_to("0 101\r\na=rtpmap:101 telephone-event\r\n")->agreed.send_telephone_event);
}

TEST(Codecs, senseless_parameters_of_opus_are_as_if_not_there)
{
    for (const std::string_view text : { "", ";;;", "useinbandfec", "maxplaybackrate=1;maxaveragebitrate=99",
             "maxplaybackrate=999999999999", "useinbandfec=yes", "usedtx=2", "=1", "cbr=0" })
        EXPECT_EQ(parse_opus_format(text), OpusWishes {}) << text;
}

TEST(Codecs, packets_are_as_long_as_the_other_side_asks_within_what_the_codec_has)
{
    const auto ptime = [](const std::string& formats, const std::string& lines) {
        const auto answer = answer_to(formats + "\r\na=rtpmap:96 opus/48000/2\r\n" + lines);
        return answer ? answer->agreed.ptime : Duration(0);
    };
    EXPECT_EQ(ptime("0", ""), 20ms);
    for (const auto& [asked, sent] : { std::pair { 1, 10 }, { 10, 10 }, { 15, 10 }, { 20, 20 }, { 30, 30 }, { 40, 40 },
             { 50, 40 }, { 60, 60 }, { 200, 60 } })
        EXPECT_EQ(ptime("0", "a=ptime:" + std::to_string(asked) + "\r\n"), Duration(std::chrono::milliseconds(sent)));
    EXPECT_EQ(ptime("0", "a=maxptime:10\r\n"), 10ms);
    EXPECT_EQ(ptime("0", "a=ptime:60\r\na=maxptime:30\r\n"), 30ms);
    EXPECT_EQ(ptime("96", "a=ptime:30\r\n"), 20ms); // Opus has no frame of 30 ms.
    EXPECT_EQ(ptime("0", "a=ptime:0\r\n"), 0ms);    // Refused.
    EXPECT_EQ(ptime("0", "a=maxptime:x\r\n"), 0ms);
}

TEST(Codecs, comfort_noise_is_agreed_on_where_configured_and_understood_by_its_static_number)
{
    const auto willing = answer_to("0 13\r\n", wanting(all, 20ms, true));
    EXPECT_EQ(willing->agreed.send_comfort_noise, 13);
    EXPECT_EQ(willing->agreed.receive_comfort_noise, 13);
    EXPECT_NE(lines_of(willing->description).find("a=rtpmap:13 CN/8000"), std::string::npos);
    const auto dynamic
        = answer_to("96 98 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:98 CN/16000\r\na=rtpmap:97 cn/48000\r\n",
            wanting(all, 20ms, true));
    EXPECT_EQ(dynamic->agreed.send_comfort_noise, 97);

    const auto unwilling = answer_to("0 13\r\n");
    EXPECT_FALSE(unwilling->agreed.send_comfort_noise);
    EXPECT_EQ(unwilling->agreed.receive_comfort_noise, 13);
    EXPECT_EQ(lines_of(unwilling->description).find("CN"), std::string::npos);
    EXPECT_FALSE(answer_to("13\r\na=rtpmap:13 PCMU/8000\r\n")->agreed.receive_comfort_noise); // Taken.
    EXPECT_FALSE(answer_to("96\r\na=rtpmap:96 opus/48000/2\r\n")->agreed.receive_comfort_noise);
}

TEST(Codecs, an_answer_to_our_offer_keeps_the_numbers_of_each_side_apart)
{
    const LocalMedia ours = wanting(all, 20ms, true);
    const auto agreed = accept_answer(make_offer(ours),
        parsed(session
            + "100 99\r\na=rtpmap:100 opus/48000/2\r\na=fmtp:100 usedtx=1\r\n"
              "a=rtpmap:99 telephone-event/48000\r\na=ptime:40\r\n"));
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->codec, Codec::opus);
    EXPECT_EQ(agreed->send_payload_type, 100);
    EXPECT_EQ(agreed->receive_payload_type, 111);
    EXPECT_EQ(agreed->send_telephone_event, 99);
    EXPECT_EQ(agreed->receive_telephone_event, 102);
    EXPECT_EQ(agreed->ptime, 40ms);
    EXPECT_TRUE(agreed->opus.dtx);
    const auto other_clock = accept_answer(make_offer(ours),
        parsed(session + "100 99\r\na=rtpmap:100 opus/48000/2\r\na=rtpmap:99 telephone-event/8000\r\n"));
    EXPECT_EQ(other_clock->receive_telephone_event, 101);
    EXPECT_FALSE(accept_answer(make_offer(wanting({ Codec::pcmu })), parsed(session + "9\r\n")));
}

TEST(Codecs, are_found_by_name)
{
    EXPECT_EQ(codec_named("Opus"), Codec::opus);
    EXPECT_EQ(codec_named("g722"), Codec::g722);
    EXPECT_EQ(codec_named("G729"), std::nullopt);
    for (const Codec codec : all_codecs)
        EXPECT_EQ(codec_named(facts(codec).name), codec);
}

} // namespace
} // namespace parley::sdp
