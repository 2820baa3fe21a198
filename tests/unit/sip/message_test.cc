#include "sip/fields.h"
#include "sip/message.h"
#include "sip/responding.h"
#include "sip/uri.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace parley::sip {
namespace {

const std::string start = "OPTIONS sip:a@b SIP/2.0\r\n";

Request request_of(const std::string& text)
{
    auto message = parse_message(text);
    EXPECT_TRUE(message) << text;
    return message ? std::get<Request>(*message) : Request {};
}

TEST(Message, is_read_with_compact_and_folded_fields)
{
    const Request request = request_of("\r\n\r\n" + start
        + "v: SIP/2.0/UDP h;branch=z9hG4bK1 ,\r\n  SIP/2.0/UDP i\r\nSUBJECT  :  two\r\n\twords \r\nk:\r\n"
          "X-Own: a, b\r\nl: 3\r\n\r\nabcdef");
    EXPECT_EQ(request.method, "OPTIONS");
    EXPECT_EQ(request.uri, "sip:a@b");
    EXPECT_EQ(*request.headers.find("via"), "SIP/2.0/UDP h;branch=z9hG4bK1 , SIP/2.0/UDP i");
    EXPECT_EQ(*request.headers.find("Subject"), "two words");
    EXPECT_EQ(*request.headers.find("x-own"), "a, b");
    EXPECT_EQ(request.headers.list("Via")->size(), 2U);
    EXPECT_TRUE(request.headers.list("Supported")->empty());
    std::string body = request.body;
    ASSERT_TRUE(bound_body(request.headers, body));
    EXPECT_EQ(body, "abc"); // RFC 3261 18.3: what is beyond the length is cut off.
}

TEST(Message, a_list_is_split_outside_of_quotes_and_brackets)
{
    const Request request
        = request_of(start + "Contact: \"a, \\\" b\" <sip:x@y?h=1,2>, <sip:z@y>\r\nContact: sip:w@y\r\n\r\n");
    const auto contacts = request.headers.list("Contact");
    ASSERT_TRUE(contacts);
    EXPECT_EQ(*contacts, (std::vector<std::string> { "\"a, \\\" b\" <sip:x@y?h=1,2>", "<sip:z@y>", "sip:w@y" }));
    EXPECT_FALSE(request_of(start + "Contact: <sip:a@b>,,<sip:c@d>\r\n\r\n").headers.list("Contact"));
    EXPECT_FALSE(request_of(start + "Contact: \"open <sip:a@b>\r\n\r\n").headers.list("Contact"));
    EXPECT_FALSE(request_of(start + "Contact: <sip:a@b\r\n\r\n").headers.list("Contact"));
}

TEST(Message, is_written_with_its_length_and_read_back)
{
    Request request { "INVITE", "sip:a@b" };
    request.headers.add("Via", "SIP/2.0/UDP h;branch=z9hG4bK1");
    request.headers.add("f", "<sip:a@b>");
    request.body = "v=0\r\n";
    EXPECT_EQ(write(request),
        "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>\r\nContent-Length: 5\r\n\r\n"
        "v=0\r\n");
    const auto response = parse_message("SIP/2.0 200 Very well\r\nX-Own: y\r\n\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(write(std::get<Response>(*response)), "SIP/2.0 200 Very well\r\nX-Own: y\r\nContent-Length: 0\r\n\r\n");
}

TEST(Message, what_is_not_sip_is_rejected)
{
    const std::vector<std::string> rows {
        "",
        "\r\n\r\n",
        std::string("\x80\x00\x12\x34", 4), // RTP.
        "GET / HTTP/1.1\r\n\r\n",
        start, // No end of the fields.
        start + "Via: x\r\n",
        "OPTIONS sip:a@b SIP/2.0\n\n",
        "OPT(IONS sip:a@b SIP/2.0\r\n\r\n",
        start + "no colon here\r\n\r\n",
        start + ": value\r\n\r\n",
        start + "Bad Name: x\r\n\r\n",
        start + " folded: nothing\r\n\r\n",
        start + "X: a\rb\r\n\r\n",
        start + "X: a\nb\r\n\r\n",
        "SIP/2.0 99 Low\r\n\r\n",
        "SIP/2.0 700 High\r\n\r\n",
        "SIP/2.0 4294967301 Big\r\n\r\n",
        "SIP/2.0 200\r\n\r\n",
        "SIP/3.0 200 OK\r\n\r\n",
        start + "X: " + std::string(max_header_bytes + 1, 'x') + "\r\n\r\n",
        start + "X: " + std::string(max_header_bytes - 1, 'x') + "\r\n yz\r\n\r\n",
        std::string(max_message_bytes + 1, 'x'),
    };
    for (const std::string& row : rows)
        EXPECT_FALSE(parse_message(row)) << row.substr(0, 100);
    std::string many = start;
    for (std::size_t i = 0; i < max_headers; ++i)
        many += "X: y\r\n";
    EXPECT_TRUE(parse_message(many + "\r\n"));
    EXPECT_FALSE(parse_message(many + "X: y\r\n\r\n"));
}

TEST(Message, a_bad_length_is_an_error)
{
    for (const std::string length : { "-1", "6", "x", "", "99999999999999999999", "0x5", "5 5" }) {
        Request request = request_of(start + "Content-Length: " + length + "\r\n\r\n12345");
        EXPECT_FALSE(bound_body(request.headers, request.body)) << length;
    }
    Request twice = request_of(start + "Content-Length: 5\r\nl: 5\r\n\r\n12345");
    EXPECT_FALSE(bound_body(twice.headers, twice.body));
    Request none = request_of(start + "\r\n12345");
    EXPECT_TRUE(bound_body(none.headers, none.body));
    EXPECT_EQ(none.body, "12345");
}

TEST(Uri, is_read_in_all_its_parts)
{
    const auto uri = parse_uri("sip:al%69ce;day=tuesday:secret@[2001:db8::1]:5070;transport=udp;lr?Subject=x%20y");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->user, "alice;day=tuesday");
    EXPECT_EQ(uri->host, "2001:db8::1");
    EXPECT_EQ(uri->port, 5070);
    ASSERT_NE(find_parameter(uri->parameters, "TRANSPORT"), nullptr);
    EXPECT_NE(find_parameter(uri->parameters, "lr"), nullptr);
    EXPECT_EQ(uri->literal_hop(), (SocketAddress { "2001:db8::1", 5070 }));
    EXPECT_EQ(parse_uri("SIP:192.0.2.1")->literal_hop(), (SocketAddress { "192.0.2.1", 5060 }));
    EXPECT_FALSE(parse_uri("sip:example.com")->literal_hop());
    EXPECT_EQ(parse_uri("tel:+123;phone-context=x")->user, "+123");
    EXPECT_EQ(parse_uri("urn:x:y")->scheme, "urn");
}

TEST(Uri, a_bad_one_is_rejected)
{
    for (const std::string text : { "", "sip", ":x", "sip:", "sip:@b", "sip:a@", "sip:a b@c", "sip:a@b@c", "sip:a@b:0",
             "sip:a@b:65536", "sip:a@b:", "sip:a@b:5x", "sip:%4@b", "sip:%zz@b", "sip:a@[::1", "sip:a@[1.2.3.4]",
             "sip:a@b;=x", "sip:a\"@b", "sip:<a>@b", "sip:a@b c", "sip:a@b\x01", "sip:\xc3\xa9@b", "1(x:y" })
        EXPECT_FALSE(parse_uri(text)) << text;
}

TEST(Uri, is_made_with_an_escaped_user)
{
    EXPECT_EQ(sip_uri("+49 30/1#2", { "192.0.2.1", 5060 }), "sip:+49%2030/1%232@192.0.2.1:5060");
    EXPECT_EQ(sip_uri("", { "::1", 5060 }), "sip:[::1]:5060");
    EXPECT_EQ(parse_uri(sip_uri("a@b:c", { "192.0.2.1", 5060 }))->user, "a@b:c");
}

TEST(NameAddr, is_read_with_and_without_brackets)
{
    const auto quoted = parse_name_addr("\"A \\\"B\\\" <C>\" <sip:a@b;x=1> ;tag=77;y=\"z;w\"");
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->display, "A \"B\" <C>");
    EXPECT_EQ(quoted->uri.text, "sip:a@b;x=1");
    EXPECT_EQ(quoted->tag(), "77");
    EXPECT_EQ(find_parameter(quoted->parameters, "y")->value, "z;w");

