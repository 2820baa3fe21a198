#include "media/srtp_session.h"

#include "base/random_bytes.h"
#include "rtp/byte_order.h"

#include <srtp2/srtp.h>

#include <algorithm>
#include <string>

namespace parley::media {

namespace {

constexpr unsigned long replay_window = 1'024; // Packets: 20 s of sound, more than any network delays.
constexpr std::size_t rtp_ssrc_at = 8;
constexpr std::size_t rtcp_ssrc_at = 4;

bool library_is_ready()
{
    static const bool ready = srtp_init() == srtp_err_status_ok; // Once in a process; never shut down.
    return ready;
}

srtp_profile_t profile_of(sdp::CryptoSuite suite)
{
    switch (suite) {
    case sdp::CryptoSuite::aead_aes_256_gcm: return srtp_profile_aead_aes_256_gcm;
    case sdp::CryptoSuite::aead_aes_128_gcm: return srtp_profile_aead_aes_128_gcm;
    case sdp::CryptoSuite::aes_cm_128_hmac_sha1_80: return srtp_profile_aes128_cm_sha1_80;
    case sdp::CryptoSuite::aes_cm_128_hmac_sha1_32: break;
    }
    return srtp_profile_aes128_cm_sha1_32;
}

Error failed(const char* what, srtp_err_status_t status)
{
    return Error { ErrorKind::unavailable, std::string("SRTP: ") + what + ": status " + std::to_string(status) };
}

} // namespace

class SrtpSession::Context {
public:
    static Result<std::unique_ptr<Context>> create(Way way, const sdp::Crypto& crypto)
    {
        if (!library_is_ready())
            return Error { ErrorKind::unavailable, "SRTP: the library does not start" };
        auto context = std::unique_ptr<Context>(new Context(way, crypto));
        srtp_policy_t policy {};
        const auto profile = profile_of(crypto.suite);
        // RFC 4568 6.2.2: the short tag is for RTP alone; this function knows.
        if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) != srtp_err_status_ok
            || srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) != srtp_err_status_ok)
            return Error { ErrorKind::unavailable, "SRTP: the library does not have the suite" };
        policy.ssrc.type = way == Way::out ? ssrc_any_outbound : ssrc_any_inbound;
        policy.key = reinterpret_cast<unsigned char*>(context->crypto_.bytes.data());
        policy.window_size = replay_window;
        policy.allow_repeat_tx = 0;
        if (const auto status = srtp_create(&context->srtp_, &policy); status != srtp_err_status_ok)
            return failed("no session", status);
        return context;
    }
    ~Context()
    {
        if (srtp_ != nullptr)
            srtp_dealloc(srtp_); // Wipes what was derived.
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    [[nodiscard]] bool is(Way way, const sdp::Crypto& crypto) const { return way_ == way && crypto_ == crypto; }
    [[nodiscard]] Way way() const { return way_; }
    [[nodiscard]] sdp::CryptoSuite suite() const { return crypto_.suite; }
    [[nodiscard]] srtp_t library() const { return srtp_; }

    // Each source costs memory: a peer that invents them is not followed.
    [[nodiscard]] bool has_room_for(std::uint32_t ssrc) const
    {
        return sources_.size() < max_sources || std::ranges::find(sources_, ssrc) != sources_.end();
    }
    void saw(std::uint32_t ssrc)
    {
        if (std::ranges::find(sources_, ssrc) == sources_.end())
            sources_.push_back(ssrc);
    }

private:
    Context(Way way, const sdp::Crypto& crypto)
        : way_(way)
        , crypto_(crypto)
    {
    }

    Way way_;
    sdp::Crypto crypto_;
    srtp_t srtp_ = nullptr;
    std::vector<std::uint32_t> sources_;
};

SrtpSession::SrtpSession() = default;
SrtpSession::~SrtpSession() = default;

std::vector<sdp::CryptoSuite> SrtpSession::suites()
{
    static const auto found = [] {
        std::vector<sdp::CryptoSuite> usable;
        for (const auto suite : sdp::all_crypto_suites)
            if (Context::create(Way::out, { suite }))
                usable.push_back(suite);
        return usable;
    }();
    return found;
}

