#include "providers/speech_protocol.h"

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

static_assert(std::endian::native == std::endian::little, "the pipe's numbers are little endian");

namespace parley::speech {
namespace {

// Fields are written and read by the same list per message (`fields` below), so that the two cannot differ.
class Writer {
public:
    template <typename T>
    requires std::is_arithmetic_v<T>
    void field(const T& value)
    {
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);
        out_.insert(out_.end(), bytes, bytes + sizeof value);
    }
    void field(const std::string& text)
    {
        field(static_cast<std::uint32_t>(text.size()));
        const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
        out_.insert(out_.end(), bytes, bytes + text.size());
    }
    void field(const Duration& time) { field(static_cast<std::uint32_t>(to_milliseconds(time))); }
    void field(const TimedWord& word)
    {
        field(word.word);
        field(word.start);
        field(word.end);
    }
    void field(const HeardWord& word)
    {
        field(word.timed);
        field(word.confidence);
    }
    void field(const Hypothesis& hypothesis)
    {
        field(hypothesis.confidence);
        field(hypothesis.words);
    }
    void field(const std::vector<std::int16_t>& samples)
    {
        const auto* bytes = reinterpret_cast<const std::byte*>(samples.data());
        out_.insert(out_.end(), bytes, bytes + samples.size() * sizeof(std::int16_t));
    }
    template <typename T> void field(const std::vector<T>& list)
    {
        field(static_cast<std::uint32_t>(list.size()));
        for (const auto& element : list)
            field(element);
    }

    Bytes take() { return std::move(out_); }

private:
    Bytes out_;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> in)
        : in_(in)
    {
    }

    template <typename T>
    requires std::is_arithmetic_v<T>
    void field(T& value)
    {
        if (in_.size() < sizeof value) {
            fail();
            return;
        }
        std::memcpy(&value, in_.data(), sizeof value);
        in_ = in_.subspan(sizeof value);
    }
    void field(std::string& text)
    {
        std::uint32_t size = 0;
        field(size);
        if (in_.size() < size) {
            fail();
            return;
        }
        text.assign(reinterpret_cast<const char*>(in_.data()), size);
        in_ = in_.subspan(size);
    }
    void field(Duration& time)
    {
        std::uint32_t milliseconds = 0;
        field(milliseconds);
        time = std::chrono::milliseconds(milliseconds);
    }
    void field(TimedWord& word)
    {
        field(word.word);
        field(word.start);
        field(word.end);
    }
    void field(HeardWord& word)
    {
        field(word.timed);
        field(word.confidence);
    }
    void field(Hypothesis& hypothesis)
    {
        field(hypothesis.confidence);
        field(hypothesis.words);
    }
    void field(std::vector<std::int16_t>& samples)
    {
        samples.resize(in_.size() / sizeof(std::int16_t));
        if (!samples.empty())
            std::memcpy(samples.data(), in_.data(), samples.size() * sizeof(std::int16_t));
        in_ = in_.subspan(samples.size() * sizeof(std::int16_t));
    }
    template <typename T> void field(std::vector<T>& list)
    {
        std::uint32_t size = 0;
        field(size);
        for (std::uint32_t i = 0; i < size && good_; ++i) {
            list.emplace_back();
            field(list.back());
        }
    }

    [[nodiscard]] bool whole() const { return good_ && in_.empty(); }

private:
    void fail()
    {
        good_ = false;
        in_ = {};
    }

    std::span<const std::byte> in_;
    bool good_ = true;
};

template <typename Stream, typename T> void fields(Stream& stream, T& message)
{
    using Message = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Message, ListenBegin>) {
        stream.field(message.speaker);
        stream.field(message.sample_rate);
        stream.field(message.hints);
    } else if constexpr (std::is_same_v<Message, SpeakText>) {
        stream.field(message.sample_rate);
        stream.field(message.voice);
        stream.field(message.text);
    } else if constexpr (
        std::is_same_v<Message,
            ListenAudio> || std::is_same_v<Message, SpokenAudio> || std::is_same_v<Message, ListenedTo>) {
        stream.field(message.samples);
    } else if constexpr (std::is_same_v<Message, HeardSoFar>) {
        stream.field(message.text);
    } else if constexpr (std::is_same_v<Message, HeardFinal>) {
        stream.field(message.hypothesis);
    } else if constexpr (std::is_same_v<Message, HintsRefused>) {
        stream.field(message.hints);
    } else if constexpr (std::is_same_v<Message, SpokenWords>) {
        stream.field(message.words);
    } else if constexpr (std::is_same_v<Message, SpokenFailed>) {
        stream.field(message.what);
    } else {
        static_assert(std::is_empty_v<Message>);
    }
}

template <typename Variant> Bytes encode_any(std::uint8_t lane, std::uint32_t job, const Variant& message)
{
    Writer writer;
    writer.field(lane);
    writer.field(static_cast<std::uint8_t>(message.index()));
    writer.field(job);
    std::visit([&](const auto& m) { fields(writer, m); }, message);
    return writer.take();
}

// The alternative of that number, default-made.
template <typename Variant, std::size_t... I> bool choose(std::size_t index, Variant& out, std::index_sequence<I...>)
{
    return ((index == I ? (out.template emplace<I>(), true) : false) || ...);
}

template <typename Variant>
Result<void> decode_any(std::span<const std::byte> frame, std::uint8_t& lane, std::uint32_t& job, Variant& message)
{
    Reader reader(frame);
    std::uint8_t kind = 0;
    reader.field(lane);
    reader.field(kind);
    reader.field(job);
    if (!choose(kind, message, std::make_index_sequence<std::variant_size_v<Variant>>()))
        return Error { ErrorKind::invalid_request, "kind: " + std::to_string(kind) + " is not known" };
    std::visit([&](auto& m) { fields(reader, m); }, message);
    if (!reader.whole())
        return Error { ErrorKind::invalid_request, "frame: wrong length for kind " + std::to_string(kind) };
    return {};
}

} // namespace

Bytes encode(const LaneRequest& message)
{
    return encode_any(message.lane, message.job, message.request);
}

Bytes encode(const LaneAnswer& message)
{
    return encode_any(message.lane, message.job, message.answer);
}

Result<LaneRequest> decode_request(std::span<const std::byte> frame)
{
    LaneRequest message;
    auto decoded = decode_any(frame, message.lane, message.job, message.request);
    if (!decoded)
        return decoded.error();
    return message;
}

Result<LaneAnswer> decode_answer(std::span<const std::byte> frame)
{
    LaneAnswer message;
    auto decoded = decode_any(frame, message.lane, message.job, message.answer);
    if (!decoded)
        return decoded.error();
    return message;
}

} // namespace parley::speech