    const auto bare = parse_name_addr("sip:a@b;tag=5");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->tag(), "5"); // RFC 3261 20: without brackets the parameters belong to the field.
    EXPECT_TRUE(bare->uri.parameters.empty());
    EXPECT_EQ(parse_name_addr("Mr. Bell<sip:a@b>")->display, "Mr. Bell");

    for (const std::string text : { "", "\"A <sip:a@b>", "\"A\" sip:a@b", "Bell, A <sip:a@b>", "<sip:a@b",
             "sip:a@b?x=y", "<sip:a@b>tag=1", "<sip:a@b>;;tag=1", "<sip:a@b>;tag=\"x", "<>", "<sip:a@b>;tag=a b" })
        EXPECT_FALSE(parse_name_addr(text)) << text;
}

TEST(Via, is_read_and_written)
{
    const auto via = parse_via("SIP / 2.0 / UDP  Host.example.com : 5070 ; branch=z9hG4bK1;rport;received=2001:db8::9");
    ASSERT_TRUE(via);
    EXPECT_EQ(via->branch(), "z9hG4bK1");
    EXPECT_EQ(via->sent_by(), "host.example.com:5070");
    EXPECT_EQ(write(*via), "SIP/2.0/UDP Host.example.com:5070;branch=z9hG4bK1;rport;received=2001:db8::9");
    EXPECT_EQ(write(*parse_via("SIP/2.0/UDP [::1]:5;x=\"a b\"")), "SIP/2.0/UDP [::1]:5;x=\"a b\"");
    for (const std::string text :
        { "", "SIP/2.0", "SIP/2.0/UDP", "HTTP/2.0/UDP h", "SIP/2.0/UDP h:0", "SIP/2.0/UDP h:99999", "SIP/2.0/UDP h;;x",
            "SIP/2.0/UDP [::1", "SIP/2.0/UDP h;branch=a b", "SIP/2.0/UDP a b" })
        EXPECT_FALSE(parse_via(text)) << text;
}

