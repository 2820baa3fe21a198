#include "machine/sip/sip_world.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

// Messages in the manner of RFC 4475. The RFC's own bytes are not part of this tree: a folder of them can be named in
// PARLEY_TORTURE_DIR.
namespace parley::sip {
namespace {

// What one datagram brings about: "dropped", "offered", or the first response.
std::string outcome_of(const std::string& datagram)
{
    World world;
    world.receive(datagram);
    if (world.offered)
        return "offered";
    const auto sent = world.sent();
    if (sent.empty())
        return world.endpoint().counters().messages_dropped > 0 ? "dropped" : "ignored";
    return sent.front();
}

struct Case {
    std::string_view name; // What is odd about it.
    std::string datagram;
    std::string_view outcome;
};

// Everything that a request needs beside its oddity; `\r\n` after each line is added.
std::string message(std::initializer_list<std::string_view> lines, std::string_view body = "")
{
    std::string text;
    for (const std::string_view line : lines)
        text.append(line).append("\r\n");
    return text.append("\r\n").append(body);
}

const std::string via = "Via: SIP/2.0/UDP 198.51.100.7:5080;branch=z9hG4bKtorture";
const std::string from = "From: <sip:ann@example.com>;tag=1";
const std::string to = "To: <sip:bob@example.com>";
const std::string contact = "Contact: <sip:ann@198.51.100.7>";

std::vector<Case> valid_cases()
{
    return {
        { "folding, compact names and odd spacing everywhere",
            message({ "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
                "TO :", " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n-but-no-dialog",
                "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>", "  ;", "  tag = 98asjd8",
                "MaX-fOrWaRdS: 0068", "Call-ID: odd.1", "cseq: 0009", "  INVITE", "v:  SIP  / 2.0  / UDP",
                "   198.51.100.7:5080 ;branch=z9hG4bKodd", "s :", "NewField: new", " text",
                "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam = newvalue" }),
            "481 INVITE" },
        { "a method of every token character",
            message({ "!odd-Method01_*+`.%x'~ sip:a@b SIP/2.0", via, from, to, "Call-ID: o",
                "CSeq: 1 !odd-Method01_*+`.%x'~" }),
            "405 !odd-Method01_*+`.%x'~" },
        { "escapes in the user part are resolved before routing",
            message({ "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", via, from, to, contact, "Call-ID: e",
                "CSeq: 1 INVITE" }),
            "offered" },
        { "an escaped NUL in a user part",
            message({ "OPTIONS sip:null-%00@example.com SIP/2.0", via, from, to, "Call-ID: n", "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "percent signs in a method are no escapes",
            message({ "RE%47IST%45R sip:a@b SIP/2.0", via, from, to, "Call-ID: p", "CSeq: 1 RE%47IST%45R" }),
            "405 RE%47IST%45R" },
        { "no space between name and bracket",
            message({ "OPTIONS sip:a@b SIP/2.0", via, "From: caller<sip:caller@example.com>;tag=323", to, "Call-ID: l",
                "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "very long values",
            message({ "INVITE sip:bob@example.com SIP/2.0", via,
                "From: \"" + std::string(2'000, 'x') + "\" <sip:" + std::string(500, 'y') + "@example.com>;tag=1", to,
                contact, "Call-ID: " + std::string(1'000, 'z'), "CSeq: 1 INVITE",
                "X-Long: " + std::string(4'000, 'w') }),
            "offered" },
        { "a second request behind the first one is no part of it",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, to, "Call-ID: d", "CSeq: 1 OPTIONS", "Content-Length: 0" },
                "INVITE sip:bob@example.com SIP/2.0\r\n"),
            "200 OPTIONS" },
        { "semicolons in the user part",
            message({ "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", via, from, to, "Call-ID: s",
                "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "Vias of all transports",
            message(
                { "OPTIONS sip:a@b SIP/2.0", via, "Via: SIP/2.0/SCTP h;branch=z9hG4bK2, SIP/2.0/TLS h;branch=z9hG4bK3",
                    "Via: SIP/2.0/UNKNOWN h", from, to, "Call-ID: t", "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "a body of several parts",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: m", "CSeq: 1 INVITE",
                        "Content-Type: multipart/mixed;boundary=7a9" },
                "--7a9--\r\n"),
            "415 INVITE" },
        { "a response without a reason", message({ "SIP/2.0 100 ", via, from, to, "Call-ID: r", "CSeq: 1 INVITE" }),
            "dropped" }, // Not for us; its status line is fine.
        { "nothing but the magic cookie as branch",
            message({ "OPTIONS sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bK", from, to, "Call-ID: b",
                "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "OPTIONS that may go no further",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, to, "Call-ID: z", "CSeq: 1 OPTIONS", "Max-Forwards: 0" }),
            "200 OPTIONS" },
        { "an unknown scheme in To",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, "To: isbn:2983792873", "Call-ID: u", "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "no tag and no branch, as of old",
            message({ "INVITE sip:a@b SIP/2.0", "Via: SIP/2.0/UDP 198.51.100.7", "From: <sip:ann@example.com>", to,
                contact, "Call-ID: o2543", "CSeq: 1 INVITE" }),
            "offered" },
    };
}

std::vector<Case> invalid_cases()
{
    const auto options = [](std::initializer_list<std::string_view> more) {
        std::string text = "OPTIONS sip:a@b SIP/2.0\r\n";
        for (const std::string_view line : more)
            text.append(line).append("\r\n");
        return text + "Call-ID: i\r\n";
    };
    const std::string cseq = "CSeq: 1 OPTIONS";
    return {
        { "separators without anything between",
            message({ "INVITE sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h;;,;,,", from, to, "Call-ID: i", "CSeq: 1 INVITE" }),
            "dropped" },
        { "a length beyond the datagram",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                        "Content-Length: 9999" },
                "short"),
            "400 INVITE" },
        { "a negative length",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                "Content-Length: -999" }),
            "400 INVITE" },
        { "numbers beyond their range", options({ via, from, to, "CSeq: 36893488147419103232 OPTIONS" }) + "\r\n",
            "400 OPTIONS" },
        { "a Max-Forwards beyond its range", options({ via, from, to, cseq, "Max-Forwards: 300" }) + "\r\n",
            "400 OPTIONS" },
        { "a status beyond its range",
            message(
                { "SIP/2.0 4294967301 better not break the receiver", via, from, to, "Call-ID: i", "CSeq: 1 INVITE" }),
            "dropped" },
        { "a quote that never closes",
            options({ via, from, "To: \"Mr. J. User <sip:j.user@example.com>", cseq }) + "\r\n", "400 OPTIONS" },
        { "a Request-URI in brackets", message({ "OPTIONS <sip:a@b> SIP/2.0", via, from, to, "Call-ID: i", cseq }),
            "400 OPTIONS" },
        { "blanks within the Request-URI",
            message({ "OPTIONS sip:a@b; lr SIP/2.0", via, from, to, "Call-ID: i", cseq }), "400 OPTIONS" },
        { "two blanks in the request line", message({ "OPTIONS  sip:a@b  SIP/2.0", via, from, to, "Call-ID: i", cseq }),
            "400 OPTIONS" },
        { "blanks at the end of the request line",
            message({ "OPTIONS sip:a@b SIP/2.0  ", via, from, to, "Call-ID: i", cseq }), "400 OPTIONS" },
        { "escaped headers in the Request-URI",
            message({ "INVITE sip:a@b?Route=%3Csip:x%3 SIP/2.0", via, from, to, "Call-ID: i", "CSeq: 1 INVITE" }),
            "400 INVITE" },
        { "blanks within an address", options({ via, from, "To: \"Watson\" < sip:t@example.org >", cseq }) + "\r\n",
            "400 OPTIONS" },
        { "a comma in a bare display name",
            options({ via, "From: Bell, A <sip:a@example.com>;tag=4", to, cseq }) + "\r\n", "400 OPTIONS" },
        { "an unknown version",
            message({ "OPTIONS sip:a@b SIP/7.0", "Via: SIP/7.0/UDP h;branch=z9hG4bKv", from, to, "Call-ID: i", cseq }),
            "505 OPTIONS" },
        { "two methods in one request",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, to, "Call-ID: i", "CSeq: 8 INVITE" }), "400 INVITE" },
        { "an unknown method that does not match",
            message({ "NEWMETHOD sip:a@b SIP/2.0", via, from, to, "Call-ID: i", "CSeq: 8 INVITE" }), "400 INVITE" },
        { "an unknown scheme",
            message({ "OPTIONS nobodyKnowsThisScheme:totallyopaque SIP/2.0", via, from, to, "Call-ID: i", cseq }),
            "416 OPTIONS" },
        { "a known scheme that is no address of ours",
            message({ "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", via, from, to, "Call-ID: i", cseq }),
            "416 OPTIONS" },
        { "extensions that nobody knows",
            options({ via, from, to, cseq, "Require: nothingSupportsThis", "Proxy-Require: noProxiesSupportThis" })
                + "\r\n",
            "420 OPTIONS" },
        { "fields that must be there are missing", message({ "INVITE sip:a@b SIP/2.0", "CSeq: 1 INVITE", via }),
            "dropped" },
        { "fields that must be there once are there twice",
            message({ "INVITE sip:a@b SIP/2.0", via, from, from, to, to, "Call-ID: i", "Call-ID: j", "CSeq: 1 INVITE",
                "CSeq: 2 INVITE" }),
            "dropped" },
        { "two lengths",
            options({ via, from, to, cseq, "Content-Length: 13", "Content-Length: 5" }) + "\r\nThere is no telling",
            "400 OPTIONS" },
        { "a response to a broadcast address",
            message({ "SIP/2.0 200 OK", via, "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1", from, to, "Call-ID: i",
                "CSeq: 1 INVITE" }),
            "dropped" },
        { "a Contact whose headers escape from it",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, "Contact: sip:user@example.com?Route=%3Csip:x%3E",
                "Call-ID: i", "CSeq: 1 INVITE" }),
            "400 INVITE" },
        { "a body of an unknown type",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                        "Content-Type: application/unknown" },
                "<xml/>"),
            "415 INVITE" },
        { "a request within a dialog that never was",
            message({ "INVITE sip:a@b SIP/2.0", via, from, "To: <sip:a@b>;tag=gone", contact, "Call-ID: i",
                "CSeq: 1 INVITE" }),
            "481 INVITE" },
        { "no empty line at the end", options({ via, from, to, cseq }), "dropped" },
    };
}

TEST(Torture, odd_but_valid_messages_are_understood)
{
    for (const Case& one : valid_cases())
        EXPECT_EQ(outcome_of(one.datagram), one.outcome) << one.name << '\n' << one.datagram;
}

TEST(Torture, invalid_messages_are_refused_or_dropped)
{
    for (const Case& one : invalid_cases())
        EXPECT_EQ(outcome_of(one.datagram), one.outcome) << one.name << '\n' << one.datagram;
}

// Each message cut off anywhere, and with each byte replaced: nothing breaks, and what leaves can be read.
TEST(Torture, damaged_messages_are_survived)
{
    PeerRequest invite;
    invite.body = offer_text();
    const std::string whole = invite.text();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        outcome_of(whole.substr(0, i));
        std::string damaged = whole;
        for (const char c : { '\0', '\r', '"', '<', '%', ';', ',', '\xff' }) {
            damaged[i] = c;
            outcome_of(damaged);
        }
    }
}

TEST(Torture, the_messages_of_the_rfc_are_survived)
{
    const char* folder = std::getenv("PARLEY_TORTURE_DIR");
    if (folder == nullptr)
        GTEST_SKIP() << "PARLEY_TORTURE_DIR names no folder";
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes { std::istreambuf_iterator<char>(file), {} };
        std::printf("%s: %s\n", entry.path().filename().c_str(), outcome_of(bytes).c_str());
        ++files;
    }
    EXPECT_GT(files, 0U);
}

} // namespace
} // namespace parley::sip
