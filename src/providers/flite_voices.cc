#include "providers/flite_voices.h"

#include "audio/resampler.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <memory>

#include <flite/flite.h>

extern "C" {
cst_voice* register_cmu_us_slt(const char* directory);
cst_voice* register_cmu_us_rms(const char* directory);
cst_voice* register_cmu_us_awb(const char* directory);
cst_voice* register_cmu_us_kal16(const char* directory);
cst_voice* register_cmu_us_kal(const char* directory);
cst_lexicon* cmu_lex_init();
}

namespace parley {
namespace {

// Flite speaks a text as one piece; a sentence is far shorter.
constexpr std::size_t max_text_bytes = 8'000;

struct VoiceRow {
    std::string_view name;
    cst_voice* (*load)(const char*);
    cst_voice* loaded = nullptr;
};

std::array<VoiceRow, 5>& voices()
{
    static std::array<VoiceRow, 5> table { {
        { "slt", register_cmu_us_slt },
        { "rms", register_cmu_us_rms },
        { "awb", register_cmu_us_awb },
        { "kal16", register_cmu_us_kal16 }, // Before "kal", which it contains.
        { "kal", register_cmu_us_kal },
    } };
    return table;
}

cst_voice* find_voice(std::string_view name)
{
    static const int initialised = flite_init();
    static_cast<void>(initialised);
    for (auto& row : voices()) {
        if (row.name != name)
            continue;
        if (row.loaded == nullptr)
            row.loaded = row.load(nullptr);
        return row.loaded;
    }
    return nullptr;
}

// What flite can read: ASCII. The typographic characters that models like become their plain forms.
std::string plain_text(std::string_view text)
{
    struct Row {
        std::string_view from;
        std::string_view to;
    };
    static constexpr Row table[] = { { "\u2019", "'" }, { "\u2018", "'" }, { "\u201c", "" }, { "\u201d", "" },
        { "\u2013", ", " }, { "\u2014", ", " }, { "\u2026", "." }, { "\u00a0", " " }, { "\u20ac", " euros " },
        { "\u00a3", " pounds " }, { "\u00e9", "e" }, { "\u00e8", "e" }, { "\u00ea", "e" }, { "\u00e1", "a" },
        { "\u00e0", "a" }, { "\u00e4", "a" }, { "\u00f6", "o" }, { "\u00f3", "o" }, { "\u00fc", "u" },
        { "\u00ed", "i" }, { "\u00f1", "n" }, { "\u00e7", "c" }, { "\u00df", "ss" } };
    std::string plain;
    while (!text.empty()) {
        const auto c = static_cast<unsigned char>(text.front());
        const auto* row = std::find_if(
            std::begin(table), std::end(table), [&](const Row& r) { return c >= 0x80 && text.starts_with(r.from); });
        if (row != std::end(table)) {
            plain += row->to;
            text.remove_prefix(row->from.size());
            continue;
        }
        // The tail bytes of an unknown character vanish with it.
        if (c < 0x80)
            plain += c < 0x20 || c == 0x7f ? ' ' : static_cast<char>(c);
        else if (c >= 0xc0)
            plain += ' ';
        text.remove_prefix(1);
    }
    return plain;
}

std::vector<std::string> split_words(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty())
        words.push_back(std::move(word));
    return words;
}

Duration from_seconds(float seconds)
{
    return Duration(static_cast<std::int64_t>(static_cast<double>(seconds) * 1e6));
}

// A token is what stood between spaces; it may be several spoken words ("$10") or none ("-").
std::vector<TimedWord> token_times(const cst_utterance* utterance, const std::vector<std::string>& written)
{
    std::vector<TimedWord> words;
    Duration reached {};
    for (const cst_item* token = relation_head(utt_relation(utterance, "Token")); token != nullptr;
         token = item_next(token)) {
        TimedWord timed { item_feat_string(token, "name"), reached, reached };
        bool first = true;
        for (const cst_item* word = item_daughter(token); word != nullptr; word = item_next(word)) {
            const cst_item* syllables = item_as(word, "SylStructure");
            if (syllables == nullptr || item_daughter(syllables) == nullptr)
                continue;
            const auto end
                = from_seconds(flite_ffeature_float(word, "R:SylStructure.daughtern.daughtern.R:Segment.end"));
            if (first)
                timed.start
                    = from_seconds(flite_ffeature_float(word, "R:SylStructure.daughter1.daughter1.R:Segment.p.end"));
            first = false;
            timed.end = std::max(end, timed.start);
        }
        reached = timed.end;
        words.push_back(std::move(timed));
    }
    if (words.size() == written.size()) {
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i].word = written[i];
    }
    return words;
}

struct Speaking {
    const VoiceWords* on_words;
    const VoicePiece* on_piece;
    const std::vector<std::string>* written;
    bool words_told = false;
    bool stopped = false;
};

