#pragma once

#include "sip/fields.h"
#include "sip/message.h"
#include "sip/sip_endpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

// One endpoint on virtual time, with a hand-written peer: a test says what arrives when, and reads what leaves.
namespace parley::sip {

inline constexpr Instant origin {};

inline const SocketAddress here { "192.0.2.1", 5060 };
inline const SocketAddress there { "198.51.100.7", 5080 };

inline sdp::LocalMedia local_media(std::uint16_t port = 40'000)
{
    return { { here.ip, port } };
}

inline std::string offer_text(std::string_view formats = "0 8 101", std::string_view more = "")
{
    return "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 6000 RTP/AVP "
        + std::string(formats) + "\r\na=rtpmap:101 telephone-event/8000\r\n" + std::string(more);
}

// A request of the peer, with everything that a valid one needs.
struct PeerRequest {
    std::string method = "INVITE";
    std::string uri = "sip:support@192.0.2.1";
    std::string branch = "z9hG4bK1";
    std::string from_tag = "theirs";
    std::string to_tag = "";
    std::string call_id = "call-1";
    std::uint32_t cseq = 1;
    std::string more = ""; // Whole field lines.
    std::string body = "";
    std::string via = "SIP/2.0/UDP 198.51.100.7:5080";
    std::string contact = "Contact: <sip:ann@198.51.100.7:5080>\r\n";
    std::string to = "<sip:support@192.0.2.1>";
    std::string type = "application/sdp"; // Of the body.

    [[nodiscard]] std::string text() const
    {
        const std::string cseq_method = method;
        return method + ' ' + uri + " SIP/2.0\r\nVia: " + via + ";branch=" + branch
            + "\r\nMax-Forwards: 70\r\nFrom: \"Ann\" <sip:ann@example.com>;tag=" + from_tag + "\r\nTo: " + to
            + (to_tag.empty() ? "" : ";tag=" + to_tag) + "\r\nCall-ID: " + call_id + "\r\nCSeq: " + std::to_string(cseq)
            + ' ' + cseq_method + "\r\n" + contact + more + (body.empty() ? "" : "Content-Type: " + type + "\r\n")
            + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
};

class World {
public:
    explicit World(SipEndpointSettings settings = { here })
        : endpoint_(std::move(settings), IdSource(7), Log::none())
    {
    }

    // Lets everything fire that is due until `ms`, keeping the order of commands and the time of each datagram.
    World& at(std::int64_t ms)
    {
        const Instant until = origin + std::chrono::milliseconds(ms);
        while (endpoint_.deadline() && *endpoint_.deadline() <= until) {
            now_ = *endpoint_.deadline();
            Commands out;
            endpoint_.handle_timeout(now_, out);
            take(out);
        }
        now_ = until;
        return *this;
    }

    World& event(const Event& event)
    {
        Commands out;
        endpoint_.handle(event, now_, out);
        take(out);
        return *this;
    }

    World& receive(const std::string& text, const Hop& source = there)
    {
        return event(MessageReceived { text, source });
    }
    World& receive(const PeerRequest& request, const Hop& source = there) { return receive(request.text(), source); }

    struct Sent {
        std::int64_t at_ms;
        Message message;
        std::string text;
        Hop destination;
    };

    // First lines of what left since the last call: "200 INVITE", "BYE".
    std::vector<std::string> sent()
    {
        std::vector<std::string> lines;
        for (; read_ < all_.size(); ++read_)
            lines.push_back(summary(all_[read_].message));
        return lines;
    }

    // The same with their times: "500 200 INVITE".
    std::vector<std::string> sent_at()
    {
        std::vector<std::string> lines;
        for (; read_ < all_.size(); ++read_)
            lines.push_back(std::to_string(all_[read_].at_ms) + ' ' + summary(all_[read_].message));
        return lines;
    }

    static std::string summary(const Message& message)
    {
        if (const auto* request = std::get_if<Request>(&message))
            return request->method;
        const auto& response = std::get<Response>(message);
        const std::string& cseq = *response.headers.find("CSeq"); // May be a bad one, repeated from the request.
        return std::to_string(response.status) + cseq.substr(std::min(cseq.find(' '), cseq.size()));
    }

    [[nodiscard]] const Sent& last() const { return all_.back(); }
    [[nodiscard]] const Response& last_response() const { return std::get<Response>(all_.back().message); }
    [[nodiscard]] const Request& last_request() const { return std::get<Request>(all_.back().message); }
    [[nodiscard]] std::string last_to_tag() const
    {
        return parse_name_addr(*last_response().headers.find("To"))->tag();
    }

    // News for the user of the endpoint since the last call, as short words.
    std::vector<std::string> news() { return std::exchange(news_, {}); }

    [[nodiscard]] SipEndpoint& endpoint() { return endpoint_; }
    [[nodiscard]] Instant now() const { return now_; }

    LegId leg;                         // The last one that was offered.
    std::optional<LegOffered> offered; // Likewise.
    std::optional<sdp::AgreedMedia> agreed;
    bool is_early = false; // As it was told with that.
    std::optional<LegEnded> ended;

private:
    void take(Commands& out)
    {
        for (Command& command : out)
            std::visit([&](auto& one) { note(one); }, command);
    }
    void note(SendMessage& datagram)
    {
        auto message = parse_message(datagram.bytes);
        ASSERT_TRUE(message) << datagram.bytes;
        all_.push_back({ to_milliseconds(now_ - origin), std::move(*message), datagram.bytes, datagram.destination });
    }
    void note(LegOffered& one)
    {
        leg = one.incoming.leg;
        offered = one;
        news_.push_back("offered " + one.incoming.from + '>' + one.incoming.to);
    }
    void note(LocateTarget& one) { news_.push_back("locate " + one.uri); }
    void note(LocateTrunk& one) { news_.push_back("locate " + one.trunk + ' ' + one.uri); }
    void note(RegistrationChanged& one)
    {
        news_.push_back(one.status.trunk + ' ' + std::string(to_string(one.status.state)));
    }
    void note(LegRinging&) { news_.emplace_back("ringing"); }
    void note(LegAnswered&) { news_.emplace_back("answered"); }
    void note(MediaAgreed& one)
    {
        agreed = one.media;
        is_early = one.is_early;
        news_.emplace_back("media");
    }
    void note(LegHeld&) { news_.emplace_back("held"); }
    void note(LegResumed&) { news_.emplace_back("resumed"); }
    void note(LegDigit& one) { news_.push_back(std::string("digit ") + one.key); }
    void note(LegReferred& one)
    {
        news_.push_back("referred " + one.to + (one.replaces.empty() ? "" : " replaces " + one.replaces)
            + (one.referred_by.empty() ? "" : " by " + one.referred_by));
    }
    void note(OfferRefused& one) { news_.push_back("refused " + std::to_string(one.status)); }
    void note(LegEnded& one)
    {
        ended = one;
        static constexpr std::string_view words[]
            = { "hangup", "cancel", "busy", "no_answer", "decline", "error", "not_found" };
        news_.push_back("ended " + std::string(words[static_cast<std::size_t>(one.reason)]));
    }

    SipEndpoint endpoint_;
    Instant now_ = origin;
    std::vector<Sent> all_;
    std::size_t read_ = 0;
    std::vector<std::string> news_;
};

using Words = std::vector<std::string>;

} // namespace parley::sip
