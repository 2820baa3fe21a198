#include "server/caller.h"

#include "media/media_port.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/udp_socket.h"
#include "server/call_recording.h"
#include "server/caller_script.h"
#include "server/caller_sounds.h"
#include "server/caller_target.h"
#include "server/conversation.h"
#include "sip/sip_endpoint.h"

#include <fstream>
#include <iostream>
#include <iterator>

namespace parley {

namespace caller {

namespace {

constexpr std::uintmax_t max_script_bytes = 1 << 20;
constexpr Duration answer_within = 60s;
constexpr Duration farewell = 3s; // How long we wait for the answer to our BYE.

Result<Script> load_script(const CallerOptions& options)
{
    if (options.script.empty())
        return script_of_sentences(options.say);
    std::ifstream file(options.script, std::ios::binary);
    if (!file)
        return Error { ErrorKind::not_found, options.script + ": cannot be read" };
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.size() > max_script_bytes)
        return Error { ErrorKind::limit_reached, options.script + ": longer than a megabyte" };
    auto script = parse_script(text);
    if (!script)
        return Error { script.error().kind, options.script + ", " + script.error().what };
    return script;
}

// One telephone for one call; everything on one loop.
class Telephone {
public:
    Telephone(const CallerOptions& options, Target target, Script script, std::vector<std::vector<std::int16_t>> sounds)
        : options_(options)
        , target_(std::move(target))
        , sounds_(std::move(sounds))
        , conversation_(std::move(script))
    {
    }

    Result<void> dial();
    int run();

private:
    void sip_datagram(std::span<const std::byte> bytes, const SocketAddress& source, Instant arrival);
    void sip(const sip::Event& event);
    void carry_out_sip(sip::Commands commands);
    void on(sip::SendMessage& command);
    void on(sip::LegOffered& offered);
    void on(LegRinging&);
    template <typename Other> void on(Other&) { } // What else a leg tells changes nothing for a script.
    void on(sip::MediaAgreed& agreed);
    void on(LegAnswered&);
    void on(LegEnded& ended);
    void on(sip::LocateTrunk&) { } // It has no trunks.
    void on(sip::RegistrationChanged&) { }

    void heard(media::MediaEvent event);
    void converse(const Event& event);
    void carry_out(Commands commands);
    void on(const PlaySound& command);
    void on(const SendKeys& command);
    void on(const EndCall&);
    void on(const Tell& command) { tell(command.at, command.event, command.fields); }

    void set_timers();
    void tell(Instant at, const std::string& event, const Json::Object& fields = {});

    const CallerOptions& options_;
    const Target target_;
    const LegId leg_ { "caller" };
    const std::vector<std::vector<std::int16_t>> sounds_;
    const ClockPair clock_ = clock_pair_now();

    EventLoop loop_;
    media::Pacer pacer_ { loop_ };
    Timer sip_timer_ { loop_ };
    Timer conversation_timer_ { loop_ };
    Timer farewell_timer_ { loop_ };
    std::unique_ptr<UdpSocket> socket_;
    std::unique_ptr<media::MediaPort> media_;
    std::optional<sip::SipEndpoint> endpoint_;

