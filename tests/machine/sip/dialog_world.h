#pragma once

#include "machine/sip/sip_world.h"

#include <string>
#include <utility>

// A world whose endpoint is in a dialog with its peer already: one answered leg of either role.
namespace parley::sip {

inline SipEndpointSettings without_session_timer()
{
    SipEndpointSettings settings { here };
    settings.session_interval = {};
    return settings;
}

// What the peer answers to a request of ours.
inline std::string reply(const Request& request, std::uint16_t status, const std::string& tag = "theirs",
    const std::string& body = "", const std::string& more = "")
{
    std::string text = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
    for (const Header& header : request.headers.fields()) {
        if (header.name == "Via" || header.name == "From" || header.name == "Call-ID" || header.name == "CSeq")
            text += header.name + ": " + header.value + "\r\n";
        const bool tagged = header.value.find(";tag=") != std::string::npos;
        if (header.name == "To")
            text += "To: " + header.value + (tag.empty() || tagged ? "" : ";tag=" + tag) + "\r\n";
    }
    text += "Contact: <sip:bob@198.51.100.7:5080>\r\n" + more;
    if (!body.empty())
        text += "Content-Type: application/sdp\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

enum class Way : std::uint8_t { incoming, outgoing };

class DialogWorld : public World {
public:
    explicit DialogWorld(
        Way role = Way::incoming, SipEndpointSettings settings = without_session_timer(), const std::string& more = "")
        : World(std::move(settings))
    {
        if (role == Way::incoming)
            accept(more);
        else
            dial(more);
        (void)sent();
        (void)news();
    }

    // A request of the peer within the dialog.
    [[nodiscard]] PeerRequest theirs(std::string method, std::string body = "")
    {
        PeerRequest request;
        request.method = std::move(method);
        request.body = std::move(body);
        request.from_tag = "theirs";
        request.to_tag = our_tag_;
        request.call_id = call_id_;
        request.cseq = ++cseq_;
        request.branch = "z9hG4bK-in-" + std::to_string(cseq_);
        return request;
    }
    // The ACK of the last INVITE that `theirs` made.
    [[nodiscard]] PeerRequest ack(std::string body = "")
    {
        PeerRequest request = theirs("ACK", std::move(body));
        request.cseq = --cseq_;
        request.branch += "-ack";
        return request;
    }
    // Answers our last request with 200.
    World& accept_last(const std::string& body = "", const std::string& more = "")
    {
        return receive(reply(last_request(), 200, "theirs", body, more));
    }

private:
    void accept(const std::string& more)
    {
        PeerRequest invite;
        invite.body = offer_text();
        invite.more = more;
        receive(invite);
        event(RingLeg { leg }).event(AnswerSipLeg { leg, local_media() });
        our_tag_ = last_to_tag();
        call_id_ = invite.call_id;
        cseq_ = 1;
        receive(ack());
    }
    void dial(const std::string& more)
    {
        leg = LegId { "ours" };
        event(DialSipLeg { DialLeg { leg, "agent", "bob", "" }, { there }, local_media() });
        const Request invite = last_request();
        our_tag_ = parse_name_addr(*invite.headers.find("From"))->tag();
        call_id_ = *invite.headers.find("Call-ID");
        receive(reply(invite, 200, "theirs", offer_text(), more));
    }

    std::string our_tag_;
    std::string call_id_;
    std::uint32_t cseq_ = 0;
};

inline std::string hold_text()
{
    return offer_text("0 101", "a=sendonly\r\n");
}

inline std::string field(const Headers& headers, std::string_view name)
{
    const std::string* value = headers.find(name);
    return value != nullptr ? *value : "";
}

} // namespace parley::sip
