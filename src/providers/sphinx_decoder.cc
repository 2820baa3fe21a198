#include "providers/sphinx_decoder.h"

#include "providers/flite_voices.h"
#include "providers/voicing.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <unistd.h>

#include <sys/mman.h>

#include <pocketsphinx/pocketsphinx.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>
#include <sphinxbase/ngram_model.h>

namespace parley {
namespace {

constexpr Duration decoder_frame = std::chrono::milliseconds(10);
constexpr const char* base_search = "base";
constexpr const char* hint_search = "hints";
constexpr const char* learning_search = "learning";

// How much of the language model the hints are. More of it hears hints where none were said.
constexpr float hint_weight = 0.1F;
constexpr std::size_t max_hint_phrases = 200;
constexpr std::size_t max_hint_words = 8;

// Word posteriors of telephone speech are low even when all is right (0.4 to 0.7 on average); this exponent brings
// correct utterances above the wire's default of 0.6 for "count as said" and leaves noise below it.
constexpr double confidence_exponent = 0.45;
// Words of an utterance that are less likely than this all together are noise that was forced into words.
constexpr double noise_confidence = 0.3;
// The shortest words ("yes", "stop") have about 100 ms of pitch.
constexpr int least_voiced_milliseconds = 60;

struct FreeDecoder {
    void operator()(ps_decoder_t* decoder) const { ps_free(decoder); }
};
struct FreeConfig {
    void operator()(cmd_ln_t* config) const { cmd_ln_free_r(config); }
};
struct FreeModel {
    void operator()(ngram_model_t* model) const { ngram_model_free(model); }
};
using OwnedModel = std::unique_ptr<ngram_model_t, FreeModel>;

// "to(3)" is the third pronunciation of "to".
std::string base_word(std::string_view word)
{
    return std::string(word.substr(0, word.find('(')));
}

// Silence, breath and noise stand in brackets of their own.
bool filler(std::string_view word)
{
    return word.empty() || word.front() == '<' || word.front() == '[' || word.starts_with("++");
}

// Words as the dictionary spells them.
std::vector<std::string> hint_words(std::string_view phrase)
{
    std::vector<std::string> words;
    std::string word;
    const auto flush = [&] {
        while (!word.empty() && word.back() == '\'')
            word.pop_back();
        if (!word.empty())
            words.push_back(std::move(word));
        word.clear();
    };
    for (const char c : phrase) {
        const auto u = static_cast<unsigned char>(c);
        if (std::isalpha(u) || (c == '\'' && !word.empty()))
            word += static_cast<char>(std::tolower(u));
        else
            flush();
    }
    flush();
    return words;
}

// Reads a language model from text; the library only reads files.
OwnedModel read_model(cmd_ln_t* config, logmath_t* logmath, const std::string& arpa)
{
    const int fd = memfd_create("hints", MFD_CLOEXEC);
    if (fd < 0)
        return nullptr;
    const bool written = write(fd, arpa.data(), arpa.size()) == static_cast<ssize_t>(arpa.size());
    OwnedModel model;
    if (written)
        model.reset(ngram_model_read(config, ("/proc/self/fd/" + std::to_string(fd)).c_str(), NGRAM_ARPA, logmath));
    close(fd);
    return model;
}

} // namespace

std::string Hypothesis::text() const
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word.timed.word;
    return text;
}

std::string hint_language_model(const std::vector<std::vector<std::string>>& phrases)
{
    // A phrase starts anywhere (unigram of its first word) and goes on (bigrams); its later words are as likely alone
    // as its first: a caller says "pepperoni" without "large" before it.
    std::vector<std::string> words;
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto add = [](auto& list, const auto& value) {
        if (std::find(list.begin(), list.end(), value) == list.end())
            list.push_back(value);
    };
    for (const auto& phrase : phrases) {
        for (std::size_t i = 0; i < phrase.size(); ++i) {
            add(words, phrase[i]);
            if (i > 0)
                add(pairs, std::pair { phrase[i - 1], phrase[i] });
        }
    }
    std::sort(pairs.begin(), pairs.end());
    const auto followers = [&](const std::string& word) {
        return static_cast<double>(
            std::count_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == word; }));
    };
    const auto line = [](double probability) {
        char text[32];
        std::snprintf(text, sizeof text, "%.4f ", std::log10(probability));
        return std::string(text);
    };
    constexpr double end = 0.1;    // Of the sentence, after any word.
    constexpr double onward = 0.8; // That a phrase goes on.
    std::string arpa = "\\data\\\nngram 1=" + std::to_string(words.size() + 3)
        + "\nngram 2=" + std::to_string(pairs.size() + words.size()) + "\n\n\\1-grams:\n-99 <s> 0\n-99 <UNK> 0\n"
        + line(end) + "</s>\n";
    for (const auto& word : words)
        arpa += line((1 - end) / static_cast<double>(words.size())) + word
            + (followers(word) > 0 ? " " + line(1 - onward) : std::string(" 0")) + "\n";
    arpa += "\n\\2-grams:\n";
    for (const auto& word : words)
        arpa += line((1 - end) / static_cast<double>(words.size())) + "<s> " + word + "\n";
    for (const auto& [first, second] : pairs)
        arpa += line(onward / followers(first)) + first + " " + second + "\n";
    return arpa + "\n\\end\\\n";
}