    Conversation conversation_;
    std::optional<CallRecording> recording_;
    std::optional<Instant> answered_;
    std::uint64_t utterance_ = 0;
    std::size_t sounding_step_ = 0;
    bool ended_ = false;
    bool hung_up_by_us_ = false;
};

Result<void> Telephone::dial()
{
    std::string ip = options_.bind_ip;
    if (ip.empty()) {
        auto local = local_ip_towards(target_.server);
        if (!local)
            return std::move(local.error());
        ip = *local;
    }
    auto socket = UdpSocket::bind(loop_, { ip, 0 },
        [this](auto bytes, const auto& source, Instant arrival) { sip_datagram(bytes, source, arrival); });
    if (!socket)
        return std::move(socket.error());
    socket_ = std::move(*socket);

    media::MediaPortSettings settings;
    settings.bind_ip = ip;
    auto port = media::MediaPort::open(
        pacer_, settings, Log::none(), [this](media::MediaEvent event) { heard(std::move(event)); });
    if (!port)
        return std::move(port.error());
    media_ = std::move(*port);

    sip::SipEndpointSettings sip_settings;
    sip_settings.local = socket_->local();
    sip_settings.product = "Parley caller";
    sip_settings.limits.max_datagram = sip::max_message_bytes; // It speaks UDP alone.
    endpoint_.emplace(sip_settings, IdSource::random(), Log::none());
    sip(sip::DialSipLeg { DialLeg { leg_, options_.from, target_.uri, options_.from, answer_within },
        { target_.server }, media_->local_media() });
    return {};
}

int Telephone::run()
{
    loop_.run();
    media_.reset();
    if (recording_ && !options_.record.empty()) {
        if (auto written = recording_->write(options_.record); !written) {
            std::cerr << written.error().what << std::endl;
            return 1;
        }
    }
    return answered_ && hung_up_by_us_ && !conversation_.failed() ? 0 : 1;
}

void Telephone::sip_datagram(std::span<const std::byte> bytes, const SocketAddress& source, Instant arrival)
{
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    // After the end only the answer to our BYE is still of interest.
    const bool last = ended_ && text.starts_with("SIP/2.0 ") && text.find(" BYE\r\n") != std::string::npos;
    sip::Commands commands;
    endpoint_->handle(sip::MessageReceived { std::move(text), source }, arrival, commands);
    carry_out_sip(std::move(commands));
    if (last)
        loop_.stop();
}

void Telephone::sip(const sip::Event& event)
{
    sip::Commands commands;
    endpoint_->handle(event, now(), commands);
    carry_out_sip(std::move(commands));
}

void Telephone::carry_out_sip(sip::Commands commands)
{
    for (auto& command : commands)
        std::visit([this](auto& c) { on(c); }, command);
    set_timers();
}

void Telephone::on(sip::SendMessage& command)
{
    // What the kernel does not take is lost as on the wire; SIP sends it again.
    (void)socket_->send_to(std::as_bytes(std::span(command.bytes)), command.destination.address);
}

void Telephone::on(sip::LegOffered& offered)
{
    sip(RejectLeg { offered.incoming.leg, LegEndReason::busy, {} });
}

void Telephone::on(LegRinging&)
{
    tell(now(), "ringing");
}

void Telephone::on(sip::MediaAgreed& agreed)
{
    media_->agree(agreed.media);
}

void Telephone::on(LegAnswered&)
{
    answered_ = now();
    recording_.emplace(*answered_);
    tell(*answered_, "answered");
    converse(Answered {});
}

void Telephone::on(LegEnded& ended)
{
    if (ended_)
        return;
    ended_ = true;
    Json::Object fields;
    fields["by"] = hung_up_by_us_ ? "caller" : "other";
    fields["detail"] = ended.detail;
    fields["script_finished"] = conversation_.finished();
    if (media_) {
        const auto stats = media_->stats();
        fields["packets_sent"] = static_cast<std::int64_t>(stats.packets_sent);
        fields["packets_received"] = static_cast<std::int64_t>(stats.packets_received);
        fields["packets_lost"] = stats.packets_lost;
    }
    tell(now(), "ended", fields);
    media_->close();
    farewell_timer_.set(now() + (hung_up_by_us_ ? farewell : Duration(200ms)), [this] { loop_.stop(); });
}

void Telephone::heard(media::MediaEvent event)
{
    if (!answered_)
        return;
    const Instant at = now();
    if (auto* frame = std::get_if<media::FrameReceived>(&event)) {
        recording_->received(frame->frame, frame->arrived);
        const Duration length = frame->frame.duration();
        converse(AgentFrame { std::move(frame->frame.samples), length, frame->arrived });
    } else if (std::holds_alternative<media::PlayoutStarted>(event)) {
        recording_->sent(sounds_[sounding_step_], at);
        converse(SoundStarted {});
    } else if (std::holds_alternative<media::PlayoutFinished>(event)) {
        converse(SoundEnded {});
    } else if (options_.events) {
        if (const auto* digit = std::get_if<media::DigitReceived>(&event))
            tell(at, "digit", { { "key", std::string(1, digit->digit.key) } });
        else if (const auto* started = std::get_if<media::SpeechStarted>(&event))
            tell(started->at, "speech_started");
        else if (const auto* stopped = std::get_if<media::SpeechStopped>(&event))
            tell(stopped->at, "speech_stopped");
    }
}

void Telephone::converse(const Event& event)
{
    Commands commands;
    conversation_.handle(event, now(), commands);
    carry_out(std::move(commands));
}

void Telephone::carry_out(Commands commands)
{
    for (const auto& command : commands) {
        if (!ended_)
            std::visit([this](const auto& c) { on(c); }, command);
    }
    set_timers();
}

void Telephone::on(const PlaySound& command)
{
    const UtteranceId utterance { ++utterance_ };
    sounding_step_ = command.step;
    media_->play(utterance, { caller_rate, sounds_[command.step] });
    media_->end_of(utterance);
}

void Telephone::on(const SendKeys& command)
{
    std::vector<media::DigitStep> steps;
    for (const char key : command.keys)
        steps.push_back({ key });
    if (!media_->send_digits(steps))
        tell(now(), "digits_not_sent", { { "keys", command.keys } });
}

void Telephone::on(const EndCall&)
{
    hung_up_by_us_ = true;
    sip(HangUpLeg { leg_ });
}

void Telephone::set_timers()
{
    if (const auto due = endpoint_->deadline()) {
        sip_timer_.set(*due, [this] {
            sip::Commands commands;
            endpoint_->handle_timeout(now(), commands);
            carry_out_sip(std::move(commands));
        });
    } else {
        sip_timer_.cancel();
    }
    const auto due = conversation_.deadline();
    if (due && !ended_) {
        conversation_timer_.set(*due, [this] {
            Commands commands;
            conversation_.handle_timeout(now(), commands);
            carry_out(std::move(commands));
        });
    } else {
        conversation_timer_.cancel();
    }
}

void Telephone::tell(Instant at, const std::string& event, const Json::Object& fields)
{
    Json::Object line;
    line["at"] = answered_ ? static_cast<double>((at - *answered_).count() / 1'000) / 1e3 : 0.0;
    line["wall_us"] = clock_.at(at).microseconds;
    line["event"] = event;
    for (const auto& [key, value] : fields)
        line[key] = value;
    std::cout << Json(std::move(line)).dump() << std::endl; // At once: somebody follows.
}

int refuse(const Error& error)
{
    std::cerr << error.what << std::endl;
    return caller_usage_status;
}

} // namespace

} // namespace caller

int run_caller(const CallerOptions& options)
{
    auto target = caller::parse_target(options.uri);
    if (!target)
        return caller::refuse(target.error());
    auto script = caller::load_script(options);
    if (!script)
        return caller::refuse(script.error());
    auto sounds = caller::make_sounds(*script, options.voice);
    if (!sounds)
        return caller::refuse(sounds.error());
    caller::Telephone telephone(options, std::move(*target), std::move(*script), std::move(*sounds));
    if (auto dialled = telephone.dial(); !dialled) {
        std::cerr << dialled.error().what << std::endl;
        return 1;
    }
    return telephone.run();
}

} // namespace parley
