#pragma once

#include "base/log.h"
#include "base/time.h"
#include "speech/language_model.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A language model behind an OpenAI-compatible Chat Completions endpoint, streamed. Knows that wire format; refuses to
// know what the words are for.
namespace parley {

class EventLoop;
class HttpClient;

struct OpenAiOptions {
    std::string base_url;                                    // "https://api.openai.com/v1", without a final slash.
    std::string api_key;                                     // Sent as a Bearer token; empty: none.
    std::string model;                                       // Used when a request names none.
    std::vector<std::pair<std::string, std::string>> models; // A request's name -> the provider's; others: `model`.
    Duration connect_timeout = 5s;
    Duration first_token_timeout = 10s; // Of one attempt.
    Duration total_timeout = 60s;       // Of all attempts.
    int retries = 2;                    // After the first attempt; never once something was received.
};

// The provider's name of the model that a request asks for. A name that is not in the table is another vendor's, which
// the provider would refuse: it gets the configured model.
const std::string& provider_model(const OpenAiOptions&, std::string_view asked);

// What a provider's Retry-After is trusted with: longer is not waited.
inline constexpr Duration longest_pause = 5s;

// How long to wait by a Retry-After (RFC 9110 10.2.3): seconds or a date. Nothing if it is neither.
std::optional<Duration> retry_after(std::string_view value, WallTime today);

// The key named by the configuration; an error that names the variable if it is not set.
Result<std::string> api_key_from_environment(const std::string& variable);

class OpenAiModel : public LanguageModel {
public:
    // Requests run on `client`'s loop; events arrive on `home`.
    OpenAiModel(OpenAiOptions, HttpClient& client, EventLoop& home, Log);
    ~OpenAiModel() override;

    [[nodiscard]] std::string name() const override;
    std::unique_ptr<LmStream> open(LmRequest, std::function<void(LmEvent)>) override;

private:
    OpenAiOptions options_;
    HttpClient& client_;
    EventLoop& home_;
    Log log_;
    std::set<std::string> unknown_models_; // Told once each.
};

} // namespace parley