struct SphinxDecoder::Engine {
    std::unique_ptr<cmd_ln_t, FreeConfig> config;
    std::unique_ptr<ps_decoder_t, FreeDecoder> decoder;
    ngram_model_t* base = nullptr; // The decoder's own.
    std::vector<std::string> hints;
    std::vector<std::string> refused;
    Voicing voicing; // Of the utterance under way.

    [[nodiscard]] cmn_t* mean() const { return ps_get_feat(decoder.get())->cmn_struct; }
};

SphinxDecoder::SphinxDecoder(std::unique_ptr<Engine> engine)
    : engine_(std::move(engine))
{
}

SphinxDecoder::~SphinxDecoder() = default;

Result<std::unique_ptr<SphinxDecoder>> SphinxDecoder::create(const std::string& model_directory)
{
    err_set_logfp(nullptr); // The library writes pages of progress to standard error.
    auto engine = std::make_unique<Engine>();
    const std::string acoustic = model_directory + "/en-us";
    const std::string dictionary = model_directory + "/cmudict-en-us.dict";
    const std::string language = model_directory + "/en-us.lm.bin";
    for (const auto* file : { &dictionary, &language }) {
        if (access(file->c_str(), R_OK) != 0)
            return Error { ErrorKind::unavailable, "speech model: " + *file + " cannot be read" };
    }
    // The caller gates by voice activity, so the library's own removal of silence, which eats quiet first syllables,
    // is off.
    engine->config.reset(cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", acoustic.c_str(), "-dict", dictionary.c_str(),
        "-remove_silence", "no", nullptr));
    if (engine->config == nullptr)
        return Error { ErrorKind::unavailable, "speech model: options were refused" };
    engine->decoder.reset(ps_init(engine->config.get()));
    if (engine->decoder == nullptr)
        return Error { ErrorKind::unavailable, "speech model: " + acoustic + " cannot be loaded" };
    ps_decoder_t* decoder = engine->decoder.get();
    if (ps_set_lm_file(decoder, base_search, language.c_str()) != 0 || ps_set_search(decoder, base_search) != 0)
        return Error { ErrorKind::unavailable, "speech model: " + language + " cannot be loaded" };
    engine->base = ps_get_lm(decoder, base_search);
    return std::unique_ptr<SphinxDecoder>(new SphinxDecoder(std::move(engine)));
}

bool SphinxDecoder::pronounce(const std::string& word)
{
    ps_decoder_t* decoder = engine_->decoder.get();
    if (char* known = ps_lookup_word(decoder, word.c_str()); known != nullptr) {
        free(known);
        return true;
    }
    std::string phones;
    for (const auto& phone : phones_of(word))
        phones += (phones.empty() ? "" : " ") + phone;
    return !phones.empty() && ps_add_word(decoder, word.c_str(), phones.c_str(), FALSE) >= 0;
}

