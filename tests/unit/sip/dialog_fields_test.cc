#include "sip/dialog_fields.h"
#include "sip/keypad_body.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::sip {
namespace {

Headers with(std::string_view name, std::string_view value)
{
    Headers headers;
    headers.add(name, value);
    return headers;
}

TEST(DialogFields, session_expires_is_read_and_written)
{
    EXPECT_EQ(*parse_session_expires("1800"), (SessionExpires { 1'800s, {} }));
    EXPECT_EQ(*parse_session_expires("90 ; refresher=UAS"), (SessionExpires { 90s, Refresher::uas }));
    EXPECT_EQ(write(SessionExpires { 90s, Refresher::uac }), "90;refresher=uac");
    for (const char* broken : { "", "0", "x", "90;refresher=both", "90;refresher", "4294967296" })
        EXPECT_FALSE(parse_session_expires(broken)) << broken;
    EXPECT_EQ(**read_session_expires(with("x", "100")), (SessionExpires { 100s, {} })); // Compact form.
    EXPECT_FALSE(read_session_expires(with("Session-Expires", "soon")));
    EXPECT_EQ(**read_min_se(with("Min-SE", "120")), 120s);
    EXPECT_FALSE(read_min_se(with("Min-SE", "-1")));
}

TEST(DialogFields, numbers_of_reliable_responses_are_read)
{
    EXPECT_EQ(read_rseq(with("RSeq", "7")), 7U);
    EXPECT_FALSE(read_rseq(with("RSeq", "0")));
    EXPECT_FALSE(read_rseq(Headers {}));
    EXPECT_EQ(*parse_rack("776656 1  INVITE"), (RAck { 776'656, 1, "INVITE" }));
    for (const char* broken : { "", "1", "1 2", "1 2 INVITE x", "a 2 INVITE", "1 b INVITE" })
        EXPECT_FALSE(parse_rack(broken)) << broken;
}

TEST(DialogFields, retry_after_may_have_a_comment)
{
    EXPECT_EQ(read_retry_after(with("Retry-After", "18 (in a meeting);duration=3")), 18s);
    EXPECT_FALSE(read_retry_after(with("Retry-After", "tomorrow")));
}

TEST(DialogFields, option_tags_and_methods_are_found)
{
    EXPECT_TRUE(lists_option(with("k", "timer, 100rel"), "Supported", "100REL"));
    EXPECT_FALSE(lists_option(with("Supported", "timer"), "Require", "timer"));
    EXPECT_TRUE(allows(with("Allow", "INVITE, UPDATE"), "UPDATE"));
    EXPECT_FALSE(allows(with("Allow", "INVITE, update"), "UPDATE")); // Methods have a case.
}

TEST(DialogFields, reason_is_told_and_written)
{
    EXPECT_EQ(read_reason(with("Reason", "SIP ;cause=200 ;text=\"Call completed elsewhere\"")),
        "SIP 200 Call completed elsewhere");
    EXPECT_EQ(read_reason(with("Reason", "Q.850;cause=16")), "Q.850 16");
    EXPECT_EQ(read_reason(Headers {}), "");
    EXPECT_EQ(write_reason(408, "no ACK"), "SIP;cause=408;text=\"no ACK\"");
}

TEST(DialogFields, replaces_names_a_dialog)
{
    EXPECT_EQ(*parse_replaces("425928@phone.example.org;to-tag=7743;from-tag=6472;early-only"),
        (Replaces { "425928@phone.example.org", "7743", "6472", true }));
    for (const char* broken : { "", ";to-tag=1;from-tag=2", "a;to-tag=1", "a;from-tag=1", "a;to-tag;from-tag=1" })
        EXPECT_FALSE(parse_replaces(broken)) << broken;
}

TEST(DialogFields, refer_to_is_taken_apart)
{
    const auto blind = read_refer_to(with("r", "\"Bob\" <sip:bob@example.com;user=phone>"));
    ASSERT_TRUE(blind);
    EXPECT_EQ(blind->uri.text, "sip:bob@example.com;user=phone");
    EXPECT_EQ(blind->display, "Bob");
    EXPECT_EQ(blind->replaces, "");
    const auto attended = read_refer_to(
        with("Refer-To", "<sip:bob@192.0.2.4?Replaces=12345%40192.0.2.4%3Bto-tag%3D12%3Bfrom-tag%3D34&Subject=x>"));
    ASSERT_TRUE(attended);
    EXPECT_EQ(attended->uri.text, "sip:bob@192.0.2.4");
    EXPECT_EQ(attended->replaces, "12345@192.0.2.4;to-tag=12;from-tag=34");
    for (const char* broken :
        { "<sip:a@b", "<sip:a@b?Replaces=x>", "<sip:a@b?Replaces=x%3Bto-tag%3D1%0D%0A>", "<sip:a@b?Replaces>" })
        EXPECT_FALSE(read_refer_to(with("Refer-To", broken))) << broken;
    EXPECT_FALSE(read_refer_to(Headers {}));
}

TEST(KeypadBody, both_types_are_read)
{
    EXPECT_EQ(**parse_keypad("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), (KeyPress { '5', 160ms }));
    EXPECT_EQ(**parse_keypad("Application/DTMF-Relay", "Signal= *\nDuration= 9999999"), (KeyPress { '*', 5s }));
    EXPECT_EQ(**parse_keypad("application/dtmf-relay", "Signal=11\r\n"), (KeyPress { '#', 250ms }));
    EXPECT_EQ(**parse_keypad("application/dtmf", "d\r\n"), (KeyPress { 'D', 250ms }));
    EXPECT_FALSE(parse_keypad("application/dtmf-relay", "Signal=16\r\n")->has_value()); // A hook flash.
    for (const char* broken : { "", "Duration=160", "Signal=x", "Signal=\r\n", "Signal=5\r\nDuration=long", "5" })
        EXPECT_FALSE(parse_keypad("application/dtmf-relay", broken)) << broken;
    for (const char* broken : { "", "55x", "17" })
        EXPECT_FALSE(parse_keypad("application/dtmf", broken)) << broken;
    EXPECT_FALSE(is_keypad_type("application/sdp"));
}

} // namespace
} // namespace parley::sip