std::vector<sdp::Crypto> SrtpSession::make_keys()
{
    std::vector<sdp::Crypto> keys;
    for (const auto suite : suites()) {
        sdp::Crypto crypto { suite };
        fill_with_random_bytes(std::span(crypto.bytes).first(sdp::key_bytes(suite)));
        keys.push_back(crypto);
    }
    return keys;
}

Result<SrtpSession::Context*> SrtpSession::find_or_make(Way way, const sdp::Crypto& crypto)
{
    for (const auto& context : contexts_)
        if (context->is(way, crypto))
            return context.get();
    if (contexts_.size() >= max_keys)
        forget_old_key();
    auto made = Context::create(way, crypto);
    if (!made)
        return std::move(made.error());
    contexts_.push_back(std::move(*made));
    return contexts_.back().get();
}

// Ours are as few as there are suites, and must not begin anew.
void SrtpSession::forget_old_key()
{
    const auto oldest = std::ranges::find_if(
        contexts_, [this](const auto& each) { return each->way() == Way::in && each.get() != in_; });
    if (oldest != contexts_.end())
        contexts_.erase(oldest);
}

Result<void> SrtpSession::agree(const std::optional<sdp::SrtpKeys>& keys)
{
    mode_ = Mode::plain;
    if (!keys)
        return {};
    mode_ = Mode::shut;
    const auto out = find_or_make(Way::out, keys->send);
    if (!out)
        return out.error();
    const auto in = find_or_make(Way::in, keys->receive);
    if (!in)
        return in.error();
    out_ = *out;
    in_ = *in;
    mode_ = Mode::protects;
    return {};
}

std::optional<sdp::CryptoSuite> SrtpSession::suite() const
{
    return mode_ == Mode::protects ? std::optional(out_->suite()) : std::nullopt;
}

// The library works in place, and packets are others' memory.
template <typename Work>
std::span<const std::byte> SrtpSession::run(Context* context, std::span<const std::byte> packet, Work work)
{
    switch (mode_) {
    case Mode::plain: return packet;
    case Mode::shut: return {};
    case Mode::protects: break;
    }
    if (packet.empty() || packet.size() > max_packet_bytes)
        return {};
    std::ranges::copy(packet, buffer_.begin());
    int size = static_cast<int>(packet.size());
    if (!work(*context, size))
        return {};
    return std::span(buffer_).first(static_cast<std::size_t>(size));
}

std::span<const std::byte> SrtpSession::protect(std::span<const std::byte> rtp)
{
    return run(out_, rtp, [this](Context& context, int& size) {
        const bool done = srtp_protect(context.library(), buffer_.data(), &size) == srtp_err_status_ok;
        counters_.unprotected += done ? 0 : 1;
        return done;
    });
}

std::span<const std::byte> SrtpSession::protect_report(std::span<const std::byte> rtcp)
{
    return run(out_, rtcp, [this](Context& context, int& size) {
        const bool done = srtp_protect_rtcp(context.library(), buffer_.data(), &size) == srtp_err_status_ok;
        counters_.unprotected += done ? 0 : 1;
        return done;
    });
}

namespace {

// Opens the packet in `buffer` and counts why not.
template <typename Context, typename Unprotect> bool open_with(Context& context, std::span<std::byte> buffer, int& size,
    std::size_t ssrc_at, Unprotect unprotect, SrtpSession::Counters& counters)
{
    const auto length = static_cast<std::size_t>(size);
    const std::uint32_t ssrc = length >= ssrc_at + 4 ? read_u32(buffer, ssrc_at) : 0;
    if (!context.has_room_for(ssrc)) {
        ++counters.unauthentic;
        return false;
    }
    switch (unprotect(context.library(), buffer.data(), &size)) {
    case srtp_err_status_ok: context.saw(ssrc); return true;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old: ++counters.replayed; return false;
    default: ++counters.unauthentic; return false; // The library has thirty reasons.
    }
}

} // namespace

std::span<const std::byte> SrtpSession::open(std::span<const std::byte> srtp)
{
    return run(in_, srtp, [this](Context& context, int& size) {
        return open_with(context, buffer_, size, rtp_ssrc_at, srtp_unprotect, counters_);
    });
}

std::span<const std::byte> SrtpSession::open_report(std::span<const std::byte> srtcp)
{
    return run(in_, srtcp, [this](Context& context, int& size) {
        return open_with(context, buffer_, size, rtcp_ssrc_at, srtp_unprotect_rtcp, counters_);
    });
}

} // namespace parley::media