int on_chunk(const cst_wave* wave, int start, int size, int /*last*/, cst_audio_streaming_info* info)
{
    auto& speaking = *static_cast<Speaking*>(info->userdata);
    if (!speaking.words_told) {
        speaking.words_told = true;
        if (info->utt != nullptr && *speaking.on_words)
            (*speaking.on_words)(token_times(info->utt, *speaking.written));
    }
    AudioFrame piece { wave->sample_rate, {} };
    piece.samples.assign(wave->samples + start, wave->samples + start + size);
    if (!piece.samples.empty() && !(*speaking.on_piece)(piece)) {
        speaking.stopped = true;
        return CST_AUDIO_STREAM_STOP;
    }
    return CST_AUDIO_STREAM_CONT;
}

struct DeleteUtterance {
    void operator()(cst_utterance* utterance) const { delete_utterance(utterance); }
};

} // namespace

std::string_view known_voice(std::string_view name)
{
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const auto& row : voices()) {
        if (lower.find(row.name) != std::string::npos)
            return row.name;
    }
    if (lower.find("female") != std::string::npos)
        return "slt";
    if (lower.find("male") != std::string::npos)
        return "rms";
    return "";
}

Result<void> speak(
    const std::string& text, std::string_view voice, const VoiceWords& on_words, const VoicePiece& on_piece)
{
    if (text.size() > max_text_bytes)
        return Error { ErrorKind::limit_reached, "text: longer than " + std::to_string(max_text_bytes) + " bytes" };
    cst_voice* loaded = find_voice(voice);
    if (loaded == nullptr)
        return Error { ErrorKind::invalid_request, "voice: \"" + std::string(voice) + "\" is not known" };
    const std::string plain = plain_text(text);
    const auto written = split_words(plain);
    // Flite answers a text without any letter or digit with an utterance it never finishes.
    if (std::none_of(plain.begin(), plain.end(), [](unsigned char c) { return std::isalnum(c); }))
        return {};

    Speaking speaking { &on_words, &on_piece, &written };
    cst_audio_streaming_info* info = new_audio_streaming_info();
    info->min_buffsize = 800; // 50 ms at 16 kHz: small enough to start early, large enough to be cheap.
    info->asc = on_chunk;
    info->userdata = &speaking;
    feat_set(loaded->features, "streaming_info", audio_streaming_info_val(info)); // Owned by the voice from now on.
    const std::unique_ptr<cst_utterance, DeleteUtterance> spoken(flite_synth_text(plain.c_str(), loaded));
    feat_remove(loaded->features, "streaming_info");
    if (spoken == nullptr)
        return Error { ErrorKind::unavailable, "voice: flite could not speak the text" };
    // Voices made of recorded pieces ignore streaming; what they made is one chunk.
    if (!speaking.words_told && !speaking.stopped) {
        const cst_wave* wave = utt_wave(spoken.get());
        if (on_words)
            on_words(token_times(spoken.get(), written));
        AudioFrame whole { wave->sample_rate, {} };
        whole.samples.assign(wave->samples, wave->samples + wave->num_samples);
        on_piece(whole);
    }
    return {};
}

Result<AudioFrame> synthesize(const std::string& text, std::string_view voice, int sample_rate)
{
    const auto known = known_voice(voice);
    AudioFrame native { sample_rate, {} };
    auto spoken = speak(text, known.empty() ? default_voice : known, {}, [&](const AudioFrame& piece) {
        native.sample_rate = piece.sample_rate;
        native.samples.insert(native.samples.end(), piece.samples.begin(), piece.samples.end());
        return true;
    });
    if (!spoken)
        return spoken.error();
    if (native.sample_rate == sample_rate)
        return native;
    auto resampler = Resampler::create(native.sample_rate, sample_rate);
    if (!resampler)
        return resampler.error();
    AudioFrame out { sample_rate, {} };
    resampler->push(native.samples, out.samples);
    resampler->flush(out.samples);
    return out;
}

std::vector<std::string> phones_of(const std::string& word)
{
    if (std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::isalpha(c); }))
        return {};
    static cst_lexicon* const lexicon = cmu_lex_init();
    cst_val* found = lex_lookup(lexicon, word.c_str(), nullptr, nullptr);
    std::vector<std::string> phones;
    for (const cst_val* entry = found; entry != nullptr; entry = val_cdr(entry)) {
        std::string phone;
        for (const char c : std::string_view(val_string(val_car(entry)))) {
            if (std::isalpha(static_cast<unsigned char>(c))) // Digits are the stress, which the recogniser ignores.
                phone += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
        if (phone == "AX")
            phone = "AH";
        if (!phone.empty() && phone != "PAU")
            phones.push_back(std::move(phone));
    }
    if (found != nullptr)
        delete_val(found);
    return phones;
}

} // namespace parley