TEST(CSeq, is_a_number_below_two_to_the_31_and_a_method)
{
    EXPECT_EQ(*parse_cseq("7   INVITE"), (CSeq { 7, "INVITE" }));
    EXPECT_EQ(parse_cseq("2147483647 X")->number, 2'147'483'647U);
    for (const std::string text : { "", "7", "INVITE", "-1 X", "2147483648 X", "99999999999999999999 X", "7 IN VITE" })
        EXPECT_FALSE(parse_cseq(text)) << text;
}

TEST(Responding, goes_where_the_via_and_the_source_say)
{
    const SocketAddress source { "203.0.113.9", 33'000 };
    const auto rows = std::vector<std::pair<std::string, SocketAddress>> {
        { "SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK1", { "203.0.113.9", 5080 } },
        { "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1", { "203.0.113.9", 5060 } },
        { "SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bK1", source },
    };
    for (const auto& [via, destination] : rows)
        EXPECT_EQ(response_destination(*parse_via(via), source), Hop(destination)) << via;

    Request request = request_of(start
        + "From: <sip:a@b>;tag=1\r\nv: SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bK1, SIP/2.0/UDP x\r\n"
          "To: <sip:c@d>\r\nCall-ID: i\r\nCSeq: 1 OPTIONS\r\nVia: SIP/2.0/UDP y\r\nX-Other: z\r\n\r\n");
    mark_source(request, source);
    const Response response = make_response(request, 200, "ours");
    EXPECT_EQ(write(response),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5080;rport=33000;branch=z9hG4bK1;received=203.0.113.9\r\n"
        "Via: SIP/2.0/UDP x\r\nVia: SIP/2.0/UDP y\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=ours\r\nCall-ID: i\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
}

} // namespace
} // namespace parley::sip
