#pragma once

#include "base/log.h"
#include "base/result.h"
#include "providers/offline_rules.h"
#include "server/configuration.h"
#include "speech/language_model.h"

#include <memory>
#include <string>
#include <string_view>

// From the configuration's words to the language model that answers.
namespace parley {

class EventLoop;
class HttpClient;

// Empty `file`: the built-in rules. The error begins with `asked_by`, the key or option that named the file.
Result<OfflineRules> read_offline_rules(std::string_view asked_by, const std::string& file);

// Its events arrive on `home`; requests run on `client`'s loop.
std::unique_ptr<LanguageModel> make_language_model(
    const ModelConfiguration&, const OfflineRules&, HttpClient& client, EventLoop& home, const Log&);

} // namespace parley
