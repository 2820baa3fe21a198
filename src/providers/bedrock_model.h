#pragma once

#include "base/log.h"
#include "base/time.h"
#include "providers/aws_signature.h"
#include "speech/language_model.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// A language model of Amazon Bedrock, by ConverseStream. Knows how it is asked and paid for; refuses to know what the
// words are for.
namespace parley {

class EventLoop;
class HttpClient;

struct BedrockOptions {
    std::string base_url; // "https://bedrock-runtime.us-east-1.amazonaws.com", without a final slash.
    std::string region;
    AwsCredentials credentials;
    std::string model;                                       // Used when a request names none.
    std::vector<std::pair<std::string, std::string>> models; // A request's name -> Bedrock's; others: `model`.
    Duration connect_timeout = 5s;
    Duration first_token_timeout = 10s; // Of one attempt.
    Duration total_timeout = 60s;       // Of all attempts.
    int retries = 2;                    // After the first attempt; never once something was received.
};

class BedrockModel : public LanguageModel {
public:
    // Requests run on `client`'s loop; events arrive on `home`.
    BedrockModel(BedrockOptions, HttpClient& client, EventLoop& home, Log);
    ~BedrockModel() override;

    [[nodiscard]] std::string name() const override { return options_.model; }
    std::unique_ptr<LmStream> open(LmRequest, std::function<void(LmEvent)>) override;

private:
    BedrockOptions options_;
    HttpClient& client_;
    EventLoop& home_;
    Log log_;
};

} // namespace parley
