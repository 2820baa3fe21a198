#include "net/address.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/stun.h"
#include "net/udp_socket.h"
#include "server/doctor.h"

#include <future>
#include <memory>
#include <random>

namespace parley {

namespace {

using Verdict = Finding::Verdict;

constexpr Duration provider_patience = 10s;
constexpr Duration stun_patience = 3s; // A request may be lost: it is sent again meanwhile.
constexpr Duration stun_again = 500ms;

// Sends the request and waits for its answer. Blocks.
Result<HttpResponse> fetch(HttpClientRequest request)
{
    LoopThread thread("doctor");
    std::promise<Result<HttpResponse>> answered;
    std::unique_ptr<HttpClient> client;
    HttpExchange exchange;
    thread.call([&] {
        client = std::make_unique<HttpClient>(thread.loop());
        HttpClientCallbacks callbacks;
        callbacks.on_done = [&](Result<HttpResponse> response) { answered.set_value(std::move(response)); };
        exchange = client->start(std::move(request), std::move(callbacks), thread.loop());
    });
    auto response = answered.get_future().get(); // The request has a time limit.
    thread.call([&] {
        exchange = {};
        client.reset();
    });
    return response;
}

Finding judge(const std::string& key, const std::string& url, const Result<HttpResponse>& response)
{
    if (!response)
        return { Verdict::problem, key, url + ": " + response.error().what };
    const std::string status = "answered " + std::to_string(response->status);
    if (response->status == 401 || response->status == 403)
        return { Verdict::problem, key, url + " " + status + ": the key is not accepted" };
    if (response->status >= 500)
        return { Verdict::problem, key, url + " " + status };
    if (response->status >= 300) // It is there; not every server lists its models.
        return { Verdict::notice, key, url + " " + status + ": reachable, the key was not tried" };
    return { Verdict::fine, key, url + " answers and takes the key" };
}

class StunQuestion {
public:
    // On the loop's thread. `told` once.
    StunQuestion(EventLoop& loop, SocketAddress server, std::function<void(Result<SocketAddress>)> told)
        : server_(std::move(server))
        , told_(std::move(told))
        , again_(loop)
        , give_up_(now() + stun_patience)
    {
        std::random_device random;
        for (std::byte& byte : transaction_)
            byte = static_cast<std::byte>(random());
        const bool v6 = is_ipv6(server_.ip);
        auto socket = UdpSocket::bind(loop, { v6 ? "::" : "0.0.0.0", 0 },
            [this](std::span<const std::byte> bytes, const SocketAddress& source, Instant) {
                if (source != server_)
                    return;
                if (auto seen = stun::read_binding_response(bytes, transaction_))
                    tell(std::move(seen));
            });
        if (socket) {
            socket_ = std::move(*socket);
            ask();
        } else {
            tell(socket.error());
        }
    }

private:
    void ask()
    {
        if (now() >= give_up_)
            return tell(Error { ErrorKind::timed_out, "no answer" });
        if (auto sent = socket_->send_to(stun::binding_request(transaction_), server_); !sent)
            return tell(sent.error());
        again_.set(now() + stun_again, [this] { ask(); });
    }

    void tell(Result<SocketAddress> seen)
    {
        again_.cancel();
        if (told_)
            std::exchange(told_, nullptr)(std::move(seen));
    }

    SocketAddress server_;
    std::function<void(Result<SocketAddress>)> told_;
    Timer again_;
    Instant give_up_;
    stun::TransactionId transaction_ {};
    std::unique_ptr<UdpSocket> socket_;
};

Result<SocketAddress> ask_stun(const SocketAddress& server)
{
    LoopThread thread("doctor");
    std::promise<Result<SocketAddress>> told;
    std::unique_ptr<StunQuestion> question;
    thread.call([&] {
        question = std::make_unique<StunQuestion>(
            thread.loop(), server, [&](Result<SocketAddress> seen) { told.set_value(std::move(seen)); });
    });
    auto seen = told.get_future().get();
    thread.call([&] { question.reset(); });
    return seen;
}

} // namespace

void examine_providers(const Configuration& configuration, Findings& out)
{
    const ModelConfiguration& model = configuration.model;
    if (model.provider == ModelConfiguration::Provider::offline)
        return out.push_back(
            { Verdict::notice, "model.provider", "is the offline model: rules, for demonstrations and tests" });
    HttpClientRequest request;
    if (model.provider == ModelConfiguration::Provider::bedrock) // Has nothing that is asked without paying for it.
        request.url
            = model.base_url.empty() ? "https://bedrock-runtime." + model.region + ".amazonaws.com" : model.base_url;
    else
        request.url = model.base_url + "/models";
    if (!model.api_key.empty())
        request.headers.add("Authorization", "Bearer " + model.api_key);
    request.policy = OutboundPolicy::unrestricted();
    request.total_timeout = provider_patience;
    const std::string url = request.url;
    if (model.provider == ModelConfiguration::Provider::bedrock) {
        const auto response = fetch(std::move(request));
        out.push_back(response
                ? Finding { Verdict::notice, "model.region", url + " answers: reachable, the keys were not tried" }
                : Finding { Verdict::problem, "model.region", url + ": " + response.error().what });
        return;
    }
    out.push_back(judge("model.base_url", url, fetch(std::move(request))));
}

void examine_nat(const Configuration& configuration, const std::string& server, Findings& out)
{
    const auto address = parse_socket_address(server);
    if (!address)
        return out.push_back({ Verdict::problem, "--stun", "\"" + server + "\" is no address:port" });
    const auto seen = ask_stun(*address);
    if (!seen)
        return out.push_back({ Verdict::problem, "--stun", server + ": " + seen.error().what });
    const SipConfiguration& sip = configuration.sip;
    const std::string told = sip.public_address.empty() ? sip.listen.ip : sip.public_address;
    if (seen->ip == told)
        out.push_back({ Verdict::fine, "sip.public_address", told + " is where others see this machine" });
    else
        out.push_back({ Verdict::problem, "sip.public_address",
            "others see this machine at " + seen->ip + ", callers are told " + told
                + ": set it, and forward the SIP and RTP ports if there is a NAT" });
}

} // namespace parley