std::vector<std::string> SphinxDecoder::set_hints(const std::vector<std::string>& hints)
{
    if (hints == engine_->hints)
        return engine_->refused;
    engine_->hints = hints;
    engine_->refused.clear();
    ps_decoder_t* decoder = engine_->decoder.get();
    std::vector<std::vector<std::string>> phrases;
    for (const auto& hint : hints) {
        auto words = hint_words(hint);
        const bool usable = !words.empty() && words.size() <= max_hint_words && phrases.size() < max_hint_phrases
            && std::all_of(words.begin(), words.end(), [&](const std::string& word) { return pronounce(word); });
        if (usable)
            phrases.push_back(std::move(words));
        else
            engine_->refused.push_back(hint);
    }
    ps_set_search(decoder, base_search);
    if (phrases.empty())
        return engine_->refused;
    auto model = read_model(engine_->config.get(), ps_get_logmath(decoder), hint_language_model(phrases));
    if (model == nullptr) {
        engine_->refused = hints;
        return engine_->refused;
    }
    ngram_model_t* models[] = { ngram_model_retain(engine_->base), model.release() };
    const char* names[] = { base_search, hint_search };
    const float32 weights[] = { 1 - hint_weight, hint_weight };
    // The set owns both from now on; the decoder takes a reference of its own.
    OwnedModel both(ngram_model_set_init(engine_->config.get(), models, const_cast<char**>(names), weights, 2));
    if (both == nullptr || ps_set_lm(decoder, hint_search, both.get()) != 0 || ps_set_search(decoder, hint_search) != 0)
        engine_->refused = hints;
    return engine_->refused;
}

SphinxDecoder::Channel SphinxDecoder::channel() const
{
    Channel mean(static_cast<std::size_t>(engine_->mean()->veclen));
    cmn_live_get(engine_->mean(), mean.data());
    return mean;
}

void SphinxDecoder::set_channel(const Channel& channel)
{
    VERIFY(channel.size() == static_cast<std::size_t>(engine_->mean()->veclen));
    Channel mean = channel; // The library takes no constant one.
    cmn_live_set(engine_->mean(), mean.data());
}

SphinxDecoder::Channel SphinxDecoder::learn(std::span<const std::int16_t> samples)
{
    ps_decoder_t* decoder = engine_->decoder.get();
    // One key phrase is the cheapest search there is; the spectrum does not depend on it.
    const bool cheap = ps_set_keyphrase(decoder, learning_search, "hello") == 0;
    if (cheap)
        ps_set_search(decoder, learning_search);
    start();
    accept(samples);
    ps_end_utt(decoder);
    auto learned = channel();
    ps_set_search(decoder, base_search);
    if (cheap)
        ps_unset_search(decoder, learning_search);
    return learned;
}

void SphinxDecoder::start()
{
    engine_->voicing.reset();
    ps_start_utt(engine_->decoder.get());
}

void SphinxDecoder::accept(std::span<const std::int16_t> samples)
{
    engine_->voicing.push(samples);
    ps_process_raw(engine_->decoder.get(), samples.data(), samples.size(), FALSE, FALSE);
}

std::string SphinxDecoder::partial() const
{
    if (engine_->voicing.voiced_milliseconds() < least_voiced_milliseconds)
        return "";
    int32 score = 0;
    const char* hypothesis = ps_get_hyp(engine_->decoder.get(), &score);
    std::string text;
    for (std::string_view rest = hypothesis == nullptr ? "" : hypothesis; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (!filler(word))
            text += (text.empty() ? "" : " ") + base_word(word);
    }
    return text;
}

Hypothesis SphinxDecoder::finish()
{
    ps_decoder_t* decoder = engine_->decoder.get();
    ps_end_utt(decoder);
    Hypothesis heard;
    int32 score = 0;
    if (engine_->voicing.voiced_milliseconds() < least_voiced_milliseconds || ps_get_hyp(decoder, &score) == nullptr)
        return heard;
    logmath_t* logmath = ps_get_logmath(decoder);
    double sum = 0;
    int origin = -1; // The library counts frames from its first utterance on; each begins with a silence.
    for (ps_seg_t* segment = ps_seg_iter(decoder); segment != nullptr; segment = ps_seg_next(segment)) {
        const char* word = ps_seg_word(segment);
        int first = 0;
        int last = 0;
        ps_seg_frames(segment, &first, &last);
        if (origin < 0)
            origin = first;
        if (word == nullptr || filler(word))
            continue;
        const double posterior = std::min(1.0, logmath_exp(logmath, ps_seg_prob(segment, nullptr, nullptr, nullptr)));
        sum += posterior;
        heard.words.push_back(
            { { base_word(word), (first - origin) * decoder_frame, (last - origin + 1) * decoder_frame },
                static_cast<float>(std::pow(posterior, confidence_exponent)) });
    }
    if (heard.words.empty())
        return heard;
    heard.confidence = static_cast<float>(std::pow(sum / static_cast<double>(heard.words.size()), confidence_exponent));
    if (heard.confidence < noise_confidence)
        return {};
    return heard;
}

} // namespace parley
