#include "machine/sip/sip_world.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

// Messages in the manner of RFC 4475. The RFC's own bytes are not part of this tree: a folder of them can be named in
// PARLEY_TORTURE_DIR.
namespace parley::sip {
namespace {

SipEndpointSettings with_registrar()
{
    SipEndpointSettings settings { here };
    settings.access.emplace();
    settings.access->digest.key = "a key of sixteen bytes and more";
    settings.access->users["ann"] = make_secret("ann", "parley", "secret");
    settings.access->guests = Guests::accept;
    return settings;
}

// What one datagram brings about: "dropped", "offered", or the first response.
std::string outcome_of(const std::string& datagram)
{
    World world(with_registrar());
    world.receive(datagram);
    if (world.offered)
        return "offered";
    const auto sent = world.sent();
    if (sent.empty())
        return world.endpoint().counters().messages_dropped > 0 ? "dropped" : "ignored";
    return sent.front();
}

struct Case {
    std::string_view rfc;  // What RFC 4475 calls it; empty: not one of its cases.
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
        { "wsinv", "folding, compact names and odd spacing everywhere",
            message({ "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
                "TO :", " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n-but-no-dialog",
                "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>", "  ;", "  tag = 98asjd8",
                "MaX-fOrWaRdS: 0068", "Call-ID: odd.1", "cseq: 0009", "  INVITE", "v:  SIP  / 2.0  / UDP",
                "   198.51.100.7:5080 ;branch=z9hG4bKodd", "s :", "NewField: new", " text",
                "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam = newvalue" }),
            "481 INVITE" },
        { "intmeth", "a method of every token character",
            message({ "!odd-Method01_*+`.%x'~ sip:a@b SIP/2.0", via, from, to, "Call-ID: o",
                "CSeq: 1 !odd-Method01_*+`.%x'~" }),
            "405 !odd-Method01_*+`.%x'~" },
        { "esc01", "escapes in the user part are resolved before routing",
            message({ "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", via, from, to, contact, "Call-ID: e",
                "CSeq: 1 INVITE" }),
            "offered" },
        { "escnull", "an escaped NUL in a user part",
            message({ "OPTIONS sip:null-%00@example.com SIP/2.0", via, from, to, "Call-ID: n", "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "esc02", "percent signs in a method are no escapes",
            message({ "RE%47IST%45R sip:a@b SIP/2.0", via, from, to, "Call-ID: p", "CSeq: 1 RE%47IST%45R" }),
            "405 RE%47IST%45R" },
        { "lwsdisp", "no space between name and bracket",
            message({ "OPTIONS sip:a@b SIP/2.0", via, "From: caller<sip:caller@example.com>;tag=323", to, "Call-ID: l",
                "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "longreq", "very long values",
            message({ "INVITE sip:bob@example.com SIP/2.0", via,
                "From: \"" + std::string(2'000, 'x') + "\" <sip:" + std::string(500, 'y') + "@example.com>;tag=1", to,
                contact, "Call-ID: " + std::string(1'000, 'z'), "CSeq: 1 INVITE",
                "X-Long: " + std::string(4'000, 'w') }),
            "offered" },
        { "dblreq", "a second request behind the first one is no part of it",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, to, "Call-ID: d", "CSeq: 1 OPTIONS", "Content-Length: 0" },
                "INVITE sip:bob@example.com SIP/2.0\r\n"),
            "200 OPTIONS" },
        { "semiuri", "semicolons in the user part",
            message({ "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", via, from, to, "Call-ID: s",
                "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "transports", "Vias of all transports",
            message(
                { "OPTIONS sip:a@b SIP/2.0", via, "Via: SIP/2.0/SCTP h;branch=z9hG4bK2, SIP/2.0/TLS h;branch=z9hG4bK3",
                    "Via: SIP/2.0/UNKNOWN h", from, to, "Call-ID: t", "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "mpart01", "a body of several parts",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: m", "CSeq: 1 INVITE",
                        "Content-Type: multipart/mixed;boundary=7a9" },
                "--7a9--\r\n"),
            "415 INVITE" },
        { "noreason", "a response without a reason",
            message({ "SIP/2.0 100 ", via, from, to, "Call-ID: r", "CSeq: 1 INVITE" }),
            "dropped" }, // Not for us; its status line is fine.
        { "badbranch", "nothing but the magic cookie as branch",
            message({ "OPTIONS sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bK", from, to, "Call-ID: b",
                "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "zeromf", "OPTIONS that may go no further",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, to, "Call-ID: z", "CSeq: 1 OPTIONS", "Max-Forwards: 0" }),
            "200 OPTIONS" },
        { "", "an unknown scheme in To",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, "To: isbn:2983792873", "Call-ID: u", "CSeq: 1 OPTIONS" }),
            "200 OPTIONS" },
        { "unreason", "a reason in any language",
            message({ "SIP/2.0 200 = 2**3 * 5**2 \xd0\xb4\xd0\xb0", via, from, to, "Call-ID: r", "CSeq: 35 INVITE" }),
            "dropped" }, // Not for us; its status line is fine.
        { "unksm2", "unknown schemes in To, From and Contact of a registration",
            message({ "REGISTER sip:example.com SIP/2.0", via, "From: <http://www.example.com>;tag=3",
                "To: isbn:2983792873", "Contact: <name:John_Smith>", "Call-ID: u2", "CSeq: 1 REGISTER" }),
            "401 REGISTER" },
        { "cparam01", "a parameter of the Contact",
            message({ "REGISTER sip:example.com SIP/2.0", via, from, to,
                "Contact: sip:+19725552222@gw.example;unknownparam", "Call-ID: c1", "CSeq: 2 REGISTER" }),
            "401 REGISTER" },
        { "cparam02", "a parameter of the URI in the Contact",
            message({ "REGISTER sip:example.com SIP/2.0", via, from, to,
                "Contact: <sip:+19725552222@gw.example;unknownparam>", "Call-ID: c2", "CSeq: 3 REGISTER" }),
            "401 REGISTER" },
        { "regescrt", "escaped headers in the URI of a Contact",
            message({ "REGISTER sip:example.com SIP/2.0", via, from, to,
                "M: <sip:ann@example.com?Route=%3Csip:sip.example.com%3E>", "Call-ID: c3", "CSeq: 1 REGISTER" }),
            "401 REGISTER" },
        { "regaut01", "an authentication that nobody knows",
            message({ "REGISTER sip:example.com SIP/2.0", via, from, to, contact,
                "Authorization: NoOneKnowsThisScheme opaque-data=here", "Call-ID: c4", "CSeq: 1 REGISTER" }),
            "401 REGISTER" },
        { "escruri", "whole headers in the Request-URI are not taken",
            message({ "INVITE sip:bob@example.com?Route=%3Csip:example.com%3E SIP/2.0", via, from, to, contact,
                "Call-ID: e2", "CSeq: 1 INVITE" }),
            "offered" },
        { "baddate", "a Date in another zone than GMT",
            message({ "INVITE sip:bob@example.com SIP/2.0", via, from, to, contact,
                "Date: Fri, 01 Jan 2010 16:00:00 EST", "Call-ID: d2", "CSeq: 1 INVITE" }),
            "offered" },
        { "inv2543", "no tag and no branch, as of old",
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
        { "badinv01", "separators without anything between",
            message({ "INVITE sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h;;,;,,", from, to, "Call-ID: i", "CSeq: 1 INVITE" }),
            "dropped" },
        { "clerr", "a length beyond the datagram",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                        "Content-Length: 9999" },
                "short"),
            "400 INVITE" },
        { "ncl", "a negative length",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                "Content-Length: -999" }),
            "400 INVITE" },
        { "scalar02", "numbers beyond their range",
            options({ via, from, to, "CSeq: 36893488147419103232 OPTIONS" }) + "\r\n", "400 OPTIONS" },
        { "", "a Max-Forwards beyond its range", options({ via, from, to, cseq, "Max-Forwards: 300" }) + "\r\n",
            "400 OPTIONS" },
        { "bigcode", "a status beyond its range",
            message(
                { "SIP/2.0 4294967301 better not break the receiver", via, from, to, "Call-ID: i", "CSeq: 1 INVITE" }),
            "dropped" },
        { "quotbal", "a quote that never closes",
            options({ via, from, "To: \"Mr. J. User <sip:j.user@example.com>", cseq }) + "\r\n", "400 OPTIONS" },
        { "ltgtruri", "a Request-URI in brackets",
            message({ "OPTIONS <sip:a@b> SIP/2.0", via, from, to, "Call-ID: i", cseq }), "400 OPTIONS" },
        { "lwsruri", "blanks within the Request-URI",
            message({ "OPTIONS sip:a@b; lr SIP/2.0", via, from, to, "Call-ID: i", cseq }), "400 OPTIONS" },
        { "lwsstart", "two blanks in the request line",
            message({ "OPTIONS  sip:a@b  SIP/2.0", via, from, to, "Call-ID: i", cseq }), "400 OPTIONS" },
        { "trws", "blanks at the end of the request line",
            message({ "OPTIONS sip:a@b SIP/2.0  ", via, from, to, "Call-ID: i", cseq }), "400 OPTIONS" },
        { "", "escaped headers in the Request-URI",
            message({ "INVITE sip:a@b?Route=%3Csip:x%3 SIP/2.0", via, from, to, "Call-ID: i", "CSeq: 1 INVITE" }),
            "400 INVITE" },
        { "badaspec", "blanks within an address",
            options({ via, from, "To: \"Watson\" < sip:t@example.org >", cseq }) + "\r\n", "400 OPTIONS" },
        { "baddn", "a comma in a bare display name",
            options({ via, "From: Bell, A <sip:a@example.com>;tag=4", to, cseq }) + "\r\n", "400 OPTIONS" },
        { "badvers", "an unknown version",
            message({ "OPTIONS sip:a@b SIP/7.0", "Via: SIP/7.0/UDP h;branch=z9hG4bKv", from, to, "Call-ID: i", cseq }),
            "505 OPTIONS" },
        { "mismatch01", "two methods in one request",
            message({ "OPTIONS sip:a@b SIP/2.0", via, from, to, "Call-ID: i", "CSeq: 8 INVITE" }), "400 INVITE" },
        { "mismatch02", "an unknown method that does not match",
            message({ "NEWMETHOD sip:a@b SIP/2.0", via, from, to, "Call-ID: i", "CSeq: 8 INVITE" }), "400 INVITE" },
        { "unkscm", "an unknown scheme",
            message({ "OPTIONS nobodyKnowsThisScheme:totallyopaque SIP/2.0", via, from, to, "Call-ID: i", cseq }),
            "416 OPTIONS" },
        { "novelsc", "a known scheme that is no address of ours",
            message({ "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", via, from, to, "Call-ID: i", cseq }),
            "416 OPTIONS" },
        { "bext01", "extensions that nobody knows",
            options({ via, from, to, cseq, "Require: nothingSupportsThis", "Proxy-Require: noProxiesSupportThis" })
                + "\r\n",
            "420 OPTIONS" },
        { "insuf", "fields that must be there are missing",
            message({ "INVITE sip:a@b SIP/2.0", "CSeq: 1 INVITE", via }), "dropped" },
        { "multi01", "fields that must be there once are there twice",
            message({ "INVITE sip:a@b SIP/2.0", via, from, from, to, to, "Call-ID: i", "Call-ID: j", "CSeq: 1 INVITE",
                "CSeq: 2 INVITE" }),
            "dropped" },
        { "mcl01", "two lengths",
            options({ via, from, to, cseq, "Content-Length: 13", "Content-Length: 5" }) + "\r\nThere is no telling",
            "400 OPTIONS" },
        { "bcast", "a response to a broadcast address",
            message({ "SIP/2.0 200 OK", via, "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1", from, to, "Call-ID: i",
                "CSeq: 1 INVITE" }),
            "dropped" },
        { "", "a Contact whose headers escape from it",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, "Contact: sip:user@example.com?Route=%3Csip:x%3E",
                "Call-ID: i", "CSeq: 1 INVITE" }),
            "400 INVITE" },
        { "invut", "a body of an unknown type",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                        "Content-Type: application/unknown" },
                "<xml/>"),
            "415 INVITE" },
        { "scalarlg", "numbers of a response beyond their range",
            message({ "SIP/2.0 503 Service Unavailable", via, from, to, "Call-ID: i",
                "CSeq: 9292394834772304023312 OPTIONS", "Retry-After: 949302838503028349304023988",
                "Warning: 1812 overture \"In Progress\"" }),
            "dropped" },
        { "regbadct", "headers of a Contact without brackets",
            message({ "REGISTER sip:example.com SIP/2.0", via, from, to,
                "Contact: sip:ann@example.com?Route=%3Csip:sip.example.com%3E", "Call-ID: c5", "CSeq: 1 REGISTER" }),
            "401 REGISTER" }, // Its Contact is looked at when its sender is known: `registrar_test.cc`.
        { "sdp01", "nothing that we could answer with is acceptable",
            message({ "INVITE sip:a@b SIP/2.0", via, from, to, contact, "Call-ID: i", "CSeq: 1 INVITE",
                "Accept: text/nobodyKnowsThis" }),
            "406 INVITE" },
        { "", "a request within a dialog that never was",
            message({ "INVITE sip:a@b SIP/2.0", via, from, "To: <sip:a@b>;tag=gone", contact, "Call-ID: i",
                "CSeq: 1 INVITE" }),
            "481 INVITE" },
        { "", "no empty line at the end", options({ via, from, to, cseq }), "dropped" },
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

// Every case of the RFC, and what comes of its own message. Where the RFC leaves a choice the reason stands beside it.
struct Original {
    std::string_view name;
    std::string_view outcome;
};

constexpr Original originals[] = {
    // 3.1.1: valid
    { "wsinv", "481 INVITE" }, // It has a tag in To.
    { "intmeth", "405 !interesting-Method0123456789_*+`.%indeed'~" }, { "esc01", "offered" },
    { "escnull", "401 REGISTER" }, { "esc02", "405 RE%47IST%45R" }, { "lwsdisp", "200 OPTIONS" },
    { "longreq", "offered" }, { "dblreq", "401 REGISTER" }, { "semiuri", "200 OPTIONS" },
    { "transports", "200 OPTIONS" }, { "mpart01", "405 MESSAGE" }, // No part of what we serve.
    { "unreason", "dropped" }, { "noreason", "dropped" },          // Responses to nothing that we asked.
    // 3.1.2: invalid
    { "badinv01", "dropped" }, // Its Via leads nowhere.
    { "clerr", "400 INVITE" }, { "ncl", "400 INVITE" }, { "scalar02", "400 REGISTER" }, { "scalarlg", "dropped" },
    { "quotbal", "400 INVITE" }, { "ltgtruri", "400 INVITE" }, { "lwsruri", "400 INVITE" },
    { "lwsstart", "400 INVITE" }, { "trws", "400 OPTIONS" },
    { "escruri", "offered" },                              // Leniently: what the URI's headers say is not taken.
    { "baddate", "offered" },                              // Likewise: nothing depends on its date.
    { "regbadct", "401 REGISTER" },                        // Refused once its sender is known.
    { "badaspec", "400 OPTIONS" }, { "baddn", "dropped" }, // It ends without an empty line.
    { "badvers", "505 OPTIONS" }, { "mismatch01", "400 INVITE" }, { "mismatch02", "400 INVITE" },
    { "bigcode", "dropped" },
    // 3.2: transactions
    { "badbranch", "200 OPTIONS" },
    // 3.3: application layer
    { "insuf", "dropped" }, { "unkscm", "416 OPTIONS" }, { "novelsc", "416 OPTIONS" }, { "unksm2", "401 REGISTER" },
    { "bext01", "420 OPTIONS" }, { "invut", "415 INVITE" }, { "regaut01", "401 REGISTER" }, { "multi01", "dropped" },
    { "mcl01", "400 OPTIONS" }, { "bcast", "dropped" }, { "zeromf", "200 OPTIONS" }, { "cparam01", "401 REGISTER" },
    { "cparam02", "401 REGISTER" }, { "regescrt", "401 REGISTER" }, { "sdp01", "406 INVITE" },
    // 3.4: the time before RFC 3261
    { "inv2543", "400 INVITE" }, // Without Contact there is nowhere to send a BYE.
};

TEST(Torture, each_case_of_the_rfc_has_a_message_of_ours)
{
    std::set<std::string_view> ours;
    for (const auto& cases : { valid_cases(), invalid_cases() })
        for (const Case& one : cases) {
            const bool is_new = one.rfc.empty() || ours.insert(one.rfc).second;
            EXPECT_TRUE(is_new) << one.rfc << " twice";
        }
    std::set<std::string_view> theirs;
    for (const Original& one : originals)
        theirs.insert(one.name);
    EXPECT_EQ(theirs.size(), 49U);
    EXPECT_EQ(ours, theirs);
}

TEST(Torture, the_messages_of_the_rfc_come_out_as_they_should)
{
    const char* folder = std::getenv("PARLEY_TORTURE_DIR");
    if (folder == nullptr)
        GTEST_SKIP() << "PARLEY_TORTURE_DIR names no folder";
    std::map<std::string, std::string> outcomes;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".dat")
            continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes { std::istreambuf_iterator<char>(file), {} };
        outcomes[entry.path().stem()] = outcome_of(bytes);
    }
    for (const Original& one : originals) {
        ASSERT_TRUE(outcomes.contains(std::string(one.name))) << one.name << ".dat is not there";
        EXPECT_EQ(outcomes.at(std::string(one.name)), one.outcome) << one.name;
    }
    EXPECT_EQ(outcomes.size(), std::size(originals));
}

} // namespace
} // namespace parley::sip
