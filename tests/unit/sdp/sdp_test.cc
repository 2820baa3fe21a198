#include "sdp/offer_answer.h"
#include "sdp/session_description.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace parley::sdp {
namespace {

const std::string head = "v=0\r\no=- 7 8 IN IP4 198.51.100.7\r\ns=-\r\n";
const std::string session = head + "c=IN IP4 198.51.100.7\r\nt=0 0\r\n";
const SoundPreferences g711 { { Codec::pcmu, Codec::pcma }, 20ms, false };
const LocalMedia ours { { "192.0.2.1", 40'000 }, 5, 1, SrtpPolicy::off, {}, Direction::send_receive, g711 };

SessionDescription parsed(const std::string& text)
{
    auto description = parse(text);
    EXPECT_TRUE(description) << text << description.error().what;
    return description ? *description : SessionDescription {};
}

Result<Answer> answer_to(const std::string& media)
{
    return make_answer(parsed(session + media), ours);
}

TEST(SessionDescription, is_written_and_read_back_the_same)
{
    const SessionDescription offer = make_offer(ours);
    EXPECT_EQ(write(offer),
        "v=0\r\no=- 5 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
        "a=ptime:20\r\na=maxptime:60\r\na=sendrecv\r\n");
    EXPECT_EQ(parsed(write(offer)), offer);
}

TEST(SessionDescription, is_read_with_all_lines_and_lone_line_feeds)
{
    const auto description
        = parsed("v=0\no=jdoe 1 2 IN IP4 h.example.com\ns=Seminar\ni=Info\nu=http://x/\ne=a@b\np=+1\n"
                 "c=IN IP4 198.51.100.7\nb=AS:64\nt=1 2\nr=7d 1h 0 25h\nt=3 4\nz=1 -1h\nk=clear:x\na=recvonly\n"
                 "m=audio 49170/2 RTP/AVP 0\ni=medium\nc=IN IP6 2001:db8::1\nb=AS:64\nk=clear:y\na=rtpmap:0 PCMU/8000\n"
                 "m=video 0 RTP/AVP 31\n");
    ASSERT_EQ(description.media.size(), 2U);
    EXPECT_EQ(description.media[0].connection, "2001:db8::1");
    EXPECT_EQ(description.media[0].port, 49'170);
    EXPECT_EQ(description.origin.username, "jdoe");
    EXPECT_NE(find_attribute(description.attributes, "recvonly"), nullptr);
}

TEST(SessionDescription, a_bad_one_is_rejected)
{
    const std::vector<std::string> rows {
        "",
        "\r\n",
        "v=1\r\no=- 7 8 IN IP4 h\r\ns=-\r\nt=0 0\r\n",
        "o=- 7 8 IN IP4 h\r\nv=0\r\ns=-\r\nt=0 0\r\n",
        "v=0\r\nv=0\r\n",
        "v=0\r\ns=-\r\nt=0 0\r\n",              // No o=.
        "v=0\r\no=- 7 8 IN IP4 h\r\nt=0 0\r\n", // No s=.
        head,                                   // No t=.
        head + "m=audio 1 RTP/AVP 0\r\n",       // Likewise.
        "v=0\r\no=- 7 8 IN IP4\r\ns=-\r\nt=0 0\r\n",
        "v=0\r\no=- x 8 IN IP4 h\r\ns=-\r\nt=0 0\r\n",
        "v=0\r\no=- 7 18446744073709551616 IN IP4 h\r\ns=-\r\nt=0 0\r\n",
        head + "t=0 0\r\nc=IN IP4 1.2.3.4\r\n", // Out of order.
        head + "c=IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n",
        head + "c=IN IP9 1.2.3.4\r\nt=0 0\r\n",
        head + "c=IN IP4 224.2.1.1/127\r\nt=0 0\r\n",
        head + "t=0\r\n",
        head + "t=0 0\r\nx=1\r\n",
        head + "t=0 0\r\nbroken\r\n",
        head + "t=0 0\r\na=unfinished",
        head + "t=0 0\r\na=\r\n",
        head + "t=0 0\r\na=bad name:1\r\n",
        session + "m=audio 1 a:/c 0\r\na=x\rb\r\n",
        session + "m=audio\r\n",
        session + "m=audio 65536 RTP/AVP 0\r\n",
        session + "m=audio -1 RTP/AVP 0\r\n",
        session + "m=audio 1 RTP/AVP\r\n",
        session + "m=audio 1  RTP/AVP 0\r\n",
        session + "m=audio 1/x RTP/AVP 0\r\n",
        session + "m=audio 1 RTP/AVP 0\r\nt=0 0\r\n", // A session line within a medium.
        session + std::string("a=x\0y\r\n", 7),
    };
    for (const std::string& row : rows)
        EXPECT_FALSE(parse(row)) << row;
}

TEST(SessionDescription, has_limits)
{
    std::string many;
    for (std::size_t i = 0; i <= max_media_lines; ++i)
        many += "m=audio 1 RTP/AVP 0\r\n";
    EXPECT_FALSE(parse(session + many));
    std::string formats = "m=audio 1 RTP/AVP";
    for (std::size_t i = 0; i <= max_formats; ++i)
        formats += " 0";
    EXPECT_FALSE(parse(session + formats + "\r\n"));
    std::string lines;
    for (std::size_t i = 0; i <= max_lines; ++i)
        lines += "a=x\r\n";
    EXPECT_FALSE(parse(session + lines));
    EXPECT_FALSE(parse(session + "a=x:" + std::string(max_description_bytes, 'x') + "\r\n"));
    // The line that made another parser allocate without end.
    EXPECT_TRUE(parse(session + "m=audio 1 a:/c 0\r\n"));
}

TEST(Answer, takes_the_first_common_codec_and_the_telephone_event)
{
    const auto answer = answer_to("m=audio 6000 RTP/AVP 18 8 0 96\r\na=rtpmap:18 G729/8000\r\n"
                                  "a=rtpmap:96 telephone-event/8000\r\na=ptime:30\r\na=rtcp:7000\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->agreed.codec, Codec::pcma);
    EXPECT_EQ(answer->agreed.send_payload_type, 8);
    EXPECT_EQ(answer->agreed.receive_payload_type, 8);
    EXPECT_EQ(answer->agreed.send_telephone_event, 96);
    EXPECT_EQ(answer->agreed.remote_rtp, (SocketAddress { "198.51.100.7", 6000 }));
    EXPECT_EQ(answer->agreed.remote_rtcp, (SocketAddress { "198.51.100.7", 7000 }));
    EXPECT_EQ(answer->agreed.ptime, Duration(30ms));
    EXPECT_EQ(write(answer->description),
        "v=0\r\no=- 5 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 96\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 "
        "0-15\r\na=ptime:30\r\na=maxptime:60\r\na=sendrecv\r\n");
}

TEST(Answer, knows_codecs_by_their_mapping)
{
    // A dynamic number for PCMU, and the static number of PCMU given to something else.
    const auto answer
        = answer_to("m=audio 6000 RTP/AVP 0 97\r\na=rtpmap:0 G726-32/8000\r\na=rtpmap:97 pcmu/8000/1\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->agreed.send_payload_type, 97);
    EXPECT_FALSE(answer->agreed.send_telephone_event);
    EXPECT_FALSE(answer_to("m=audio 6000 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000\r\n"));
    EXPECT_FALSE(answer_to("m=audio 6000 RTP/AVP 97\r\na=rtpmap:97 PCMU/8000/2\r\n"));
}

TEST(Answer, refuses_every_line_but_one_with_port_zero)
{
    const auto answer = answer_to("m=video 6002 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 0\r\nm=audio 6004 RTP/AVP 0\r\n"
                                  "m=audio 6008 RTP/SAVP 0\r\n");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->description.media.size(), 4U);
    EXPECT_EQ(answer->description.media[0].port, 0);
    EXPECT_EQ(answer->description.media[0].type, "video");
    EXPECT_EQ(answer->description.media[1].port, 40'000);
    EXPECT_EQ(answer->description.media[2].port, 0);
    EXPECT_EQ(answer->description.media[3].protocol, "RTP/SAVP");
    EXPECT_EQ(answer->agreed.remote_rtp.port, 6000);
}

TEST(Answer, without_a_common_codec_is_unsupported)
{
    for (const std::string& media : { std::string(), std::string("m=audio 6000 RTP/AVP 18\r\n"),
             std::string("m=audio 6000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"),
             std::string("m=audio 0 RTP/AVP 0\r\n"), std::string("m=audio 6000 RTP/SAVP 0\r\n"),
             std::string("m=video 6000 RTP/AVP 0\r\n") }) {
        const auto answer = answer_to(media);
        ASSERT_FALSE(answer) << media;
        EXPECT_EQ(answer.error().kind, ErrorKind::unsupported) << media;
    }
}

TEST(Answer, mirrors_the_direction)
{
    const std::vector<std::pair<std::string, Direction>> rows { { "a=sendrecv", Direction::send_receive },
        { "a=sendonly", Direction::receive_only }, { "a=recvonly", Direction::send_only },
        { "a=inactive", Direction::inactive } };
    for (const auto& [line, direction] : rows) {
        const auto by_medium = answer_to("m=audio 6000 RTP/AVP 0\r\n" + line + "\r\n");
        EXPECT_EQ(by_medium->agreed.direction, direction) << line;
        const auto by_session = make_answer(parsed(session + line + "\r\nm=audio 6000 RTP/AVP 0\r\n"), ours);
        EXPECT_EQ(by_session->agreed.direction, direction) << line;
    }
    const auto old_hold = answer_to("m=audio 6000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n");
    EXPECT_EQ(old_hold->agreed.direction, Direction::receive_only);
    EXPECT_NE(find_attribute(old_hold->description.media[0].attributes, "recvonly"), nullptr);
}

TEST(OfferAnswer, a_hold_of_our_own_narrows_what_may_flow)
{
    LocalMedia holding = ours;
    holding.direction = Direction::send_only;
    const SessionDescription offer = make_offer(holding);
    EXPECT_NE(find_attribute(offer.media[0].attributes, "sendonly"), nullptr);
    const auto agreed = accept_answer(offer, parsed(session + "m=audio 6000 RTP/AVP 0\r\n")); // Says nothing of it.
    EXPECT_EQ(agreed->direction, Direction::send_only);

    const auto answer = make_answer(parsed(session + "m=audio 6000 RTP/AVP 0\r\na=sendonly\r\n"), holding);
    EXPECT_EQ(answer->agreed.direction, Direction::inactive); // Both hold.
    EXPECT_NE(find_attribute(answer->description.media[0].attributes, "inactive"), nullptr);
}

TEST(Answer, takes_the_address_of_the_medium_before_that_of_the_session)
{
    EXPECT_EQ(answer_to("m=audio 6000 RTP/AVP 0\r\nc=IN IP4 203.0.113.5\r\n")->agreed.remote_rtp.ip, "203.0.113.5");
    EXPECT_FALSE(make_answer(parsed(head + "t=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"), ours)); // None at all.
    EXPECT_FALSE(answer_to("m=audio 6000 RTP/AVP 0\r\nc=IN IP4 phone.example.com\r\n"));
    EXPECT_FALSE(answer_to("m=audio 6000 RTP/AVP 0\r\nc=IN IP4 300.1.1.1\r\n"));
    EXPECT_FALSE(answer_to("m=audio 6000 RTP/AVP 0\r\na=ptime:0\r\n"));
    EXPECT_FALSE(answer_to("m=audio 6000 RTP/AVP 0\r\na=rtcp:x\r\n"));
}

TEST(AcceptAnswer, reads_what_the_other_side_took)
{
    const SessionDescription offer = make_offer(ours);
    const auto agreed = accept_answer(
        offer, parsed(session + "m=audio 6000 RTP/AVP 8 100\r\na=rtpmap:100 telephone-event/8000\r\na=sendonly\r\n"));
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->codec, Codec::pcma);
    EXPECT_EQ(agreed->receive_payload_type, 8);
    EXPECT_EQ(agreed->send_telephone_event, 100);
    EXPECT_EQ(agreed->receive_telephone_event, 101);
    EXPECT_EQ(agreed->direction, Direction::receive_only);
}

TEST(AcceptAnswer, rejects_what_does_not_answer_the_offer)
{
    const SessionDescription offer = make_offer(ours);
    EXPECT_FALSE(accept_answer(offer, parsed(session)));
    EXPECT_FALSE(accept_answer(offer, parsed(session + "m=audio 6000 RTP/AVP 0\r\nm=video 1 RTP/AVP 31\r\n")));
    EXPECT_FALSE(accept_answer(offer, parsed(session + "m=audio 0 RTP/AVP 0\r\n")));
    EXPECT_FALSE(accept_answer(offer, parsed(session + "m=audio 6000 RTP/AVP 18\r\n")));
}

TEST(OfferAnswer, of_our_own_meet)
{
    const SessionDescription offer = make_offer(ours);
    const auto answer = make_answer(offer, { { "192.0.2.2", 50'000 } });
    ASSERT_TRUE(answer);
    const auto agreed = accept_answer(offer, answer->description);
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->remote_rtp, (SocketAddress { "192.0.2.2", 50'000 }));
    EXPECT_EQ(answer->agreed.remote_rtp, ours.rtp);
    EXPECT_EQ(agreed->codec, Codec::pcmu);
    EXPECT_EQ(agreed->send_telephone_event, 101);
}

} // namespace
} // namespace parley::sdp
